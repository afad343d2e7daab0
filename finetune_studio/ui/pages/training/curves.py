"""The curves of a run: loss over accuracy on one time axis, and the remarks on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QVBoxLayout, QWidget

from finetune_studio.events.events import EarlierTaskScored, EpochFinished
from finetune_studio.events.history import RunHistory
from finetune_studio.events.main_figure import main_of, main_value, main_words, validation_of
from finetune_studio.project.choices import Kept, Target
from finetune_studio.ui.pages.training.curve_feed import CurveFeed, NewPoints
from finetune_studio.ui.pages.training.machine_view import MachineView
from finetune_studio.ui.widgets.metric_plot import Kind, MetricPlot
from finetune_studio.ui.widgets.plot_remarks import Remark

_TRAINING, _VALIDATION = "Training", "Validation"
_EARLIER = "Earlier task"
_STEADY = 0.6


class Curves(QObject):
    """Two plots that share a time axis in ``learning``, and those of the steps in ``machine``.

    Only what is new since the last time is handed to the plots.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.loss = MetricPlot("Loss", "Loss")
        self.accuracy = MetricPlot("Accuracy", "Accuracy", share=True)
        self.learning = _Stack(self.loss, self.accuracy)
        self.machine = MachineView()
        self._feed = CurveFeed()
        self._epochs: tuple[EpochFinished, ...] = ()
        self._earlier: tuple[EarlierTaskScored, ...] = ()
        self._best_epoch = 0
        self._learned, self._training = (Target.LABEL, ""), _TRAINING
        self.loss.link_time_axis(self.accuracy)
        for plot in (self.loss, self.accuracy):
            self._add_curves(plot)
        self.loss.set_smoothing(_STEADY)
        self.accuracy.set_smoothing(_STEADY)
        self.loss.toolbar.smoothing_changed.connect(self.accuracy.set_smoothing)
        self.accuracy.toolbar.smoothing_changed.connect(self.loss.set_smoothing)

    def show_history(self, history: RunHistory) -> None:
        """Draw what has been added to a run, or another run from its start."""
        self.machine.show_history(history)
        points = self._feed.take(history)
        learned = (history.target, history.unit)
        if learned != self._learned:
            self._show_main(*learned)
        if points.afresh or learned != self._learned:
            self._learned = learned
            self._clear(self.loss, self.accuracy)
            self._epochs, self._earlier, self._best_epoch = (), (), 0
        self._extend_learning(points)
        if history.epochs != self._epochs or history.best_epoch != self._best_epoch:
            self._show_epochs(history)
        if history.earlier_scores != self._earlier:
            self._show_earlier(history)
        _draw_now(self.loss, self.accuracy)

    def show_remarks(self, remarks: Sequence[Remark]) -> None:
        """Say on the curves where something was noticed or done; the words stand in the upper."""
        self.loss.mark_remarks(remarks)
        self.accuracy.mark_remarks([replace(remark, text="") for remark in remarks])

    def _clear(self, *plots: MetricPlot) -> None:
        for plot in plots:
            plot.clear()
            self._add_curves(plot)

    def _show_main(self, target: Target, unit: str) -> None:
        """Name the lower plot after the figure that is learned for."""
        main = main_of(target)
        self._training = main.training_name
        self.accuracy.show_as(main.name, main.title(unit), share=main.is_share)

    def _add_curves(self, plot: MetricPlot) -> None:
        plot.add_curve(self._name_in(plot), Kind.TRAINING)
        plot.add_curve(_VALIDATION, Kind.VALIDATION)

    def _extend_learning(self, points: NewPoints) -> None:
        if points.start < points.stop:
            part = slice(points.start, points.stop)
            steps = points.curve.steps[part]
            self.loss.extend(_TRAINING, steps, points.curve.losses[part])
            shown = points.curve.accuracies[part]
            self.accuracy.extend(self._name_in(self.accuracy), steps, shown)

    def _name_in(self, plot: MetricPlot) -> str:
        """What the training curve is called in a plot."""
        return self._training if plot is self.accuracy else _TRAINING

    def _show_epochs(self, history: RunHistory) -> None:
        self._epochs, self._best_epoch = history.epochs, history.best_epoch
        ends = [epoch.step for epoch in history.epochs]
        self.loss.set_curve(_VALIDATION, ends, [epoch.val_loss for epoch in history.epochs])
        reached = [main_value(validation_of(epoch)) for epoch in history.epochs]
        self.accuracy.set_curve(_VALIDATION, ends, reached)
        for plot in (self.loss, self.accuracy):
            plot.mark_epochs(ends)
        self._mark_best(history.best, history.keep)

    def _show_earlier(self, history: RunHistory) -> None:
        """Draw how much of an earlier task is still known, from before the first step on."""
        if not self._earlier:
            self.accuracy.add_curve(_EARLIER, Kind.EARLIER)
        self._earlier = history.earlier_scores
        steps = [score.step for score in self._earlier]
        self.accuracy.set_curve(_EARLIER, steps, [score.accuracy for score in self._earlier])

    def _mark_best(self, best: EpochFinished | None, keep: Kept) -> None:
        if best is None:
            self.loss.clear_best()
            self.accuracy.clear_best()
            return
        figures = validation_of(best)
        words = f"{keep.value}: epoch {best.epoch}, {main_words(figures)}"
        self.accuracy.mark_best(best.step, main_value(figures), words)
        self.loss.mark_best(best.step, best.val_loss, f"epoch {best.epoch}")


def _draw_now(*plots: MetricPlot) -> None:
    # Drawn a moment later, the curves would be painted once for the marks and once for themselves.
    for plot in plots:
        if plot.is_due:
            plot.refresh()


class _Stack(QWidget):
    def __init__(self, *plots: MetricPlot) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        for plot in plots:
            layout.addWidget(plot, 1)
