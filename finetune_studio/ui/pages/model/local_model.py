"""A model from this computer: what was picked, and the choice it makes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from finetune_studio.project.catalog_entry import CatalogEntry
from finetune_studio.project.choices import ModelSource, Task
from finetune_studio.project.model_catalog import CATALOG, RUN_RECORD, choice_from_text, find
from finetune_studio.project.model_files import CONFIG
from finetune_studio.project.problems import ProblemError
from finetune_studio.project.project import ModelChoice

_SUFFIX = ".safetensors"
_UNSAFE = {".bin", ".ckpt", ".joblib", ".pickle", ".pkl", ".pt", ".pth"}


@dataclass(frozen=True)
class LocalModel:
    """A picked folder or file.

    Attributes:
        choice: the decision it makes; ``None`` when it cannot be used.
        is_bare: whether nothing but the weights says what architecture they belong to.
        trouble: why it cannot be used; empty when it can.
    """

    path: Path
    choice: ModelChoice | None = None
    is_bare: bool = False
    trouble: str = ""

    def with_architecture(self, entry_id: str) -> LocalModel:
        """The same weights, said to have a catalogue entry's shape; empty: to be recognised."""
        if self.choice is None:
            return self
        entry = find(entry_id)
        task = self.choice.task if entry is None else entry.task
        return replace(self, choice=self.choice.edited(architecture=entry_id, task=task))


def pick(path: Path, task: Task) -> LocalModel:
    """Look at a folder or a file. ``task`` is taken where the files themselves do not tell."""
    if path.is_file() and path.suffix.lower() != _SUFFIX:
        return LocalModel(path, trouble=_not_safetensors(path))
    is_run = (path / RUN_RECORD).is_file()
    if path.is_dir() and not is_run and not any(path.glob(f"*{_SUFFIX}")):
        return LocalModel(path, trouble=f"{path.name} holds no .safetensors file.")
    try:
        choice = _choice(path, task)
    except ProblemError as error:
        return LocalModel(path, trouble=error.problem.text())
    is_bare = path.is_file() or not (is_run or (path / CONFIG).is_file())
    return LocalModel(path, choice, is_bare)


def architectures() -> tuple[CatalogEntry, ...]:
    """The entries whose shape bare weights can have."""
    return tuple(entry for entry in CATALOG if entry.source is not ModelSource.STARTER)


def _choice(path: Path, task: Task) -> ModelChoice:
    try:
        return choice_from_text(str(path), task)
    except ProblemError as error:
        if error.problem.code != "model_wrong_task":
            raise
        return choice_from_text(str(path))


def _not_safetensors(path: Path) -> str:
    if path.suffix.lower() in _UNSAFE:
        return (
            f"{path.name} may hold a program, not only weights, and is not opened. "
            "Save the weights as .safetensors where they come from."
        )
    return f"{path.name} is not a .safetensors file."
