"""How well each label is told apart."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from finetune_studio.events.descriptions import LabelFigures
from finetune_studio.project import wording
from finetune_studio.ui.widgets.table import Column, ColumnKind, Table

_COLUMNS = (
    Column("Label"),
    Column("Samples", ColumnKind.NUMBER),
    Column(
        "Precision",
        ColumnKind.NUMBER,
        wording.share,
        "Of those said to be this, the right ones.",
    ),
    Column("Recall", ColumnKind.NUMBER, wording.share, "Of those that are this, the found ones."),
    Column("F1", ColumnKind.SHARE, tooltip="Precision and recall in one: their harmonic mean."),
)
_WIDTHS = (78, 82, 72, 150)


class LabelTable(Table):
    """One row a label with bars; sort by F1 to see the weakest first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_COLUMNS, "Figures by label", parent)
        for index, width in enumerate(_WIDTHS, start=1):
            self.setColumnWidth(index, width)

    def show_labels(self, labels: Sequence[LabelFigures]) -> None:
        """Show these labels."""
        self.show_rows(
            [(one.label, one.support, one.precision, one.recall, one.f1) for one in labels]
        )
