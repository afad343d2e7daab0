"""The values of curves as rows: for the eye, for the clipboard, for a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from finetune_studio.project import wording
from finetune_studio.ui.widgets.curve import Curve
from finetune_studio.ui.widgets.table import Column, ColumnKind, Table


def rows_of(curves: Mapping[str, Curve]) -> list[list[float | None]]:
    """One row for each x at which any curve has a value: x, then each value as measured."""
    places = np.unique(np.concatenate([curve.x for curve in curves.values()] or [np.empty(0)]))
    columns = [dict(zip(c.x.tolist(), c.y.tolist(), strict=True)) for c in curves.values()]
    return [[x, *(column.get(x) for column in columns)] for x in places.tolist()]


class CurveTable(Table):
    """A column for x and one for each curve."""

    def __init__(self, header: Sequence[str], accessible_name: str) -> None:
        place = Column(header[0], ColumnKind.NUMBER, wording.whole)
        values = [Column(name, ColumnKind.NUMBER, wording.figure) for name in header[1:]]
        super().__init__((place, *values), accessible_name)
