"""Which labels a model takes for which: a matrix one can click through."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from finetune_studio.project import wording
from finetune_studio.ui.widgets.buttons import icon_button
from finetune_studio.ui.widgets.matrix_grid import MatrixGrid
from finetune_studio.ui.widgets.table import Column, ColumnKind, Table
from finetune_studio.ui.widgets.text import caption


class ConfusionMatrix(QWidget):
    """Counts of samples by true and predicted label, shaded by their share of the true label.

    Signals:
        cell_selected: the user chose a cell; carries the true and the predicted label.
    """

    cell_selected = Signal(str, str)

    hint = (
        "Rows are the true labels, columns what the model said. Choose a cell to see its samples."
    )
    name = "Confusion matrix, rows true, columns predicted"
    columns = (
        Column("True label"),
        Column("Predicted label"),
        Column("Samples", ColumnKind.BAR),
        Column("Of the true label", ColumnKind.SHARE),
    )

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._labels: tuple[str, ...] = ()
        self._counts: npt.NDArray[np.int64] = np.zeros((0, 0), dtype=np.int64)  # [true, predicted]
        self.grid = MatrixGrid()
        self.grid.setAccessibleName(self.name)
        self._readout = caption(self.hint, wrap=True)
        self.table_button = icon_button("table", "Show as a table", checkable=True)
        self._table = Table(self.columns, "Cells as a table")
        self._stack = QStackedWidget()
        self._build()
        self.grid.cell_hovered.connect(self._on_cell_hovered)
        self.grid.cell_chosen.connect(self._on_cell_chosen)
        self.table_button.toggled.connect(self._on_table_toggled)
        self._table.row_selected.connect(self._on_row_selected)

    @property
    def readout(self) -> str:
        """The sentence below the matrix about the cell under the pointer."""
        return self._readout.text()

    def show_matrix(self, labels: Sequence[str], counts: Sequence[Sequence[int]]) -> None:
        """Show counts ``[true, predicted]`` for these labels."""
        self._labels = tuple(labels)
        self._counts = np.asarray(counts, dtype=np.int64).reshape(len(labels), len(labels))
        self.grid.show_matrix(self._labels, self._counts)
        self._readout.setText(self.hint)
        self._rows = self._cells_by_size()
        self._table.show_rows([self._table_row(i, j) for i, j in self._rows])

    def whole(self, row: int) -> int:
        """The samples that the cells of a row are shares of."""
        return int(self._counts[row].sum())

    def select(self, true: str, predicted: str) -> None:
        """Mark a cell without saying so."""
        self.grid.select(self._labels.index(true), self._labels.index(predicted))

    def _build(self) -> None:
        area = QScrollArea()
        area.setWidgetResizable(True)
        self.grid.setObjectName("scroll-content")
        area.setWidget(self.grid)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._stack.addWidget(area)
        self._stack.addWidget(self._table)
        head = QHBoxLayout()
        head.addWidget(self._readout, 1)
        head.addWidget(self.table_button, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(head)
        layout.addWidget(self._stack, 1)

    def _cells_by_size(self) -> list[tuple[int, int]]:
        places = [(int(i), int(j)) for i, j in zip(*np.nonzero(self._counts), strict=True)]
        return sorted(places, key=lambda place: (place[0] == place[1], -self._counts[place]))

    def _table_row(self, true: int, predicted: int) -> tuple[str, str, int, float]:
        count = int(self._counts[true, predicted])
        share = count / max(1, self.whole(true))
        return self._labels[true], self._labels[predicted], count, share

    def _sentence(self, true: int, predicted: int) -> str:
        count, total = int(self._counts[true, predicted]), self.whole(true)
        of_them = f"{wording.whole(count)} of {wording.plural(total, 'sample')}"
        share = f" ({wording.share(count / total)})" if total else ""
        if true == predicted:
            return f"{of_them} of {self._labels[true]} recognised{share}."
        return f"{of_them} of {self._labels[true]} taken for {self._labels[predicted]}{share}."

    def _on_cell_hovered(self, true: int, predicted: int) -> None:
        self._readout.setText(self.hint if true < 0 else self._sentence(true, predicted))
        self.grid.setAccessibleDescription(self._readout.text())

    def _on_cell_chosen(self, true: int, predicted: int) -> None:
        self.cell_selected.emit(self._labels[true], self._labels[predicted])

    def _on_row_selected(self, row: int) -> None:
        true, predicted = self._rows[row]
        self.grid.select(true, predicted)
        self._on_cell_chosen(true, predicted)

    def _on_table_toggled(self, shown: bool) -> None:
        self._stack.setCurrentIndex(1 if shown else 0)
