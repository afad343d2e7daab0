"""The curves of the steps themselves: learning rate, length of the gradient, throughput."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from finetune_studio.events.history import RunHistory
from finetune_studio.events.step_curve import StepCurve
from finetune_studio.ui.pages.training.curve_feed import CurveFeed, NewPoints
from finetune_studio.ui.pages.training.rate_lines import (
    ALL,
    RateLine,
    between_words,
    in_words,
    rate_lines,
)
from finetune_studio.ui.widgets.metric_plot import Kind, MetricPlot
from finetune_studio.ui.widgets.segmented import Option, Segmented
from finetune_studio.ui.widgets.text import plain_tooltip

_NORM, _SPEED = "Gradient norm", "Throughput"


class MachineView(QWidget):
    """The rate above, and below it the gradient or the speed, on one time axis.

    What is new is handed to the plots only while somebody looks at them.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rate = MetricPlot(ALL, "Learning rate")
        self.norm = MetricPlot(_NORM, "Before clipping")
        self.speed = MetricPlot(_SPEED, "Samples a second")
        self.switch = Segmented((Option("norm", "Gradient"), Option("speed", "Speed")), "Below")
        self._stack = QStackedWidget()
        self._feed = CurveFeed()
        self._history = RunHistory()
        self.rate.link_time_axis(self.norm)
        self.rate.link_time_axis(self.speed)
        self._lines: tuple[RateLine, ...] = ()
        self._groups: tuple[str, ...] = ()
        for plot, name in self._plots():
            plot.add_curve(name, Kind.TRAINING)
        self._show_lines(rate_lines(StepCurve(), 0))
        self.switch.chosen.connect(self._on_switch_chosen)
        self._build()

    def show_history(self, history: RunHistory) -> None:
        """Draw a run, or what has been added to it, once it is looked at."""
        self._history = history
        if self.isVisible():
            self._draw()

    def _plots(self) -> tuple[tuple[MetricPlot, str], ...]:
        return ((self.norm, _NORM), (self.speed, _SPEED))

    def _build(self) -> None:
        self._stack.addWidget(self.norm)
        self._stack.addWidget(self.speed)
        row = QHBoxLayout()
        row.addWidget(self.switch)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.rate, 1)
        layout.addLayout(row)
        layout.addWidget(self._stack, 1)

    def _draw(self) -> None:
        points = self._feed.take(self._history)
        if points.afresh:
            for plot, name in self._plots():
                plot.clear()
                plot.add_curve(name, Kind.TRAINING)
        self._draw_rates(points)
        if points.start < points.stop:
            part = slice(points.start, points.stop)
            steps, curve = points.curve.steps[part], points.curve
            self.norm.extend(_NORM, steps, curve.norms[part])
            self.speed.extend(_SPEED, steps, curve.speeds[part])
        ends = [epoch.step for epoch in self._history.epochs]
        for plot in (self.rate, self.norm, self.speed):
            plot.mark_epochs(ends)
            if plot.is_due and plot.isVisible():
                plot.refresh()

    def _draw_rates(self, points: NewPoints) -> None:
        """Draw the rates; from the start where other groups train than before."""
        curve, start = points.curve, points.start
        groups = tuple(curve.group_rates)
        if points.afresh or groups != self._groups:
            self._groups, start = groups, 0
            self._show_lines(rate_lines(curve, points.stop))
        if start == points.stop:
            return
        steps = np.array(curve.steps[start : points.stop])
        for line in self._lines:
            rates = curve.group_rates[line.group] if line.group else curve.rates
            values = np.array(rates[start : points.stop])
            trains = np.isfinite(values)
            self.rate.extend(line.name, steps[trains], values[trains])

    def _show_lines(self, lines: tuple[RateLine, ...]) -> None:
        self._lines = lines
        self.rate.clear()
        for line in lines:
            self.rate.add_curve(line.name, line.kind, line.color_index, listed=line.named)
        if words := between_words(lines):
            self.rate.add_entry(words, Kind.QUIET_RATE)
        self.rate.legend.setToolTip(plain_tooltip(in_words(lines)))

    def _on_switch_chosen(self, key: str) -> None:
        self._stack.setCurrentWidget(self.speed if key == "speed" else self.norm)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._draw()
