"""The learning rate over a run, drawn before it starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from finetune_studio.project import wording
from finetune_studio.ui.theme import current_theme
from finetune_studio.ui.widgets.epoch_lines import EpochLines
from finetune_studio.ui.widgets.plot_base import PlotBase

_LEAST_HEIGHT = 140
_WARM, _COLD = 3, 0  # in the plot colours


@dataclass(frozen=True)
class RateCurve:
    """How the rate of one part of the model rises and falls."""

    name: str
    steps: Sequence[float]
    rates: Sequence[float]


class SchedulePlot(QWidget):
    """One quiet curve a part of the model, from warm to cold, with the epochs marked."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Learning rate over the run")
        self.setMinimumHeight(_LEAST_HEIGHT)
        self._plot = PlotBase("Step", "Learning rate")
        self._plot.setMouseEnabled(x=False, y=False)
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._curves: list[pg.PlotDataItem] = []
        self._epochs = EpochLines()
        self._plot.addItem(self._epochs, ignoreBounds=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._plot)
        current_theme().changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def show_curves(self, curves: Sequence[RateCurve], epoch_marks: Sequence[float] = ()) -> None:
        """Show a rate at each step; the marks are the steps at which epochs end."""
        self._keep(len(curves))
        for item, curve in zip(self._curves, curves, strict=True):
            item.setData(*(np.asarray(v, dtype=np.float64) for v in (curve.steps, curve.rates)))
        self._epochs.show_places(epoch_marks)
        drawn = [curve for curve in curves if len(curve.steps)]
        if drawn:
            self._fit(drawn)

    def _fit(self, curves: Sequence[RateCurve]) -> None:
        high = max(max(curve.rates) for curve in curves) or 1.0
        last = max(curve.steps[-1] for curve in curves)
        self._plot.setXRange(0, max(float(last), 1.0), padding=0.02)
        self._plot.setYRange(0, high, padding=0.06)
        self.setAccessibleDescription("; ".join(map(_in_words, curves)))

    def _keep(self, count: int) -> None:
        while len(self._curves) > count:
            self._plot.removeItem(self._curves.pop())
        while len(self._curves) < count:
            item = pg.PlotDataItem()
            self._curves.append(item)
            self._plot.addItem(item)
        self._color()

    def _color(self) -> None:
        for item, color in zip(self._curves, rate_colors(len(self._curves)), strict=True):
            pen = QPen(color, 2)
            pen.setCosmetic(True)
            item.setPen(pen)

    def _on_theme_changed(self) -> None:
        self._color()
        self._epochs.set_color(current_theme().color("border"))


def rate_colors(count: int) -> list[QColor]:
    """The colours of so many rates, from the warm one of the head down to a cold one."""
    theme = current_theme()
    if count == 1:
        return [theme.plot_color(0)]
    warm, cold = theme.plot_color(_WARM), theme.plot_color(_COLD)
    return [_mixed(warm, cold, index / (count - 1)) for index in range(count)]


def _mixed(one: QColor, other: QColor, share: float) -> QColor:
    return QColor.fromRgbF(
        (1 - share) * one.redF() + share * other.redF(),
        (1 - share) * one.greenF() + share * other.greenF(),
        (1 - share) * one.blueF() + share * other.blueF(),
    )


def _in_words(curve: RateCurve) -> str:
    first, high, last = (
        wording.rate(float(rate)) for rate in (curve.rates[0], max(curve.rates), curve.rates[-1])
    )
    text = f"from {first} over {high} to {last}"
    return f"{curve.name} {text}" if curve.name else text
