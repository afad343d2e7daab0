"""The values of curves as rows: the latest for the eye, all for the clipboard and for files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from PySide6.QtWidgets import QVBoxLayout, QWidget

from finetune_studio.project import wording
from finetune_studio.ui.widgets.curve import Curve
from finetune_studio.ui.widgets.table import Column, ColumnKind, Table
from finetune_studio.ui.widgets.text import caption

MOST_SHOWN = 2_000
_CUT = "The latest {} of {} rows. Copying and saving take all of them."


def rows_of(curves: Mapping[str, Curve], latest: int | None = None) -> list[list[float | None]]:
    """One row for each x at which any curve has a value: x, then each value as measured.

    Args:
        curves: by name.
        latest: how many rows at most, from the end; all when ``None``.
    """
    part = slice(None if latest is None else -latest, None)
    points = [(curve.x[part].tolist(), curve.y[part].tolist()) for curve in curves.values()]
    places = np.unique(np.concatenate([xs for xs, _ in points] or [np.empty(0)]))[part]
    columns = [dict(zip(xs, ys, strict=True)) for xs, ys in points]
    return [[x, *(column.get(x) for column in columns)] for x in places.tolist()]


class CurveTable(QWidget):
    """A column for x and one for each curve, and a word on what is not shown."""

    def __init__(self, header: Sequence[str], accessible_name: str, *, share: bool = False) -> None:
        super().__init__()
        place = Column(header[0], ColumnKind.NUMBER, wording.whole)
        words = wording.share if share else wording.figure
        values = [Column(name, ColumnKind.NUMBER, words) for name in header[1:]]
        self._table = Table((place, *values), accessible_name)
        self._note = caption()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._table, 1)
        layout.addWidget(self._note)

    def show_curves(self, curves: Mapping[str, Curve]) -> None:
        """Show the latest values."""
        rows = rows_of(curves, MOST_SHOWN)
        self._table.show_rows(rows)
        longest = max((len(curve) for curve in curves.values()), default=0)
        self._note.setText(_CUT.format(wording.whole(len(rows)), wording.whole(longest)))
        self._note.setVisible(longest > len(rows))
