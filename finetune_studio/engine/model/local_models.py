"""A model that lies on this computer: a folder in a known format, or a bare weights file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finetune_studio.engine.model.bundle import CONFIG_FILE
from finetune_studio.engine.model.folders import allowed_file, read_json
from finetune_studio.engine.model.known_heads import (
    EXPORT_FILE,
    exported_labels,
    picture_head,
    text_head,
)
from finetune_studio.engine.model.recognition import recognise
from finetune_studio.engine.model.weights import shapes_in
from finetune_studio.project import model_files
from finetune_studio.project.choices import ModelSource, Task
from finetune_studio.project.model_catalog import entry_for
from finetune_studio.project.problems import ProblemError
from finetune_studio.runs.meant import meant_run

if TYPE_CHECKING:
    from finetune_studio.engine.model.backbone import Backbone
    from finetune_studio.project.catalog_entry import CatalogEntry
    from finetune_studio.project.project import ModelChoice

_LARGEST_SIDE = 4096
_PICKLES = {".bin", ".ckpt", ".pickle", ".pkl", ".pt", ".pth", ".joblib"}


def open_local(choice: ModelChoice, max_tokens: int) -> Backbone:
    """The model a path leads to.

    Raises:
        ProblemError: nothing is there (code ``model_missing``), the format could run code (code
            ``model_unsafe``), or it is in no format we know (code ``model_unsuitable``).
    """
    path = Path(choice.path)
    if run := meant_run(path):
        from finetune_studio.engine.model import continuing

        return continuing.open_run(run, max_tokens)
    if path.is_dir():
        return _with_its_head(_open_folder(path, choice, max_tokens), path)
    if not path.is_file():
        raise ProblemError.of(
            f"There is no model at {path}.",
            "The folder or file was moved, renamed or deleted.",
            "Choose it again.",
            where=str(path),
            code="model_missing",
        )
    return _open_file(path, choice, max_tokens)


def _open_folder(folder: Path, choice: ModelChoice, max_tokens: int) -> Backbone:
    settings, facts = _settings(folder, CONFIG_FILE), _settings(folder, EXPORT_FILE)
    weights = allowed_file(folder, model_files.WEIGHTS)
    if facts.get("library") == "torchvision" and weights is not None:
        from finetune_studio.engine.model import torchvision_models

        return torchvision_models.open_torchvision(str(facts.get("architecture")), weights)
    if "architecture" in settings:
        from finetune_studio.engine.model import timm_models

        return timm_models.open_folder(folder, image_size=_side(facts))
    if "model_type" in settings:
        from finetune_studio.engine.model import transformers_models

        return transformers_models.open_folder(folder, max_tokens)
    if weights is not None:
        return _open_file(weights, choice, max_tokens)
    raise ProblemError.of(
        f"{folder} holds no model in a known format.",
        "A model folder holds config.json and model.safetensors, as transformers or timm save it.",
        "Choose such a folder, or a .safetensors file.",
        where=str(folder),
        code="model_unsuitable",
    )


def _with_its_head(backbone: Backbone, folder: Path) -> Backbone:
    """With the head of an export of ours, which names labels already."""
    facts = _settings(folder, EXPORT_FILE)
    labels = exported_labels(facts)
    if not labels:
        return backbone
    is_text = backbone.tokenizer is not None
    known = text_head(folder, facts) if is_text else picture_head(backbone.module, labels)
    return replace(backbone, known=known)


def _settings(folder: Path, name: str) -> dict[str, Any]:
    file = allowed_file(folder, name)
    return read_json(file) if file else {}


def _side(facts: dict[str, Any]) -> int:
    """The picture size an export of ours was made for, where it is not the network's own."""
    side = facts.get("image_size")
    return side if isinstance(side, int) and 0 < side <= _LARGEST_SIDE else 0


def _open_file(file: Path, choice: ModelChoice, max_tokens: int) -> Backbone:
    if file.suffix.lower() in _PICKLES:
        raise ProblemError.of(
            f"{file.name} is not opened.",
            "Files of this kind can run any program while they are opened.",
            "Convert it to .safetensors where you trust it, and choose that file.",
            where=str(file),
            code="model_unsafe",
        )
    if file.suffix.lower() != ".safetensors":
        raise _unknown(file)
    entry = entry_for(choice.architecture) if choice.architecture else recognise(shapes_in(file))
    if entry is None:
        raise _unknown(file)
    return _open_as(entry, file, max_tokens)


def _open_as(entry: CatalogEntry, weights: Path, max_tokens: int) -> Backbone:
    """Weights from a file in the architecture of a catalogue entry."""
    if entry.transformer and entry.task is Task.TEXT:
        from finetune_studio.engine.model import transformers_models

        folder = model_files.find_folder(entry)
        if folder is None:
            raise ProblemError(model_files.missing(entry))
        return transformers_models.open_folder(folder, max_tokens, weights)
    if entry.source is ModelSource.TORCHVISION:
        from finetune_studio.engine.model import torchvision_models

        return torchvision_models.open_torchvision(entry.name, weights)
    from finetune_studio.engine.model import timm_models

    starter = entry.source is ModelSource.STARTER
    return timm_models.open_timm(timm_models.STARTER_NAME if starter else entry.name, weights)


def _unknown(file: Path) -> ProblemError:
    return ProblemError.of(
        f"{file.name} holds no weights that are recognised.",
        "Its tensors belong to none of the picture models in the catalogue.",
        "Choose a folder that also holds config.json, or name the architecture.",
        where=str(file),
        code="model_unsuitable",
    )
