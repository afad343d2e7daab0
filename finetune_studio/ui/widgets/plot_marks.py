"""What is marked in a plot besides curves: epochs, the best one, and the crosshair."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsPathItem

from finetune_studio.ui.theme import CAPTION_PX, current_theme
from finetune_studio.ui.widgets.epoch_lines import EpochLines
from finetune_studio.ui.widgets.plot_base import PlotBase

_TEXT_GROUND_ALPHA = 190
_STAR_PX = 8.0
_STAR_WAIST = 0.45


class PlotMarks:
    """Draws marks into a plot; positions are in the plot's data, before any logarithm."""

    def __init__(self, plot: PlotBase) -> None:
        self._plot = plot
        self._log = False
        self._best: tuple[float, float, str] | None = None
        self._epochs = EpochLines()
        self._cursor = pg.InfiniteLine(angle=90, movable=False)
        self._best_line = pg.InfiniteLine(angle=90, movable=False)
        self._best_point = QGraphicsPathItem(_star(_STAR_PX))
        self._best_point.setFlag(QGraphicsPathItem.GraphicsItemFlag.ItemIgnoresTransformations)
        self._best_text = pg.TextItem(anchor=(0.5, 1.25))
        self._epochs.setZValue(-20)
        self._best_line.setZValue(-10)
        self._best_point.setZValue(20)
        self._best_text.setZValue(21)
        self._cursor.setZValue(10)
        for item in (
            self._epochs,
            self._best_line,
            self._best_point,
            self._best_text,
            self._cursor,
        ):
            plot.getViewBox().addItem(item, ignoreBounds=True)
        self.show_cursor(None)
        self.restyle()

    @property
    def best(self) -> tuple[float, float, str] | None:
        """Where the best epoch is marked, and with which words."""
        return self._best

    def show_epochs(self, xs: Sequence[float]) -> None:
        """Mark where epochs end."""
        self._epochs.show_places(xs)

    def show_best(self, best: tuple[float, float, str] | None) -> None:
        """Mark the best epoch at (x, y) with words; ``None`` takes the mark away."""
        self._best = best
        y = math.nan if best is None else self._height(best[1])
        shown = best is not None and math.isfinite(y)
        for item in (self._best_line, self._best_point, self._best_text):
            item.setVisible(shown)
        if best is not None and shown:
            self._best_line.setPos(best[0])
            self._best_point.setPos(best[0], y)
            self._best_text.setPos(best[0], y)
            self._best_text.setText(best[2])
            self.keep_inside()

    def keep_inside(self) -> None:
        """Move the best epoch's words to where there is room for them."""
        if self._best is None:
            return
        (left, right), (low, high) = self._plot.viewRange()
        across = (self._best[0] - left) / max(right - left, 1e-12)
        up = (self._height(self._best[1]) - low) / max(high - low, 1e-12)
        room = max(self._plot.getViewBox().width(), 1.0)
        width = max(self._best_text.boundingRect().width(), 1.0) / room
        # As near to the middle as leaves no end of the words outside.
        sideways = min(max(0.5, (across + width - 1) / width), across / width)
        self._best_text.setAnchor((sideways, -0.35 if up > 0.6 else 1.35))

    def show_cursor(self, x: float | None) -> None:
        """Put the crosshair at ``x``, or take it away."""
        self._cursor.setVisible(x is not None)
        if x is not None:
            self._cursor.setPos(x)

    def set_log(self, log: bool) -> None:
        """Follow the plot to powers of ten and back."""
        self._log = log
        self.show_best(self._best)

    def restyle(self) -> None:
        """Take the colours in force."""
        theme = current_theme()
        self._epochs.set_color(theme.color("border"))
        self._cursor.setPen(QPen(theme.color("muted"), 0))
        self._best_line.setPen(QPen(theme.color("good"), 0, Qt.PenStyle.DashLine))
        self._best_point.setPen(QPen(theme.color("surface"), 1))
        self._best_point.setBrush(theme.color("good"))
        self._best_text.setColor(theme.color("good"))
        self._best_text.setFont(theme.number_font(CAPTION_PX, strong=True))
        ground = theme.color("surface")
        ground.setAlpha(_TEXT_GROUND_ALPHA)
        self._best_text.fill = pg.mkBrush(ground)
        self.show_best(self._best)

    def _height(self, y: float) -> float:
        if not self._log:
            return y
        return math.log10(y) if y > 0 else math.nan


def _star(radius: float) -> QPainterPath:
    path = QPainterPath()
    for corner in range(10):
        reach = radius if corner % 2 == 0 else radius * _STAR_WAIST
        angle = math.radians(36 * corner)
        x, y = reach * math.sin(angle), -reach * math.cos(angle)
        if corner:
            path.lineTo(x, y)
        else:
            path.moveTo(x, y)
    path.closeSubpath()
    return path
