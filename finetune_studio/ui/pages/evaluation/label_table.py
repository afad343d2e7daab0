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
_THRESHOLD = Column(
    "Threshold",
    ColumnKind.NUMBER,
    wording.share,
    "The probability from which on the label is given. Select a row to move it.",
)
_NARROWER = (70, 74, 72, 112, 80)


class LabelTable(Table):
    """One row a label with bars; sort by F1 to see the weakest first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_COLUMNS, "Figures by label", parent)
        self._labels: tuple[str, ...] = ()
        self._set_widths(_WIDTHS)

    def label(self, row: int) -> str:
        """The label of one of the rows given."""
        return self._labels[row]

    def show_labels(self, labels: Sequence[LabelFigures], *, thresholds: bool = False) -> None:
        """Show these labels, with their thresholds where a sample can have several."""
        if self.show_columns((*_COLUMNS, _THRESHOLD) if thresholds else _COLUMNS):
            self._set_widths(_NARROWER if thresholds else _WIDTHS)
        self._labels = tuple(one.label for one in labels)
        rows = [_row(one) for one in labels]
        cuts = ((one.threshold,) for one in labels)
        self.show_rows(
            [(*row, *cut) for row, cut in zip(rows, cuts, strict=True)] if thresholds else rows
        )

    def _set_widths(self, widths: Sequence[int]) -> None:
        for index, width in enumerate(widths, start=1):
            self.setColumnWidth(index, width)


def _row(one: LabelFigures) -> tuple[object, ...]:
    # Of a label that no sample has nothing was measured; the zeros only keep the means right.
    measured = (one.precision, one.recall, one.f1) if one.support else (None, None, None)
    return (one.label, one.support, *measured)
