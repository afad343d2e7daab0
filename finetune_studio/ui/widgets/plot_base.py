"""A pyqtgraph plot in our colours and type, without pyqtgraph's own buttons and menus."""

from __future__ import annotations

import html
import math

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QWidget

from finetune_studio.project import wording
from finetune_studio.ui.theme import CAPTION_PX, current_theme
from finetune_studio.ui.widgets.curve import Floats

_GRID_OPACITY = 70
_LEFT_WIDTH = 68
_LABELLED_LEVELS = 2


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
        self._share = share
        self._whole = whole
        self.enableAutoSIPrefix(False)
        self.setStyle(tickLength=0, autoExpandTextSpace=True, hideOverlappingLabels=True)

    def tickValues(
        self, low: float, high: float, size: float
    ) -> list[tuple[float | None, list[float]]]:
        levels: list[tuple[float | None, list[float]]] = super().tickValues(low, high, size)
        labelled = (spacing for spacing, _ in levels[:_LABELLED_LEVELS] if spacing)
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


def _decimals(spacing: float) -> int:
    """How many decimals set apart ticks that lie so far apart."""
    return max(0, math.ceil(-math.log10(max(spacing, 1e-9)) - 1e-9))


def _power_words(value: float) -> str:
    return f"{value:,g}" if 1e-3 <= value < 1e5 else wording.rate(value)


def drawable(values: Floats, *, log: bool) -> Floats:
    """The values with gaps (NaN) where nothing can be drawn: infinities, and logs of none."""
    usable = np.isfinite(values)
    if log:
        usable &= values > 0
    return values if bool(usable.all()) else np.where(usable, values, np.nan)
