"""How good the model is: honest figures, where it errs, and a place to try it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QHBoxLayout,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from finetune_studio.events.descriptions import EvaluationReport, SamplePrediction
from finetune_studio.project.checks import Step, missing_for
from finetune_studio.project.choices import Target
from finetune_studio.runs.thresholds import read_chosen
from finetune_studio.ui import wishes
from finetune_studio.ui.pages.evaluation.figures_card import FiguresCard
from finetune_studio.ui.pages.evaluation.label_panel import LabelPanel
from finetune_studio.ui.pages.evaluation.predictions_file import (
    cell_samples,
    first_samples,
    samples_with,
)
from finetune_studio.ui.pages.evaluation.samples_card import SamplesCard
from finetune_studio.ui.pages.evaluation.try_it_card import TryItCard
from finetune_studio.ui.pages.page import Page
from finetune_studio.ui.snapshot import Snapshot
from finetune_studio.ui.widgets.buttons import secondary
from finetune_studio.ui.widgets.card import Card
from finetune_studio.ui.widgets.confusion_matrix import ConfusionMatrix
from finetune_studio.ui.widgets.problem_card import ProblemList
from finetune_studio.ui.widgets.run_picker import RunPicker
from finetune_studio.ui.widgets.scatter_plot import ScatterPlot
from finetune_studio.ui.widgets.state_panel import StatePanel
from finetune_studio.ui.widgets.text import muted
from finetune_studio.ui.widgets.together_matrix import TogetherMatrix

_DETAIL_HEIGHT = 380
_MOST_POINTS = 5_000
_STATE_HEIGHT = 260
_BESIDE_FROM = 840


class EvaluationPage(Page):
    """A run, its figures by label, its mistakes, and Try it."""

    title = "Evaluation"
    sentence = "How often the model is right on samples it never learned from."
    measure = 1440

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._snapshot = Snapshot()
        self._report: EvaluationReport | None = None
        self._points: tuple[SamplePrediction, ...] = ()
        self.picker = RunPicker("Run to evaluate")
        self.evaluate_button = secondary("&Evaluate again", "refresh")
        self.state = StatePanel("target")
        self.figures = FiguresCard()
        self.label_panel = LabelPanel()
        self.labels = self.label_panel.table
        self.matrix = ConfusionMatrix()
        self.together = TogetherMatrix()
        self.scatter = ScatterPlot()
        self.samples = SamplesCard()
        self.problems = ProblemList()
        self.try_it = TryItCard()
        self._build()
        self._connect()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        usable = any(run.usable for run in snapshot.runs)
        self.picker.show_runs(snapshot.runs, snapshot.shown_run)
        self._picker_row.setVisible(usable)
        self.try_it.setVisible(usable)
        if usable:
            self.try_it.show_snapshot(snapshot)
        self._show_state(snapshot, usable=usable)
        shown = next((run for run in snapshot.runs if run.name == snapshot.shown_run), None)
        self.figures.show_forgetting(shown.forgetting if shown is not None else None)
        if snapshot.evaluation is not None and snapshot.evaluation != self._report:
            self._show_report(snapshot.evaluation)

    def primary(self, snapshot: Snapshot) -> tuple[str, str]:
        usable = sum(run.usable for run in snapshot.runs)
        return "Export", missing_for(Step.EXPORT, snapshot.project, finished_runs=usable)

    def _build(self) -> None:
        self._picker_row = QWidget()
        row = QHBoxLayout(self._picker_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(muted("Run"))
        row.addWidget(self.picker)
        row.addWidget(self.evaluate_button)
        row.addStretch(1)
        self.state.setFixedHeight(_STATE_HEIGHT)
        self._results = QWidget()
        results = QVBoxLayout(self._results)
        results.setContentsMargins(0, 0, 0, 0)
        results.setSpacing(16)
        results.addWidget(self.figures)
        results.addWidget(self.problems)
        results.addLayout(self._details())
        results.addWidget(self.samples)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(16)
        for widget in (self._picker_row, self.state, self._results, self.try_it):
            layout.addWidget(widget)
        layout.addStretch(1)

    def _details(self) -> QBoxLayout:
        self._by_label, self._beside_labels = Card("By label"), Card("Confusions")
        self._by_label.body.addWidget(self.label_panel)
        self._views = QStackedWidget()
        for view in (self.matrix, self.together, self.scatter):
            self._views.addWidget(view)
        self._beside_labels.body.addWidget(self._views)
        by_label, confusions = self._by_label, self._beside_labels
        self._beside = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._beside.setSpacing(16)
        for card, share in ((by_label, 6), (confusions, 5)):
            card.setFixedHeight(_DETAIL_HEIGHT)
            card.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            self._beside.addWidget(card, share)
        return self._beside

    def _connect(self) -> None:
        wish = self.requested.emit
        self.picker.run_chosen.connect(self._on_run_chosen)
        self.evaluate_button.clicked.connect(self._on_evaluate_wanted)
        self.state.action_requested.connect(self._on_action_requested)
        self.state.fix_requested.connect(self._on_evaluate_wanted)
        self.state.cancel_requested.connect(partial(wish, wishes.CancelActivity("evaluate")))
        self.matrix.cell_selected.connect(self._on_cell_selected)
        self.together.cell_selected.connect(self._on_pair_selected)
        self.scatter.point_chosen.connect(self._on_point_chosen)
        self.label_panel.keep_requested.connect(self._on_keep_requested)
        self.samples.mistakes_requested.connect(self._on_mistakes_requested)
        self.try_it.requested.connect(self.requested)

    def _show_state(self, snapshot: Snapshot, *, usable: bool) -> None:
        activity = snapshot.activity("evaluate")
        report = snapshot.evaluation
        busy = activity is not None and activity.busy
        self.evaluate_button.setVisible(report is not None and not busy)
        self.picker.setEnabled(not busy and self.picker.count() > 1)
        self._results.setVisible(usable and report is not None and activity is None)
        self.state.setVisible(self._results.isHidden())
        if not usable:
            self.state.show_empty(
                "Nothing to evaluate yet",
                "Train once; the epoch that is kept is then evaluated here.",
                "Go to Training",
            )
        elif activity is not None and activity.problem is not None:
            self.state.show_problem(activity.problem)
        elif activity is not None:
            self.state.show_busy(activity.phase, activity.share, activity.seconds_left)
        elif report is None:
            self.state.show_empty(
                "Not evaluated yet",
                "The trained model answers for every test sample, and each answer is counted.",
                "Evaluate",
            )

    def _show_report(self, report: EvaluationReport) -> None:
        self._report = report
        self.figures.show_report(report)
        self.problems.show_problems(report.problems)
        self.problems.setVisible(bool(report.problems))
        self._show_details(report)
        self.samples.show_mistakes(report.mistakes, report.target, report.figures.unit)

    def _show_details(self, report: EvaluationReport) -> None:
        """What is told apart, or comes together, or how far off each answer is."""
        labels = [label.label for label in report.labels]
        run = Path(report.predictions).parent
        several = report.target is Target.LABELS
        self._by_label.setVisible(report.target is not Target.NUMBER)
        self.label_panel.show_report(report, read_chosen(run, labels) if several else {})
        self._points = ()
        if report.target is Target.NUMBER:
            self._points = first_samples(Path(report.predictions), _MOST_POINTS)
            true = np.array([one.true_value for one in self._points])
            predicted = np.array([one.value for one in self._points])
            self.scatter.show_numbers(true, predicted, report.figures.unit)
        elif several:
            self.together.show_matrix(labels if report.together else [], report.together)
        else:
            self.matrix.show_matrix(labels, report.confusion)
        views: dict[Target, tuple[QWidget, str]] = {
            Target.LABEL: (self.matrix, "Confusions"),
            Target.LABELS: (self.together, "Labels that come together"),
            Target.NUMBER: (self.scatter, "Predicted against true"),
        }
        view, title = views[report.target]
        self._views.setCurrentWidget(view)
        self._beside_labels.set_title(title)

    def _on_run_chosen(self, run: str) -> None:
        if run != self._snapshot.shown_run:
            self.requested.emit(wishes.ShowRun(run))

    def _on_evaluate_wanted(self) -> None:
        self.requested.emit(wishes.EvaluateRun())

    def _on_action_requested(self) -> None:
        usable = any(run.usable for run in self._snapshot.runs)
        wish = wishes.EvaluateRun() if usable else wishes.GoToStep(Step.TRAINING)
        self.requested.emit(wish)

    def _on_cell_selected(self, true: str, predicted: str) -> None:
        if self._report is None:
            return
        names = [label.label for label in self._report.labels]
        count = self._report.confusion[names.index(true)][names.index(predicted)]
        samples = cell_samples(Path(self._report.predictions), true, predicted)
        self.samples.show_cell(true, predicted, samples, count)
        self._bring_into_view(self.samples)

    def _on_pair_selected(self, one: str, other: str) -> None:
        if self._report is None:
            return
        names = [label.label for label in self._report.labels]
        count = self._report.together[names.index(one)][names.index(other)]
        samples = samples_with(Path(self._report.predictions), one, other)
        self.samples.show_both(one, other, samples, count)
        self._bring_into_view(self.samples)

    def _on_point_chosen(self, place: int) -> None:
        self.samples.show_one(self._points[place])
        self._bring_into_view(self.samples)

    def _on_keep_requested(self, moved: dict[str, float]) -> None:
        if self._report is not None:
            self.requested.emit(wishes.KeepThresholds(self._report.run, moved))

    def _on_mistakes_requested(self) -> None:
        report = self._report
        if report is not None:
            self.samples.show_mistakes(report.mistakes, report.target, report.figures.unit)

    def _bring_into_view(self, widget: QWidget) -> None:
        """Scroll the frame that scrolls this page, where there is one."""
        above = self.parentWidget()
        while above is not None and not isinstance(above, QScrollArea):
            above = above.parentWidget()
        if above is not None:
            above.ensureWidgetVisible(widget)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = event.size().width() < _BESIDE_FROM
        directions = QBoxLayout.Direction
        self._beside.setDirection(directions.TopToBottom if narrow else directions.LeftToRight)
