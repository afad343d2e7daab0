"""Which entries of the catalogue a search and its filters leave, and what else can be offered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from finetune_studio.project.catalog_entry import CatalogEntry
from finetune_studio.project.choices import Task
from finetune_studio.project.model_catalog import entry_for, find
from finetune_studio.ui.pages.model.ratings import FAST, MEDIUM

_SMALL, _LARGE = 50e6, 200e6
_SHORTEST_NAME = 3
_PREFIXES: dict[Task | None, tuple[str, ...]] = {
    Task.IMAGE: ("timm",),
    Task.TEXT: ("transformers",),
    None: ("timm", "transformers"),
}


class Size(StrEnum):
    """How large a download may be."""

    ANY = "any"
    SMALL = "small"
    MIDDLE = "middle"
    LARGE = "large"


class Speed(StrEnum):
    """How fast a model may be."""

    ANY = "any"
    FAST = "fast"
    MEDIUM = "medium"
    SLOW = "slow"


@dataclass(frozen=True)
class Filter:
    """What the user looks for. ``task`` is ``None`` for all tasks."""

    text: str = ""
    task: Task | None = None
    size: Size = Size.ANY
    speed: Speed = Speed.ANY
    here_only: bool = False

    def passes(self, entry: CatalogEntry, *, is_here: bool) -> bool:
        """Whether an entry is among what is looked for."""
        return (
            self.task in (None, entry.task)
            and self.size in (Size.ANY, _size(entry))
            and self.speed in (Speed.ANY, _speed(entry))
            and (is_here or not self.here_only)
            and self._names(entry)
        )

    def _names(self, entry: CatalogEntry) -> bool:
        said = f"{entry.id} {entry.title} {entry.good_for} {entry.licence}".casefold()
        return all(word in said for word in self.text.casefold().split())


def matching(
    entries: Iterable[CatalogEntry], wanted: Filter, here: frozenset[str]
) -> list[CatalogEntry]:
    """The entries that pass, in their own order. ``here`` are ids on this computer."""
    return [entry for entry in entries if wanted.passes(entry, is_here=entry.id in here)]


def offers(text: str, task: Task | None) -> list[CatalogEntry]:
    """Models beyond the catalogue that a search text could name.

    ``timm/<name>`` and ``transformers/<name>`` name themselves; a bare name is offered as both,
    or as the one that fits the task.
    """
    name = text.strip()
    if len(name) < _SHORTEST_NAME:
        return []
    if name.startswith(("timm/", "transformers/")):
        candidates = [name]
    else:
        candidates = [f"{prefix}/{name}" for prefix in _PREFIXES[task]]
    found = [entry_for(candidate) for candidate in candidates if find(candidate) is None]
    return [entry for entry in found if entry is not None and not _is_misnamed(entry)]


def _is_misnamed(entry: CatalogEntry) -> bool:
    """Timm's names have no owner in front."""
    return entry.task is Task.IMAGE and "/" in entry.name


def _size(entry: CatalogEntry) -> Size:
    if entry.download_bytes < _SMALL:
        return Size.SMALL
    return Size.MIDDLE if entry.download_bytes < _LARGE else Size.LARGE


def _speed(entry: CatalogEntry) -> Speed:
    if entry.gmacs < FAST:
        return Speed.FAST
    return Speed.MEDIUM if entry.gmacs < MEDIUM else Speed.SLOW
