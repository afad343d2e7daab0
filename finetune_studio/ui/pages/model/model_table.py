"""The catalogue as a table, to be sorted by what matters."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from finetune_studio.project import wording
from finetune_studio.project.catalog_entry import CatalogEntry
from finetune_studio.ui.pages.model import ratings
from finetune_studio.ui.pages.model.model_card import IN_USE
from finetune_studio.ui.widgets.table import Column, ColumnKind, Table

_COLUMNS = (
    Column("Model"),
    Column("Download", ColumnKind.NUMBER, wording.size),
    Column("Parameters", ColumnKind.NUMBER, wording.count),
    Column("Speed", ColumnKind.NUMBER, ratings.speed_words, "Sorted by arithmetic a sample"),
    Column("Accuracy", ColumnKind.NUMBER, ratings.accuracy_words, "As published"),
    Column("Licence"),
    Column("Here"),
)
_PARAMETERS, _SPEED, _LICENCE = 2, 3, 5
_WIDTHS = {1: 92, _PARAMETERS: 104, _SPEED: 88, 4: 92, _LICENCE: 112, 6: 72}
# The width in pixels below which a column is left to the details.
_LEAST_WIDTH = {_PARAMETERS: 760, _LICENCE: 620, _SPEED: 480}


class ModelTable(QWidget):
    """Rows of which one is picked.

    Signals:
        entry_picked: the user picked a row; carries its entry's id.
    """

    entry_picked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = Table(_COLUMNS, "Models")
        for column, width in _WIDTHS.items():
            self.table.setColumnWidth(column, width)
        self.table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._shown: tuple[str, ...] = ()
        self._rows: list[tuple[object, ...]] = []
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.table)
        self.table.row_selected.connect(self._on_row_selected)

    def show_entries(
        self, entries: Sequence[CatalogEntry], here: frozenset[str], in_use: str, picked: str
    ) -> None:
        """Show these entries; ``here`` are on this computer, ``picked`` is the one in detail."""
        self._shown = tuple(entry.id for entry in entries)
        rows = [_row(entry, is_here=entry.id in here, in_use=in_use) for entry in entries]
        if rows != self._rows:
            self._rows = rows
            self.table.show_rows(rows)
        self.table.select_row(self._shown.index(picked) if picked in self._shown else -1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for column, least in _LEAST_WIDTH.items():
            self.table.setColumnHidden(column, self.width() < least)

    def _on_row_selected(self, row: int) -> None:
        self.entry_picked.emit(self._shown[row])


def _row(entry: CatalogEntry, *, is_here: bool, in_use: str) -> tuple[object, ...]:
    place = IN_USE if entry.id == in_use else "yes" if is_here else ""
    return (
        entry.title,
        entry.download_bytes or None,
        entry.parameters or None,
        entry.gmacs or None,
        entry.accuracy,
        entry.licence,
        place,
    )
