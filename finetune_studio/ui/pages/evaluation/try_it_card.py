"""Try it: give the model something, see what it says, and what an earlier run says beside it."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from finetune_studio.events.events import PredictionMade
from finetune_studio.project.choices import Task
from finetune_studio.project.problems import Problem
from finetune_studio.ui import wishes
from finetune_studio.ui.pages.evaluation.answer_panel import AnswerPanel
from finetune_studio.ui.pages.evaluation.input_panel import InputPanel
from finetune_studio.ui.pages.evaluation.picture_view import PictureView
from finetune_studio.ui.snapshot import Snapshot
from finetune_studio.ui.widgets.busy import BusyBar
from finetune_studio.ui.widgets.card import Card
from finetune_studio.ui.widgets.problem_card import ProblemList
from finetune_studio.ui.widgets.run_picker import RunPicker
from finetune_studio.ui.widgets.text import ElidedText, muted

_PICTURE_SIDE = 168


class TryItCard(Card):
    """An input at the left, answers at the right.

    Signals:
        requested: a wish from `ui/wishes.py`.
    """

    requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Try it", parent=parent)
        self._snapshot = Snapshot()
        self._input = ""
        self._asked: list[str] = []
        self.input_panel = InputPanel()
        self.compare = RunPicker("Compare with another run", none_text="no other run")
        self.picture = PictureView(_PICTURE_SIDE)
        self.input_line = ElidedText(tone="muted", mode=Qt.TextElideMode.ElideMiddle)
        self.answers = (AnswerPanel(), AnswerPanel())
        self.busy = BusyBar()
        self.problems = ProblemList()
        # The second question is put once the first is answered: the session asks one at a time.
        self._next = QTimer(self, singleShot=True, interval=0)
        self._next.timeout.connect(self._on_next_due)
        self.input_panel.input_given.connect(self._on_input_given)
        self.compare.run_chosen.connect(self._on_compare_chosen)
        self.busy.cancel_requested.connect(self._on_cancel_requested)
        self._build()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show the answers there are to the last input."""
        if snapshot.folder != self._snapshot.folder:
            self._input = ""
        self._snapshot = snapshot
        self.input_panel.show_task(snapshot.project.task, snapshot.folder)
        others = [run for run in snapshot.runs if run.name != snapshot.shown_run]
        compared = self.compare.run
        self.compare.show_runs(others, compared)
        if self.compare.currentIndex() < 0:
            self.compare.setCurrentIndex(0)
        self._show_answers()
        self._show_activity()

    def _build(self) -> None:
        self.add_action(muted("Compare with"))
        self.add_action(self.compare)
        answers = QHBoxLayout()
        answers.setSpacing(24)
        for panel in self.answers:
            answers.addWidget(panel, 1)
        said = QWidget()
        said.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        right = QVBoxLayout(said)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(8)
        right.addWidget(self.input_line)
        right.addLayout(answers)
        right.addWidget(self.problems)
        right.addWidget(self.busy)
        right.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(24)
        row.addWidget(self.input_panel, 2)
        row.addWidget(self.picture)
        row.addWidget(said, 3)
        self.body.addLayout(row)

    def _show_answers(self) -> None:
        is_picture = self._snapshot.project.task is Task.IMAGE
        runs = (self._snapshot.shown_run, self.compare.run)
        # What went wrong stands in the place of the answers that do not come.
        awaited = bool(self._input) and self._problem is None
        answered = bool(self._input) and any(self._answer(run) for run in runs)
        self.picture.setVisible(is_picture and (awaited or answered))
        self.picture.show_picture(self._input if is_picture else "")
        self.input_line.setText(self._input or "The answer appears here.")
        for panel, run in zip(self.answers, runs, strict=True):
            panel.setVisible(bool(run) and (awaited or self._answer(run) is not None))
            panel.show_answer(run, self._answer(run), "Asking …" if run in self._asked else "")

    def _show_activity(self) -> None:
        activity = self._snapshot.activity("predict")
        problem = self._problem
        self.problems.show_problems((problem,) if problem else ())
        self.problems.setVisible(problem is not None)
        if activity is None or not activity.busy:
            self.busy.clear()
            self._asked = [run for run in self._asked if self._answer(run) is None]
            if self._asked and problem is None:
                self._next.start()
            return
        if activity.share is None:
            self.busy.show_busy(activity.phase)
        else:
            self.busy.show_progress(activity.phase, activity.share, 1.0, activity.seconds_left)

    @property
    def _problem(self) -> Problem | None:
        activity = self._snapshot.activity("predict")
        return activity.problem if activity else None

    def _answer(self, run: str) -> PredictionMade | None:
        made = self._snapshot.predictions
        return next((one for one in made if (one.run, one.input) == (run, self._input)), None)

    def _ask(self, *runs: str) -> None:
        self._asked = [run for run in runs if run and self._answer(run) is None]
        self._show_answers()
        self._on_next_due()

    def _on_next_due(self) -> None:
        if self._asked and self._input:
            self.requested.emit(wishes.Predict(run=self._asked[0], inputs=(self._input,)))

    def _on_input_given(self, given: str) -> None:
        self._input = given
        self._ask(self._snapshot.shown_run, self.compare.run)

    def _on_compare_chosen(self, run: str) -> None:
        if self._input:
            self._ask(self._snapshot.shown_run, run)
        else:
            self._show_answers()

    def _on_cancel_requested(self) -> None:
        self._asked = []
        self.requested.emit(wishes.CancelActivity("predict"))
