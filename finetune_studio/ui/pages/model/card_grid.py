"""The catalogue as cards, in as many columns as there is room for."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QGridLayout, QScrollArea, QWidget

from finetune_studio.project.catalog_entry import CatalogEntry
from finetune_studio.ui.pages.model.model_card import ModelCard

_NARROWEST_CARD = 280
_GAP = 12


class CardGrid(QScrollArea):
    """Cards of which one is picked; the arrow keys move along.

    Signals:
        entry_picked: the user picked a card; carries its entry's id.
    """

    entry_picked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cards: dict[str, ModelCard] = {}
        self._shown: tuple[str, ...] = ()
        self._columns = 0
        self._group = QButtonGroup(self)
        content = QWidget()
        content.setObjectName("scroll-content")
        self._grid = QGridLayout(content)
        self._grid.setContentsMargins(0, 0, 4, 0)
        self._grid.setSpacing(_GAP)
        self._grid.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.setWidget(content)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Models")

    @property
    def shown(self) -> tuple[str, ...]:
        """Ids of the entries on show, in order."""
        return self._shown

    def card(self, entry_id: str) -> ModelCard:
        """The card of an entry that was shown before."""
        return self._cards[entry_id]

    def show_entries(
        self, entries: Sequence[CatalogEntry], here: frozenset[str], in_use: str, picked: str
    ) -> None:
        """Show these entries; ``here`` are on this computer, ``picked`` is the one in detail."""
        shown = tuple(entry.id for entry in entries)
        for entry in entries:
            if entry.id not in self._cards:
                self._add_card(entry)
            self._cards[entry.id].show_place(is_here=entry.id in here, is_in_use=entry.id == in_use)
        if shown != self._shown:
            self._shown = shown
            self._arrange()
        self._pick(picked)

    def _add_card(self, entry: CatalogEntry) -> None:
        card = ModelCard(entry)
        card.chosen.connect(self.entry_picked)
        self._cards[entry.id] = card
        self._group.addButton(card)

    def _pick(self, picked: str) -> None:
        if picked in self._cards:
            self._cards[picked].setChecked(True)
            return
        checked = self._group.checkedButton()
        if checked is not None:  # an exclusive group lets go of its last button only like this
            self._group.setExclusive(False)
            checked.setChecked(False)
            self._group.setExclusive(True)

    def _arrange(self) -> None:
        width = self.viewport().width()
        self._columns = max(1, (width + _GAP) // (_NARROWEST_CARD + _GAP))
        while self._grid.takeAt(0) is not None:
            pass
        for card in self._cards.values():
            card.setVisible(False)
        for place, entry_id in enumerate(self._shown):
            card = self._cards[entry_id]
            self._grid.addWidget(card, place // self._columns, place % self._columns)
            card.setVisible(True)
        for column in range(self._grid.columnCount()):
            self._grid.setColumnStretch(column, 1 if column < self._columns else 0)
        # What is left over, if only until the content has its new height, is no card's.
        for row in range(self._grid.rowCount()):
            self._grid.setRowStretch(row, 0)
        self._grid.setRowStretch(-(-len(self._shown) // self._columns), 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if max(1, (self.viewport().width() + _GAP) // (_NARROWEST_CARD + _GAP)) != self._columns:
            self._arrange()
