"""The exports of a run, newest first, to look at their certificates again."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from finetune_studio.events.descriptions import Certificate
from finetune_studio.project import wording
from finetune_studio.ui.pages.export.certificate_card import format_title, total_size
from finetune_studio.ui.widgets.card import Card
from finetune_studio.ui.widgets.table import Column, ColumnKind, Table

_COLUMNS = (
    Column("Folder"),
    Column("Format", ColumnKind.NUMBER),
    Column("Agreement", ColumnKind.NUMBER, wording.share),
    Column("Size", ColumnKind.NUMBER, wording.size),
)
_ROW, _HEAD, _MOST_ROWS = 34, 40, 5


class EarlierExports(Card):
    """A table of certificates.

    Signals:
        certificate_chosen: the user wants to see one; carries the `Certificate`.
    """

    certificate_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Exports of this run", parent=parent)
        self._certificates: tuple[Certificate, ...] = ()
        self.table = Table(_COLUMNS, "Exports of this run")
        self.table.setColumnWidth(1, 110)
        self.table.row_selected.connect(self._on_row_selected)
        self.body.addWidget(self.table)

    def show_certificates(self, certificates: Sequence[Certificate], shown: int) -> None:
        """Show these, with one marked as being shown."""
        if tuple(certificates) != self._certificates:
            self._certificates = tuple(certificates)
            self.table.show_rows(
                [
                    (one.folder, format_title(one), one.agreement, total_size(one))
                    for one in certificates
                ]
            )
            self.table.setFixedHeight(_HEAD + _ROW * min(len(certificates), _MOST_ROWS))
        self.table.select_row(shown)

    def _on_row_selected(self, index: int) -> None:
        self.certificate_chosen.emit(self._certificates[index])
