"""A pyqtgraph plot in our colours and type, without pyqtgraph's own buttons and menus."""

from __future__ import annotations

import html
import math
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QWidget

from finetune_studio.project import wording
from finetune_studio.ui.theme import CAPTION_PX, current_theme
from finetune_studio.ui.widgets.curve import Curve, Drawn

_GRID_OPACITY = 70
_LEFT_WIDTH = 68
_LABELLED_LEVELS = 2
_BELOW_CURVES = -1


class PlotBase(pg.PlotWidget):
    """Axes, grid and ground of a plot; whoever draws in it adds items.

    Names and units pass through HTML inside pyqtgraph, so they are escaped here.
    """

    def __init__(
        self, x_label: str, y_label: str, *, share: bool = False, parent: QWidget | None = None
    ) -> None:
        self._axes = {"bottom": _Axis("bottom", whole=True), "left": _Axis("left", share=share)}
        super().__init__(parent=parent, axisItems=self._axes)
        self._labels = {"bottom": x_label, "left": y_label}
        self.setMenuEnabled(False)
        self.hideButtons()
        self.setFrameShape(pg.PlotWidget.Shape.NoFrame)
        self.viewport().setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.plotItem.setContentsMargins(0, 8, 12, 0)
        self.plotItem.disableAutoRange()
        self.setAntialiasing(True)
        self._axes["left"].setWidth(_LEFT_WIDTH)
        for axis in self._axes.values():
            axis.setZValue(_BELOW_CURVES)
        current_theme().changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def set_log(self, log: bool) -> None:
        """Show powers of ten upwards; values that have no logarithm become gaps."""
        self.plotItem.setLogMode(y=log)

    def _on_theme_changed(self) -> None:
        theme = current_theme()
        self.setBackground(theme.color("surface"))
        for side, axis in self._axes.items():
            axis.setPen(QPen(theme.color("border"), 1))
            axis.setTextPen(theme.color("muted"))
            axis.setTickFont(theme.number_font(CAPTION_PX))
            style = {"color": theme.tokens.muted, "font-size": f"{CAPTION_PX}px"}
            axis.setLabel(html.escape(self._labels[side]), **style)
            axis.label.setFont(theme.font(CAPTION_PX))
            axis.setGrid(_GRID_OPACITY)


class _Axis(pg.AxisItem):
    def __init__(self, side: str, *, share: bool = False, whole: bool = False) -> None:
        super().__init__(side)
        self._finest = 1.0
        self.picture: Any = None
        self._lines: list[tuple[QRect, QColor]] = []
        self._texts: list[tuple[QRectF, int, str]] = []
        self._share = share
        self._whole = whole
        self.enableAutoSIPrefix(False)
        self.setStyle(tickLength=0, autoExpandTextSpace=True, hideOverlappingLabels=True)

    def paint(self, painter: QPainter, _option: object, _widget: object) -> None:
        """Draw the axis itself: pyqtgraph replays a picture, which takes milliseconds.

        The grid is filled in opaque pixels, which takes a tenth of the time of faint lines.
        """
        painter.setFont(self.style["tickFont"])
        if self.picture is None:  # so pyqtgraph says that something changed
            self._plan(painter)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        for line, color in self._lines:
            painter.fillRect(line, color)
        painter.setPen(self.textPen())
        for area, flags, text in self._texts:
            painter.drawText(area, flags, text)
        painter.restore()

    def _plan(self, painter: QPainter) -> None:
        specs = self.generateDrawSpecs(painter)
        if specs is None:
            return
        self.picture = specs
        axis, ticks, texts = specs
        ground = current_theme().color("surface")
        self._lines = [
            (_hairline(start, end), _mixed(pen.color(), ground))
            for pen, start, end in (*reversed(ticks), axis)
        ]
        self._texts = [(area, int(flags), text) for area, flags, text in texts]

    def tickValues(
        self, low: float, high: float, size: float
    ) -> list[tuple[float | None, list[float]]]:
        levels: list[tuple[float | None, list[float]]] = super().tickValues(low, high, size)
        levels = levels[:_LABELLED_LEVELS]  # lines that nothing says the value of are only noise
        labelled = (spacing for spacing, _ in levels if spacing)
        self._finest = min(labelled, default=1.0)
        return levels

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        if self.logMode:
            return [_power_words(10**value) for value in values]
        if self._share:
            digits = _decimals(self._finest * 100)
            return [f"{value * 100:.{digits}f} %" for value in values]
        if self._whole:
            return [wording.whole(v) if v == round(v) else wording.figure(v) for v in values]
        digits = _decimals(self._finest)
        return [f"{value:,.{digits}f}" if digits <= 5 else wording.rate(value) for value in values]


def _hairline(start: QPointF, end: QPointF) -> QRect:
    """The pixels of a level or upright line, one wide."""
    left, right = sorted((math.floor(start.x()), math.floor(end.x())))
    top, bottom = sorted((math.floor(start.y()), math.floor(end.y())))
    return QRect(left, top, max(1, right - left), max(1, bottom - top))


def _mixed(color: QColor, ground: QColor) -> QColor:
    """What a colour looks like on a ground that shines through it."""
    share = color.alphaF()
    return QColor.fromRgbF(
        share * color.redF() + (1 - share) * ground.redF(),
        share * color.greenF() + (1 - share) * ground.greenF(),
        share * color.blueF() + (1 - share) * ground.blueF(),
    )


def _decimals(spacing: float) -> int:
    """How many decimals set apart ticks that lie so far apart."""
    return max(0, math.ceil(-math.log10(max(spacing, 1e-9)) - 1e-9))


def _power_words(value: float) -> str:
    return f"{value:,g}" if 1e-3 <= value < 1e5 else wording.rate(value)


def is_whole(curve: Curve, *, log: bool) -> bool:
    """Whether every value of a curve can be drawn."""
    return not curve.extent.has_gaps and not (log and curve.extent.low <= 0)


def drawable(curve: Curve, *, log: bool) -> Drawn:
    """A curve's values with gaps (NaN) where nothing can be drawn: infinities, and logs of none."""
    values = curve.smooth
    if is_whole(curve, log=log):
        return values
    usable = np.isfinite(values)
    if log:
        usable &= values > 0
    return np.where(usable, values, np.nan)
