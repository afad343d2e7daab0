"""Where epochs end in a plot: dotted upright lines, however many there are."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPaintEngine, QPainter, QPixmap

_LEAST_GAP_PX = 20
_PERIOD_PX = 8  # of Qt's patterns, across and down


class EpochLines(pg.GraphicsObject):
    """Lines from the bottom to the top of the view.

    Of lines that lie too close to tell apart, every second, third and so on is drawn. They are
    filled with a pattern: a dotted pen takes ten times as long. On the screen the pattern is copied
    from a picture of it: filling anew takes forty times as long.
    """

    def __init__(self) -> None:
        super().__init__()
        self._places = np.empty(0)
        self._brush = QBrush(Qt.BrushStyle.Dense5Pattern)
        self._strip = QPixmap()

    def show_places(self, xs: Sequence[float]) -> None:
        """Draw lines at these x, which ascend."""
        self._places = np.asarray(xs, dtype=np.float64)
        self.update()

    def set_color(self, color: QColor) -> None:
        """Draw in this colour."""
        self._brush.setColor(color)
        self._strip = QPixmap()
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
            self._paint_line(painter, QRect(x, int(area.top()), 1, int(area.height())))
        painter.restore()

    def _paint_line(self, painter: QPainter, line: QRect) -> None:
        if painter.paintEngine().type() != QPaintEngine.Type.Raster:  # a drawing stays one
            painter.fillRect(line, self._brush)
            return
        across, down = line.x() % _PERIOD_PX, line.y() % _PERIOD_PX
        strip = self._strip_of(line.height() + _PERIOD_PX)
        painter.drawPixmap(line.topLeft(), strip, QRect(across, down, 1, line.height()))

    def _strip_of(self, height: int) -> QPixmap:
        """The pattern, as wide as it takes to hold each of its columns."""
        if self._strip.height() < height:
            self._strip = QPixmap(_PERIOD_PX, height)
            self._strip.fill(Qt.GlobalColor.transparent)
            painter = QPainter(self._strip)
            painter.fillRect(self._strip.rect(), self._brush)
            painter.end()
        return self._strip
