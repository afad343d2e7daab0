"""The curves of a run: loss over accuracy on one time axis, and beside them rate and speed."""

from __future__ import annotations

from PySide6.QtCore import QObject
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

    Only what is new since the last time is handed to the plots.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.loss = MetricPlot("Loss", "Loss")
        self.accuracy = MetricPlot("Accuracy", "Accuracy", share=True)
        self.rate = MetricPlot(_RATE, "Learning rate")
        self.speed = MetricPlot(_SPEED, "Samples a second")
        self.learning = _stacked(self.loss, self.accuracy)
        self.machine = _stacked(self.rate, self.speed)
        self._feed = CurveFeed()
        self._epochs: tuple[EpochFinished, ...] = ()
        self._best_epoch = 0
        self.loss.link_time_axis(self.accuracy)
        self.rate.link_time_axis(self.speed)
        self._add_curves()
        self.loss.set_smoothing(_STEADY)
        self.accuracy.set_smoothing(_STEADY)
        self.loss.toolbar.smoothing_changed.connect(self.accuracy.set_smoothing)
        self.accuracy.toolbar.smoothing_changed.connect(self.loss.set_smoothing)

    def show_history(self, history: RunHistory) -> None:
        """Draw what has been added to a run, or another run from its start."""
        points = self._feed.take(history)
        if points.afresh:
            self._clear()
        self._extend(points)
        if history.epochs != self._epochs or history.best_epoch != self._best_epoch:
            self._show_epochs(history)

    def _add_curves(self) -> None:
        for plot in (self.loss, self.accuracy):
            plot.add_curve(_TRAINING, Kind.TRAINING)
            plot.add_curve(_VALIDATION, Kind.VALIDATION)
        self.rate.add_curve(_RATE, Kind.TRAINING)
        self.speed.add_curve(_SPEED, Kind.TRAINING)

    def _clear(self) -> None:
        for plot in (self.loss, self.accuracy, self.rate, self.speed):
            plot.clear()
        self._epochs, self._best_epoch = (), 0
        self._add_curves()

    def _extend(self, points: NewPoints) -> None:
        if points.start == points.stop:
            return
        part = slice(points.start, points.stop)
        steps = points.curve.steps[part]
        self.loss.extend(_TRAINING, steps, points.curve.losses[part])
        self.accuracy.extend(_TRAINING, steps, points.curve.accuracies[part])
        self.rate.extend(_RATE, steps, points.curve.rates[part])
        self.speed.extend(_SPEED, steps, points.curve.speeds[part])

    def _show_epochs(self, history: RunHistory) -> None:
        self._epochs, self._best_epoch = history.epochs, history.best_epoch
        ends = [epoch.step for epoch in history.epochs]
        self.loss.set_curve(_VALIDATION, ends, [epoch.val_loss for epoch in history.epochs])
        self.accuracy.set_curve(_VALIDATION, ends, [epoch.val_accuracy for epoch in history.epochs])
        for plot in (self.loss, self.accuracy, self.rate, self.speed):
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


def _stacked(*plots: MetricPlot) -> QWidget:
    result = QWidget()
    layout = QVBoxLayout(result)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(12)
    for plot in plots:
        layout.addWidget(plot, 1)
    return result
