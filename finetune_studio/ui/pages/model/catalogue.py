"""The list of models: filters on top, cards or a table, and what else the search could name."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from finetune_studio.project.catalog_entry import CatalogEntry
from finetune_studio.project.choices import Task
from finetune_studio.ui.pages.model.card_grid import CardGrid
from finetune_studio.ui.pages.model.filter_bar import TABLE, FilterBar
from finetune_studio.ui.pages.model.filters import Filter, matching, offers
from finetune_studio.ui.pages.model.model_table import ModelTable
from finetune_studio.ui.widgets.buttons import Button, secondary
from finetune_studio.ui.widgets.empty_state import EmptyState
from finetune_studio.ui.widgets.text import muted


class Catalogue(QWidget):
    """Finds a model; ``side`` stands at the right of the list, below the filters.

    Signals:
        entry_picked: the user wants to see an entry in detail; carries its id.
        offer_taken: the user wants a model beyond the catalogue; carries its id.
        shown_changed: the filters changed what is on show.
        local_requested: the user wants a model from a folder or file.
    """

    entry_picked = Signal(str)
    offer_taken = Signal(str)
    shown_changed = Signal()
    local_requested = Signal()

    def __init__(self, side: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.filters = FilterBar()
        self.cards = CardGrid()
        self.table = ModelTable()
        self.nothing = EmptyState("search", "No model fits", "", "Clear the filters")
        self._pages = QStackedWidget()
        for page in (self.cards, self.table, self.nothing):
            self._pages.addWidget(page)
        self._offers_row = QHBoxLayout()
        self._offers_row.setSpacing(8)
        self._offers = QWidget()
        self._offers.setLayout(self._offers_row)
        self._offers_row.setContentsMargins(0, 0, 0, 0)
        self._entries: tuple[CatalogEntry, ...] = ()
        self._here: frozenset[str] = frozenset()
        self._in_use = self._picked = ""
        self._shown: list[CatalogEntry] = []
        self._offered: list[CatalogEntry] = []
        self._build(side)
        self._connect()

    @property
    def shown(self) -> tuple[CatalogEntry, ...]:
        """The entries on show, in order."""
        return tuple(self._shown)

    def show_task(self, task: Task) -> None:
        """Look for models of a task."""
        self.filters.show_task(task)

    def show_entries(
        self, entries: Sequence[CatalogEntry], here: frozenset[str], in_use: str
    ) -> None:
        """Show these entries as far as they fit the filters; ``in_use`` is the project's."""
        self._entries, self._here, self._in_use = tuple(entries), here, in_use
        self._show()

    def show_picked(self, picked: str) -> None:
        """Mark the entry that is shown in detail."""
        self._picked = picked
        self._show_pages()

    def _show(self) -> None:
        wanted = self.filters.filter
        self._shown = matching(self._entries, wanted, self._here)
        self.filters.show_count(len(self._shown))
        self._show_offers(wanted)
        self._show_pages()

    def _show_pages(self) -> None:
        arguments = (self._shown, self._here, self._in_use, self._picked)
        if not self._shown:
            self.nothing.show_state("No model fits", self._advice(), "Clear the filters")
            self._pages.setCurrentWidget(self.nothing)
        elif self.filters.view.key == TABLE:
            self.table.show_entries(*arguments)
            self._pages.setCurrentWidget(self.table)
        else:
            self.cards.show_entries(*arguments)
            self._pages.setCurrentWidget(self.cards)

    def _advice(self) -> str:
        if self._offered:
            return "Take the name as it is with the button above, or look for something else."
        return "Look for something else, or take a model from a folder or file."

    def _show_offers(self, wanted: Filter) -> None:
        found = [] if wanted.here_only else offers(wanted.text, wanted.task)
        if found == self._offered:
            return
        self._offered = found
        while (item := self._offers_row.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.setParent(None)
                old.deleteLater()
        self._offers.setVisible(bool(found))
        if found:
            self._offers_row.addWidget(muted("Not in the list?"))
        for entry in found:
            self._offers_row.addWidget(self._offer_button(entry))
        self._offers_row.addStretch(1)

    def _offer_button(self, entry: CatalogEntry) -> Button:
        button = secondary(f"Use {entry.id}", "download")
        button.setProperty("entry", entry.id)
        button.clicked.connect(self._on_offer_clicked)
        return button

    def _on_offer_clicked(self) -> None:
        self.offer_taken.emit(str(self.sender().property("entry")))

    def _on_filter_changed(self, wanted: Filter) -> None:
        self._show()
        self.shown_changed.emit()

    def _on_view_chosen(self, key: str) -> None:
        self._show_pages()

    def _on_clear_requested(self) -> None:
        self.filters.clear_filters()

    def _build(self, side: QWidget) -> None:
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(self._pages, 1)
        row.addWidget(side)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self.filters)
        layout.addWidget(self._offers)
        layout.addLayout(row, 1)

    def _connect(self) -> None:
        self._offers.hide()
        self.filters.filter_changed.connect(self._on_filter_changed)
        self.filters.view_chosen.connect(self._on_view_chosen)
        self.filters.local_requested.connect(self.local_requested)
        self.nothing.action_requested.connect(self._on_clear_requested)
        for view in (self.cards, self.table):
            view.entry_picked.connect(self.entry_picked)
