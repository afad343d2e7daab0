"""The learning rate over a run, drawn before it starts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from finetune_studio.project import wording
from finetune_studio.ui.theme import current_theme
from finetune_studio.ui.widgets.epoch_lines import EpochLines
from finetune_studio.ui.widgets.plot_base import PlotBase

_LEAST_HEIGHT = 140


class SchedulePlot(QWidget):
    """One quiet curve: how the learning rate rises and falls, with the epochs marked."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Learning rate over the run")
        self.setMinimumHeight(_LEAST_HEIGHT)
        self._plot = PlotBase("Step", "Learning rate")
        self._plot.setMouseEnabled(x=False, y=False)
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._curve = pg.PlotDataItem()
        self._epochs = EpochLines()
        self._plot.addItem(self._epochs, ignoreBounds=True)
        self._plot.addItem(self._curve)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._plot)
        current_theme().changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def show_schedule(
        self, steps: Sequence[float], rates: Sequence[float], epoch_marks: Sequence[float] = ()
    ) -> None:
        """Show the rate at each step; the marks are the steps at which epochs end."""
        xs, ys = (np.asarray(values, dtype=np.float64) for values in (steps, rates))
        self._curve.setData(xs, ys)
        self._epochs.show_places(epoch_marks)
        if not len(xs):
            return
        high = float(ys.max()) or 1.0
        self._plot.setXRange(0, max(float(xs[-1]), 1.0), padding=0.02)
        self._plot.setYRange(0, high, padding=0.06)
        first, last = wording.rate(float(ys[0])), wording.rate(float(ys[-1]))
        self.setAccessibleDescription(f"from {first} over {wording.rate(high)} to {last}")

    def _on_theme_changed(self) -> None:
        theme = current_theme()
        pen = QPen(theme.plot_color(0), 2)
        pen.setCosmetic(True)
        self._curve.setPen(pen)
        self._epochs.set_color(theme.color("border"))
