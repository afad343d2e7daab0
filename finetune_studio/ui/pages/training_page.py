"""The run: what will happen, what is happening, and what came of it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from finetune_studio.events.finding import FindingKind
from finetune_studio.events.history import RunHistory, RunState
from finetune_studio.project.checks import Step, missing_for
from finetune_studio.project.problems import Problem
from finetune_studio.project.remedies import Remedy, remedied, taken
from finetune_studio.runs.folder import RunFolder, read_history
from finetune_studio.runs.summary import RunSummary
from finetune_studio.ui import wishes
from finetune_studio.ui.chore import Chores
from finetune_studio.ui.pages.page import Page
from finetune_studio.ui.pages.training.findings_card import Ability
from finetune_studio.ui.pages.training.log_view import LogView
from finetune_studio.ui.pages.training.remarks import remarks
from finetune_studio.ui.pages.training.run_views import RunViews
from finetune_studio.ui.pages.training.start_panel import StartPanel
from finetune_studio.ui.pages.training.status_panel import StatusPanel
from finetune_studio.ui.snapshot import Snapshot
from finetune_studio.ui.widgets.fold import Fold

_SIDE_WIDTH = (240, 304)
_SIDE_SHARE = (11, 5)


class TrainingPage(Page):
    """A summary and Start before the first run; curves and status from then on."""

    title = "Training"
    sentence = "The run goes on while you look at other pages."
    scrolls = False

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._snapshot = Snapshot()
        self._looked_at: RunHistory | None = None
        self._wanted = ""
        self._chores = Chores(self)
        self.start_panel = StartPanel()
        self.views = RunViews()
        self.status = StatusPanel()
        self.log_fold = Fold("Show log", remember="training-log")
        self.log = LogView()
        self._build()
        self._connect()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        is_other = snapshot.folder != self._snapshot.folder
        self._snapshot = snapshot
        if is_other:
            self._look_at_current()
            self.views.open_curves()
        history = snapshot.history
        is_there = history.state.busy or history.has_begun
        if is_there and self.start_panel.start_button.hasFocus():
            self.status.setFocus()
        self._stack.setCurrentIndex(1 if is_there else 0)
        if not is_there:
            self.start_panel.show_snapshot(snapshot)
            return
        hidden = snapshot.hidden_findings
        self.status.show_run(history, resumable=self._is_resumable(history), hidden=hidden)
        self.status.show_findings(history, hidden, self._can_do)
        self._show_curves(self._looked_at or history)
        self.views.runs.show_runs(snapshot.runs)
        self._show_log()

    def primary(self, snapshot: Snapshot) -> tuple[str, str]:
        if snapshot.history.state.busy:
            return "Evaluate", "Training is under way"
        usable = sum(run.usable for run in snapshot.runs) or bool(snapshot.history.best_epoch)
        return "Evaluate", missing_for(Step.EVALUATION, snapshot.project, finished_runs=int(usable))

    def primary_pressed(self, snapshot: Snapshot) -> bool:
        run = snapshot.history.run
        if snapshot.history.best_epoch and run and run != snapshot.shown_run:
            self.requested.emit(wishes.ShowRun(run))
        return True

    def _build(self) -> None:
        side = QScrollArea()
        side.setWidgetResizable(True)
        side.setFrameShape(QFrame.Shape.NoFrame)
        side.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        side.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        side.setMinimumWidth(_SIDE_WIDTH[0])
        side.setMaximumWidth(_SIDE_WIDTH[1])
        self.status.setObjectName("scroll-content")
        side.setWidget(self.status)
        self.log_fold.body.addWidget(self.log)
        left = QVBoxLayout()
        left.setSpacing(4)
        left.addWidget(self.views, 1)
        left.addWidget(self.log_fold)
        running = QWidget()
        columns = QHBoxLayout(running)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(16)
        columns.addLayout(left, _SIDE_SHARE[0])
        columns.addWidget(side, _SIDE_SHARE[1])
        self._stack = QStackedLayout(self)
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._stack.addWidget(self.start_panel)
        self._stack.addWidget(running)

    def _connect(self) -> None:
        status, wish = self.status, self.requested.emit
        self.start_panel.start_requested.connect(self._on_start_requested)
        status.start_requested.connect(self._on_start_requested)
        status.resume_requested.connect(partial(wish, wishes.StartTraining(resume=True)))
        status.pause_requested.connect(partial(wish, wishes.PauseTraining()))
        status.continue_requested.connect(partial(wish, wishes.ContinueTraining()))
        status.stop_requested.connect(partial(wish, wishes.StopTraining()))
        status.findings.remedy_requested.connect(self._on_remedy_requested)
        status.findings.hide_requested.connect(self._on_hide_requested)
        status.findings.show_requested.connect(partial(wish, wishes.ShowFindings()))
        self.views.runs.evaluation_requested.connect(self._on_evaluation_requested)
        self.views.runs.curves_requested.connect(self._on_curves_requested)
        self.views.runs.continuation_requested.connect(self._on_continuation_requested)
        self.views.return_requested.connect(self._on_return_requested)
        self.log_fold.toggled.connect(self._on_log_toggled)
        self._chores.failed.connect(self._on_reading_failed)
        # A thread must be over before its owner goes, and the window may go at any time.
        self.destroyed.connect(self._chores.close)
        self._on_log_toggled(self.log_fold.is_open)

    def _is_resumable(self, history: RunHistory) -> bool:
        run = self._run(history.run)
        if run is not None:
            return run.resumable
        return history.state in (RunState.STOPPED, RunState.FAILED) and bool(history.epochs)

    def _run(self, name: str) -> RunSummary | None:
        return next((run for run in self._snapshot.runs if run.name == name), None)

    def _can_do(self, remedy: Remedy) -> Ability:
        now = self._snapshot
        if now.trained is not None and taken(now.trained, now.project, remedy):
            return Ability.DONE
        return Ability.POSSIBLE if self._would_help(remedy) else Ability.IMPOSSIBLE

    def _would_help(self, remedy: Remedy) -> bool:
        """Whether a remedy would change anything, as things stand."""
        now = self._snapshot
        if remedy is Remedy.STOP:
            return now.history.state.busy
        if remedy is Remedy.GO_BACK:
            return now.history.can_go_back
        divided = now.data_report is not None and now.data_report.own_splits
        if remedy is Remedy.MORE_VALIDATION and divided:
            return False  # the data say what is for validation
        blocks = len(now.model.blocks) if now.model is not None else 0
        return remedy is Remedy.LOOK_AT_DATA or remedied(now.project, remedy, blocks) is not None

    def _on_start_requested(self) -> None:
        self.requested.emit(wishes.StartTraining())
        self._on_return_requested()

    def _on_remedy_requested(self, remedy: Remedy) -> None:
        live = {
            Remedy.STOP: wishes.StopTraining(),
            Remedy.GO_BACK: wishes.GoBack(),
            Remedy.LOOK_AT_DATA: wishes.GoToStep(Step.DATA),
        }
        self.requested.emit(live.get(remedy) or wishes.TakeRemedy(remedy))

    def _on_hide_requested(self, kind: FindingKind) -> None:
        self.requested.emit(wishes.HideFindings(kind))

    def _show_curves(self, history: RunHistory) -> None:
        hidden = self._snapshot.hidden_findings if self._looked_at is None else frozenset()
        self.views.show_history(history)
        self.views.curves.show_remarks(remarks(history, hidden))

    def _show_log(self) -> None:
        if self.log_fold.is_open and self._snapshot.history.folder:
            self.log.show_file(RunFolder(Path(self._snapshot.history.folder)).log)

    def _on_log_toggled(self, is_open: bool) -> None:
        self.log_fold.set_title("Hide log" if is_open else "Show log")
        self._show_log()

    def _on_evaluation_requested(self, name: str) -> None:
        self.requested.emit(wishes.ShowRun(name))
        self.requested.emit(wishes.GoToStep(Step.EVALUATION))

    def _on_continuation_requested(self, name: str) -> None:
        self.requested.emit(wishes.ContinueFromRun(name))

    def _on_curves_requested(self, name: str) -> None:
        run = self._run(name)
        if name == self._snapshot.history.run or run is None:
            self._on_return_requested()
            return
        self._wanted = name
        self.views.show_looked_at(f"Reading {name}")
        self._chores.start(partial(read_history, Path(run.folder)), self._on_history_read)

    def _on_history_read(self, history: RunHistory) -> None:
        if not history.run:
            self.views.show_looked_at(f"{self._wanted} can no longer be read")
        elif history.run == self._wanted:
            self._looked_at = history
            self.views.show_looked_at(f"Looking at {history.run}")
            self._show_curves(history)
            self.views.open_curves()

    def _on_reading_failed(self, problem: Problem) -> None:
        self._wanted = ""
        self.views.show_looked_at(problem.what)

    def _on_return_requested(self) -> None:
        self._look_at_current()
        self._show_curves(self._snapshot.history)
        self.views.open_curves()

    def _look_at_current(self) -> None:
        self._wanted = ""
        self._looked_at = None
        self.views.show_looked_at("")
