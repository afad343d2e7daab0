"""A model from this computer: what was picked, what is still to be said, and the choice."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace
from pathlib import Path

from finetune_studio.project.catalog_entry import CatalogEntry
from finetune_studio.project.choices import ModelSource, Task
from finetune_studio.project.model_catalog import CATALOG, choice_from_text
from finetune_studio.project.problems import ProblemError
from finetune_studio.project.project import ModelChoice

_SUFFIX = ".safetensors"
_UNSAFE = {".pt", ".pth", ".bin", ".ckpt", ".pkl"}


@dataclass(frozen=True)
class LocalModel:
    """A picked folder or file.

    Attributes:
        choice: the decision so far; ``None`` when the pick cannot be used.
        needs_architecture: whether only the user can say what shape the weights have.
        trouble: why the pick cannot be used.
    """

    path: Path
    choice: ModelChoice | None = None
    needs_architecture: bool = False
    trouble: str = ""

    @property
    def missing(self) -> str:
        """What is still to be said, in words; empty when the model can be used."""
        if self.choice is None:
            return self.trouble
        if self.needs_architecture and not self.choice.architecture:
            return "Choose the architecture the weights belong to"
        return ""

    def with_architecture(self, entry_id: str) -> LocalModel:
        """The same weights, said to have the shape of a catalogue entry."""
        if self.choice is None:
            return self
        entry = next((one for one in CATALOG if one.id == entry_id), None)
        task = self.choice.task if entry is None else entry.task
        return replace(self, choice=self.choice.edited(architecture=entry_id, task=task))


def pick(path: Path, task: Task) -> LocalModel:
    """Look at a folder or a file. ``task`` is taken where the files themselves do not tell."""
    if path.is_file() and path.suffix.lower() != _SUFFIX:
        return LocalModel(path, trouble=_not_safetensors(path))
    if path.is_dir() and not any(path.glob(f"*{_SUFFIX}")):
        return LocalModel(path, trouble=f"{path.name} holds no .safetensors file.")
    try:
        choice = choice_from_text(str(path))
    except ProblemError as error:
        return LocalModel(path, trouble=error.problem.text())
    if path.is_dir():
        return LocalModel(path, choice)
    guess = guessed_architecture(path.stem, task)
    model = LocalModel(path, choice, needs_architecture=True)
    return model.with_architecture(guess) if guess else model


def architectures() -> tuple[CatalogEntry, ...]:
    """The entries whose shape a bare state dict can have."""
    return tuple(entry for entry in CATALOG if entry.source is not ModelSource.STARTER)


def guessed_architecture(stem: str, task: Task) -> str:
    """The catalogue id that a file's name speaks of; empty when it speaks of none."""
    said = stem.casefold().replace("-", "_")
    ids = {
        entry.name.rpartition("/")[2].casefold().replace("-", "_"): entry.id
        for entry in architectures()
        if entry.task is task
    }
    whole = [name for name in ids if name in said]
    near = [max(whole, key=len)] if whole else difflib.get_close_matches(said, ids, 1, 0.7)
    return ids[near[0]] if near else ""


def _not_safetensors(path: Path) -> str:
    if path.suffix.lower() in _UNSAFE:
        return (
            f"{path.name} may hold a program, not only weights, and is not opened. "
            "Save the weights as .safetensors where they come from."
        )
    return f"{path.name} is not a .safetensors file."
