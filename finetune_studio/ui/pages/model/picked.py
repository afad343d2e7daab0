"""The picked model as lines of facts, and the one thing to do with it next."""

from __future__ import annotations

from dataclasses import dataclass

from finetune_studio.project import wording
from finetune_studio.project.catalog_entry import CatalogEntry
from finetune_studio.project.choices import ModelSource, Task
from finetune_studio.project.model_files import by_hand, find_folder, folder
from finetune_studio.ui.pages.model import ratings
from finetune_studio.ui.snapshot import Activity
from finetune_studio.ui.widgets.fact_list import Fact


@dataclass(frozen=True)
class Picked:
    """The picked model and where it stands.

    Attributes:
        place: the folder or file of a local model; empty for all others.
        download: the activity that fetches its weights, busy or failed.
    """

    entry: CatalogEntry
    is_here: bool
    is_in_use: bool
    place: str = ""
    download: Activity | None = None

    @property
    def action(self) -> str:
        """What the button does; empty when there is nothing left to do."""
        if self.download is not None and self.download.busy:
            return ""
        if self.is_here:
            return "" if self.is_in_use else "Use this model"
        verb = "Resume the download" if _has_begun(self.entry) else "Download"
        size = f", {ratings.size_words(self.entry)}" if self.entry.download_bytes else ""
        return f"{verb}{size}" if self.is_in_use else f"{verb} and use{size}"


def facts(picked: Picked) -> tuple[Fact, ...]:
    """What is known of a model; what is not known has no line."""
    entry = picked.entry
    work = f"{entry.gmacs:.3g} billion multiply-adds a sample" if entry.gmacs else ""
    lines = (
        Fact("Parameters", wording.count(entry.parameters) if entry.parameters else ""),
        Fact("Download", ratings.size_words(entry) if entry.download_bytes else ""),
        Fact("Input", _input(entry)),
        Fact("Speed", ratings.speed_words(entry.gmacs) if entry.gmacs else "", work),
        Fact("Accuracy", ratings.accuracy_words(entry.accuracy) if entry.accuracy else ""),
        Fact("Licence", entry.licence),
        Fact("Pretrained on", entry.pretrained_on),
        Fact("Source", entry.source.title_text, entry.source.help_text),
        Fact("Weights", _place(picked), "Where the weights lie on this computer"),
    )
    return tuple(line for line in lines if line.value)


def _input(entry: CatalogEntry) -> str:
    if not entry.input_size:
        return ""
    if entry.task is Task.IMAGE:
        return f"{entry.input_size} × {entry.input_size} pixels"
    return f"up to {wording.plural(entry.input_size, 'token')}"


def _place(picked: Picked) -> str:
    if picked.place:
        return picked.place
    found = find_folder(picked.entry) if picked.is_here else None
    return str(found) if found is not None else ""


def hint(picked: Picked) -> str:
    """How to bring the weights here without this computer's network; empty when that is said."""
    if picked.is_here:
        return ""
    if picked.entry.source is ModelSource.LOCAL:
        return "Choose its folder or file again."
    trouble = picked.download.problem if picked.download is not None else None
    sentence = by_hand(picked.entry)
    is_said = trouble is not None and sentence in trouble.remedy
    return "" if is_said else f"Without a network: {sentence}"


def _has_begun(entry: CatalogEntry) -> bool:
    """Whether part of a download is already here."""
    begun = folder(entry.id)
    return begun.is_dir() and any(begun.iterdir())
