"""The pretrained models on offer, and how a name or a path becomes a choice of one."""

from __future__ import annotations

import difflib
import json
import struct
from pathlib import Path
from typing import Any

from finetune_studio.project.catalog_entry import CatalogEntry
from finetune_studio.project.choices import ModelSource, Task
from finetune_studio.project.image_models import (
    STARTER_IMAGE_MODELS,
    TIMM_MODELS,
    TORCHVISION_MODELS,
)
from finetune_studio.project.model_files import CONFIG, expected_files, is_available
from finetune_studio.project.problems import ProblemError
from finetune_studio.project.project import ModelChoice
from finetune_studio.project.text_models import STARTER_TEXT_MODELS, TRANSFORMERS_MODELS

__all__ = [
    "CATALOG",
    "choice_from_text",
    "entry_for",
    "expected_files",
    "find",
    "is_available",
]

RUN_RECORD = "model/bundle.json"
"""In the folder of a run: what its model is."""

CATALOG: tuple[CatalogEntry, ...] = (
    *STARTER_IMAGE_MODELS,
    *STARTER_TEXT_MODELS,
    *TORCHVISION_MODELS,
    *TIMM_MODELS,
    *TRANSFORMERS_MODELS,
)

_BY_ID = {entry.id: entry for entry in CATALOG}
_OPEN_SOURCES = {
    "timm": (ModelSource.TIMM, Task.IMAGE),
    "transformers": (ModelSource.TRANSFORMERS, Task.TEXT),
}
_HEADER_LIMIT = 100_000_000  # of a safetensors file, as its own reader allows


def find(entry_id: str) -> CatalogEntry | None:
    """The catalogue's entry of that id."""
    return _BY_ID.get(entry_id)


def entry_for(entry_id: str) -> CatalogEntry | None:
    """The catalogue's entry, or one with what the id alone tells.

    ``timm/<any>`` and ``transformers/<any>`` are more than the catalogue lists; what is not known
    of them is 0. ``None`` for every other id.
    """
    prefix, _, name = entry_id.partition("/")
    if entry_id in _BY_ID or prefix not in _OPEN_SOURCES or not _is_plain(name):
        return _BY_ID.get(entry_id)
    source, task = _OPEN_SOURCES[prefix]
    return CatalogEntry(
        id=entry_id,
        source=source,
        task=task,
        title=name.rpartition("/")[2],
        good_for="A model beyond the catalogue.",
        parameters=0,
        download_bytes=0,
        input_size=224 if task is Task.IMAGE else 512,
        gmacs=0.0,
        licence="see its model card",
        pretrained_on="see its model card",
        transformer=task is Task.TEXT,
        repository=f"timm/{name}" if task is Task.IMAGE else name,
    )


def choice_from_text(text: str, task: Task | None = None) -> ModelChoice:
    """The choice a name or a path means.

    Args:
        text: a catalogue id, ``timm/<name>``, ``transformers/<repository>``, or the path of a
            folder or a safetensors file.
        task: what a local model is for, where its files do not tell.

    Raises:
        ProblemError: there is no such model (code ``model_unknown``), or it is for another task
            (code ``model_wrong_task``).
    """
    wanted = text.strip()
    entry = entry_for(wanted)
    if entry is not None:
        return _for_task(entry.choice(), task)
    path = Path(wanted).expanduser()
    if wanted and path.exists():
        return _for_task(_local_choice(path.resolve(), task), task)
    near = difflib.get_close_matches(wanted, _names(), n=3, cutoff=0.5)
    raise ProblemError.of(
        f"There is no model “{wanted}”.",
        "It is neither in the catalogue nor a file or folder on this computer.",
        f"Did you mean {' or '.join(near)}?" if near else "Choose one from the list.",
        where=wanted,
        code="model_unknown",
    )


def _names() -> list[str]:
    return [*_BY_ID, *(entry.name for entry in CATALOG)]


def _is_plain(name: str) -> bool:
    """Whether a name can stand for a repository: at most owner and name, leading nowhere else."""
    parts = name.split("/")
    return len(parts) <= 2 and all(
        part and not part.startswith(".") and all(c.isalnum() or c in "._-" for c in part)
        for part in parts
    )


def _for_task(choice: ModelChoice, task: Task | None) -> ModelChoice:
    if task is None or choice.task is task:
        return choice
    raise ProblemError.of(
        f"{choice.title} is not for {task.title_text.lower()}.",
        f"It is made for {choice.task.title_text.lower()}.",
        f"Choose a model for {task.title_text.lower()}.",
        where=choice.id,
        code="model_wrong_task",
    )


def _local_choice(path: Path, task: Task | None) -> ModelChoice:
    if of_run := _json_of(path / RUN_RECORD):
        return _run_choice(path, of_run)
    return ModelChoice(
        id=f"local/{path.stem if path.is_file() else path.name}",
        source=ModelSource.LOCAL,
        task=_local_task(path) or task or Task.IMAGE,
        title=path.stem if path.is_file() else path.name,
        path=str(path),
    )


def _run_choice(run: Path, record: dict[str, Any]) -> ModelChoice:
    """The model that a run trained."""
    tasks = {task.value: task for task in Task}
    return ModelChoice(
        id=f"local/{run.name}",
        source=ModelSource.LOCAL,
        task=tasks.get(str(record.get("task")), Task.IMAGE),
        title=f"{str(record.get('title') or 'Model').partition(' after ')[0]} after {run.name}",
        path=str(run),
    )


def _local_task(path: Path) -> Task | None:
    """What a folder's configuration, or the names in a weights file, say a model is for."""
    if path.is_dir():
        settings = _json_of(path / CONFIG)
        if "architecture" in settings or "pretrained_cfg" in settings:
            return Task.IMAGE
        return Task.TEXT if "model_type" in settings else None
    return Task.TEXT if any("word_embeddings" in name for name in _tensor_names(path)) else None


def _json_of(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _tensor_names(path: Path) -> tuple[str, ...]:
    """The names in a safetensors file's header; empty when it has none to read."""
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            header = json.loads(file.read(length)) if length <= _HEADER_LIMIT else {}
    except (OSError, ValueError, struct.error):
        return ()
    return tuple(header) if isinstance(header, dict) else ()
