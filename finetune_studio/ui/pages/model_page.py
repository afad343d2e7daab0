"""The first step: which pretrained model is tuned."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from finetune_studio.project.catalog_entry import CatalogEntry
from finetune_studio.project.choices import ModelSource, Task
from finetune_studio.project.choosing import with_model
from finetune_studio.project.model_catalog import CATALOG, entry_for, find
from finetune_studio.project.model_files import is_available
from finetune_studio.project.project import ModelChoice
from finetune_studio.ui.pages.model.catalogue import Catalogue
from finetune_studio.ui.pages.model.details import Details
from finetune_studio.ui.pages.model.local_dialog import LocalModelDialog
from finetune_studio.ui.pages.model.picked import Picked
from finetune_studio.ui.pages.page import Page
from finetune_studio.ui.snapshot import Activity, Snapshot
from finetune_studio.ui.widgets.dropped import dropped_paths, offer_to_take
from finetune_studio.ui.wishes import CancelActivity, DownloadModel

_DOWNLOAD = "download:"


class ModelPage(Page):
    """Offers the catalogue, what lies on this computer, and anything else by name."""

    title = "Model"
    sentence = "Pick the pretrained model to start from; a small one is a good first try."
    scrolls = False

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)
        self.details = Details()
        self.catalogue = Catalogue(self.details)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.catalogue)
        self._snapshot = Snapshot()
        self._task: Task | None = None
        self._beyond: dict[str, CatalogEntry] = {}
        self._picked = ""
        self._shown: tuple[object, ...] = ()
        self._connect()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        before, self._snapshot = self._snapshot, snapshot
        shown = (snapshot.project, snapshot.available, _downloads(snapshot))
        if shown == self._shown:
            return
        self._shown = shown
        choice = snapshot.project.model
        if (snapshot.folder, snapshot.project.task) != (before.folder, before.project.task):
            self._picked = ""  # was looked at for another project
        if snapshot.project.task is not self._task:
            self._task = snapshot.project.task
            self.catalogue.show_task(self._task)
        if choice is not None and (choice != before.project.model or not self._picked):
            self._picked = choice.id
        if choice is not None and find(choice.id) is None:
            self._beyond[choice.id] = _entry_beyond(choice)
        self._show()

    def primary(self, snapshot: Snapshot) -> tuple[str, str]:
        entry = self._entry(self._picked)
        choice = snapshot.project.model
        if entry is not None and self._is_here(entry) and (choice is None or choice.id != entry.id):
            return f"Use {entry.title}", ""
        if choice is None:
            return "Next", "Choose a model to go on"
        chosen = self._entry(choice.id)
        if chosen is not None and not self._is_here(chosen):
            return "Next", f"Download {choice.title} to go on"
        return "Next", ""

    def primary_pressed(self, snapshot: Snapshot) -> bool:
        if self.primary(snapshot)[0] != "Next":
            self._use_picked()
        return True

    def _show(self) -> None:
        choice = self._snapshot.project.model
        here = self._snapshot.available.union(
            entry.id for entry in self._beyond.values() if self._is_here(entry)
        )
        entries = (*self._beyond.values(), *CATALOG)
        self.catalogue.show_entries(entries, here, choice.id if choice is not None else "")
        self._pick(self._picked)

    def _pick(self, entry_id: str) -> None:
        """Show an entry in detail; without one, the first that could be used at once."""
        shown = self.catalogue.shown
        entry = self._entry(entry_id)
        if entry is None:
            ready = (one for one in shown if self._is_here(one))
            entry = next(ready, shown[0] if shown else None)
        self._picked = entry.id if entry is not None else ""
        self.catalogue.show_picked(self._picked)
        self.details.setVisible(entry is not None)
        if entry is not None:
            self.details.show_picked(self._described(entry))

    def _described(self, entry: CatalogEntry) -> Picked:
        choice = self._snapshot.project.model
        is_in_use = choice is not None and choice.id == entry.id
        return Picked(
            entry=entry,
            is_here=self._is_here(entry),
            is_in_use=is_in_use,
            place=choice.path if choice is not None and is_in_use else "",
            download=self._snapshot.activity(f"{_DOWNLOAD}{entry.id}"),
        )

    def _entry(self, entry_id: str) -> CatalogEntry | None:
        return self._beyond.get(entry_id) or find(entry_id)

    def _is_here(self, entry: CatalogEntry) -> bool:
        choice = self._snapshot.project.model
        if entry.source is ModelSource.LOCAL:
            return choice is not None and choice.id == entry.id and Path(choice.path).exists()
        return entry.id in self._snapshot.available or (
            entry.id in self._beyond and is_available(entry)
        )

    def _use_picked(self) -> None:
        entry = self._entry(self._picked)
        if entry is not None and entry.source is not ModelSource.LOCAL:
            self._use(entry.choice())

    def _use(self, choice: ModelChoice) -> None:
        project = self._snapshot.project
        if choice != project.model:
            self.edited.emit(with_model(project, choice))

    def _ask_for_local(self, path: Path | None = None) -> None:
        dialog = LocalModelDialog(self._snapshot.project.task, self)
        if path is not None:
            dialog.take_path(path)
        accepted = dialog.exec() == QDialog.DialogCode.Accepted
        choice = dialog.choice
        dialog.deleteLater()
        if accepted and choice is not None:
            self._use(choice)

    def _on_entry_picked(self, entry_id: str) -> None:
        self._pick(entry_id)
        self.primary_changed.emit()

    def _on_shown_changed(self) -> None:
        if self._picked not in {entry.id for entry in self.catalogue.shown}:
            self._pick("")
            self.primary_changed.emit()

    def _on_offer_taken(self, entry_id: str) -> None:
        entry = entry_for(entry_id)
        if entry is not None:
            self._beyond[entry.id] = entry
            self._picked = entry.id
            self._use_picked()
            self._show()

    def _on_download_requested(self) -> None:
        self.requested.emit(DownloadModel(self._picked))

    def _on_cancel_requested(self) -> None:
        self.requested.emit(CancelActivity(f"{_DOWNLOAD}{self._picked}"))

    def _on_local_requested(self) -> None:
        self._ask_for_local()

    def _connect(self) -> None:
        self.catalogue.entry_picked.connect(self._on_entry_picked)
        self.catalogue.shown_changed.connect(self._on_shown_changed)
        self.catalogue.offer_taken.connect(self._on_offer_taken)
        self.catalogue.local_requested.connect(self._on_local_requested)
        self.details.use_requested.connect(self._use_picked)
        self.details.download_requested.connect(self._on_download_requested)
        self.details.cancel_requested.connect(self._on_cancel_requested)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        offer_to_take(event)

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self._ask_for_local(dropped_paths(event)[0])


def _downloads(snapshot: Snapshot) -> dict[str, Activity]:
    return {key: one for key, one in snapshot.activities.items() if key.startswith(_DOWNLOAD)}


def _entry_beyond(choice: ModelChoice) -> CatalogEntry:
    """What is known of a chosen model that the catalogue does not list."""
    known = entry_for(choice.id)
    if known is not None:
        return known
    shape = find(choice.architecture)
    return CatalogEntry(
        id=choice.id,
        source=choice.source,
        task=choice.task,
        title=choice.title,
        good_for="A model of your own.",
        parameters=shape.parameters if shape is not None else 0,
        download_bytes=0,
        input_size=shape.input_size if shape is not None else 0,
        gmacs=shape.gmacs if shape is not None else 0.0,
        licence="as where you got it",
        pretrained_on="",
    )
