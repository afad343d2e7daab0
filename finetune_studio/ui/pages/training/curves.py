"""The curves of a run: loss over accuracy on one time axis, and beside them rate and speed."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from finetune_studio.events.events import EpochFinished
from finetune_studio.events.history import RunHistory
from finetune_studio.project import wording
from finetune_studio.ui.pages.training.curve_feed import CurveFeed, NewPoints
from finetune_studio.ui.widgets.metric_plot import Kind, MetricPlot

_TRAINING, _VALIDATION = "Training", "Validation"
_RATE, _SPEED = "Learning rate", "Throughput"
_STEADY = 0.6


class Curves(QObject):
    """Four plots that share a time axis, in two widgets: ``learning`` and ``machine``.

    Only what is new since the last time is handed to the plots, and to those of ``machine`` only
    while somebody looks at them.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.loss = MetricPlot("Loss", "Loss")
        self.accuracy = MetricPlot("Accuracy", "Accuracy", share=True)
        self.rate = MetricPlot(_RATE, "Learning rate")
        self.speed = MetricPlot(_SPEED, "Samples a second")
        self.learning = _Stack(self.loss, self.accuracy)
        self.machine = _Stack(self.rate, self.speed)
        self._learning_feed, self._machine_feed = CurveFeed(), CurveFeed()
        self._history = RunHistory()
        self._epochs: tuple[EpochFinished, ...] = ()
        self._best_epoch = 0
        self.loss.link_time_axis(self.accuracy)
        self.rate.link_time_axis(self.speed)
        for plot in (self.loss, self.accuracy, self.rate, self.speed):
            self._add_curves(plot)
        self.machine.shown.connect(self._on_machine_shown)
        self.loss.set_smoothing(_STEADY)
        self.accuracy.set_smoothing(_STEADY)
        self.loss.toolbar.smoothing_changed.connect(self.accuracy.set_smoothing)
        self.accuracy.toolbar.smoothing_changed.connect(self.loss.set_smoothing)

    def show_history(self, history: RunHistory) -> None:
        """Draw what has been added to a run, or another run from its start."""
        self._history = history
        points = self._learning_feed.take(history)
        if points.afresh:
            self._clear(self.loss, self.accuracy)
            self._epochs, self._best_epoch = (), 0
        self._extend_learning(points)
        if history.epochs != self._epochs or history.best_epoch != self._best_epoch:
            self._show_epochs(history)
        _draw_now(self.loss, self.accuracy)
        if self.machine.isVisible():
            self._on_machine_shown()

    def _clear(self, *plots: MetricPlot) -> None:
        for plot in plots:
            plot.clear()
            self._add_curves(plot)

    def _add_curves(self, plot: MetricPlot) -> None:
        if plot in (self.loss, self.accuracy):
            plot.add_curve(_TRAINING, Kind.TRAINING)
            plot.add_curve(_VALIDATION, Kind.VALIDATION)
        else:
            plot.add_curve(_RATE if plot is self.rate else _SPEED, Kind.TRAINING)

    def _extend_learning(self, points: NewPoints) -> None:
        if points.start < points.stop:
            part = slice(points.start, points.stop)
            steps = points.curve.steps[part]
            self.loss.extend(_TRAINING, steps, points.curve.losses[part])
            self.accuracy.extend(_TRAINING, steps, points.curve.accuracies[part])

    def _on_machine_shown(self) -> None:
        points = self._machine_feed.take(self._history)
        if points.afresh:
            self._clear(self.rate, self.speed)
        if points.start < points.stop:
            part = slice(points.start, points.stop)
            steps = points.curve.steps[part]
            self.rate.extend(_RATE, steps, points.curve.rates[part])
            self.speed.extend(_SPEED, steps, points.curve.speeds[part])
        ends = [epoch.step for epoch in self._history.epochs]
        for plot in (self.rate, self.speed):
            plot.mark_epochs(ends)
        _draw_now(self.rate, self.speed)

    def _show_epochs(self, history: RunHistory) -> None:
        self._epochs, self._best_epoch = history.epochs, history.best_epoch
        ends = [epoch.step for epoch in history.epochs]
        self.loss.set_curve(_VALIDATION, ends, [epoch.val_loss for epoch in history.epochs])
        self.accuracy.set_curve(_VALIDATION, ends, [epoch.val_accuracy for epoch in history.epochs])
        for plot in (self.loss, self.accuracy):
            plot.mark_epochs(ends)
        self._mark_best(history.best)

    def _mark_best(self, best: EpochFinished | None) -> None:
        if best is None:
            self.loss.clear_best()
            self.accuracy.clear_best()
            return
        share = wording.share(best.val_accuracy)
        self.accuracy.mark_best(best.step, best.val_accuracy, f"best: epoch {best.epoch}, {share}")
        self.loss.mark_best(best.step, best.val_loss, f"epoch {best.epoch}")


def _draw_now(*plots: MetricPlot) -> None:
    # Drawn a moment later, the curves would be painted once for the marks and once for themselves.
    for plot in plots:
        if plot.is_due:
            plot.refresh()


class _Stack(QWidget):
    shown = Signal()

    def __init__(self, *plots: MetricPlot) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        for plot in plots:
            layout.addWidget(plot, 1)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.shown.emit()
