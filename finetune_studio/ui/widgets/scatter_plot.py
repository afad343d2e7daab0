"""Predicted against true numbers: each sample a point, the diagonal where both are the same."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import Signal
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QWidget

from finetune_studio.project import wording
from finetune_studio.ui.theme import current_theme
from finetune_studio.ui.widgets.plot_base import PlotBase

_POINT_PX = 7
_MARGIN = 0.04
Numbers = npt.NDArray[np.float64]


class ScatterPlot(PlotBase):
    """Points by true and predicted number, and the diagonal.

    Signals:
        point_chosen: the user clicked a point; carries its place among those given.
    """

    point_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("True", "Predicted", parent=parent)
        self._axes["bottom"].show_fractions()
        self.setAccessibleName("Predicted against true numbers")
        self._points = pg.ScatterPlotItem(size=_POINT_PX, pxMode=True, hoverable=True)
        self._diagonal = pg.PlotCurveItem()
        self.plotItem.addItem(self._diagonal)
        self.plotItem.addItem(self._points)
        self._points.sigClicked.connect(self._on_points_clicked)
        current_theme().changed.connect(self._dress)
        self._dress()

    @property
    def count(self) -> int:
        """How many points there are."""
        return len(self._points.data)

    def show_numbers(self, true: Numbers, predicted: Numbers, unit: str) -> None:
        """Show these numbers, both [samples]."""
        suffix = f" ({unit})" if unit else ""
        self.show_labels(f"True{suffix}", f"Predicted{suffix}")
        self._points.setData(x=true, y=predicted, data=np.arange(len(true)))
        if not len(true):
            return
        low = float(min(true.min(), predicted.min()))
        high = float(max(true.max(), predicted.max()))
        room = _MARGIN * (high - low) or 1.0
        ends = np.array([low - room, high + room])
        self._diagonal.setData(ends, ends)
        self.plotItem.setXRange(*ends, padding=0)
        self.plotItem.setYRange(*ends, padding=0)
        self.setAccessibleDescription(
            f"{wording.plural(len(true), 'sample')}, true from {wording.figure(true.min())} to "
            f"{wording.figure(true.max())}{f' {unit}' if unit else ''}"
        )

    def _dress(self) -> None:
        theme = current_theme()
        self._points.setBrush(pg.mkBrush(theme.tint("accent", 0.45)))
        self._points.setPen(QPen(theme.color("accent"), 0))
        self._diagonal.setPen(
            pg.mkPen(theme.color("muted"), width=1.5, style=pg.QtCore.Qt.PenStyle.DashLine)
        )

    def _on_points_clicked(self, _item: object, points: object) -> None:
        chosen = list(points)  # type: ignore[call-overload]
        if chosen:
            self.point_chosen.emit(int(chosen[0].data()))
