"""Where epochs end in a plot: dotted upright lines, however many there are."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter

_LEAST_GAP_PX = 20


class EpochLines(pg.GraphicsObject):
    """Lines from the bottom to the top of the view.

    Of lines that lie too close to tell apart, every second, third and so on is drawn. They are
    filled with a pattern: a dotted pen takes ten times as long.
    """

    def __init__(self) -> None:
        super().__init__()
        self._places = np.empty(0)
        self._brush = QBrush(Qt.BrushStyle.Dense5Pattern)

    def show_places(self, xs: Sequence[float]) -> None:
        """Draw lines at these x, which ascend."""
        self._places = np.asarray(xs, dtype=np.float64)
        self.update()

    def set_color(self, color: QColor) -> None:
        """Draw in this colour."""
        self._brush.setColor(color)
        self.update()

    def boundingRect(self) -> QRectF:
        """The whole view."""
        view: QRectF = self.viewRect()
        return view

    def viewTransformChanged(self) -> None:
        """The view is another one; so is what Qt has to repaint."""
        super().viewTransformChanged()
        self.prepareGeometryChange()

    def paint(self, painter: QPainter, _option: object, _widget: object) -> None:
        """Draw the lines in view."""
        view = self.boundingRect()
        first, last = np.searchsorted(self._places, (view.left(), view.right()))
        to_pixels = painter.worldTransform()
        area = to_pixels.mapRect(view)
        every = max(1, math.ceil(_LEAST_GAP_PX * (last - first) / max(area.width(), 1.0)))
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        for place in self._places[first:last:every].tolist():
            x = math.floor(to_pixels.map(QPointF(place, 0.0)).x())
            painter.fillRect(QRect(x, int(area.top()), 1, int(area.height())), self._brush)
        painter.restore()
