"""The right of the page: the one number, how far the run is, what it takes, what can be done."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from finetune_studio.events.finding import FindingKind
from finetune_studio.events.history import RunHistory, RunState
from finetune_studio.events.main_figure import main_words, validation_of
from finetune_studio.events.watchdog import current
from finetune_studio.project import wording
from finetune_studio.project.problems import Problem
from finetune_studio.project.remedies import Remedy
from finetune_studio.ui.pages.training.findings_card import CanDo, FindingsCard
from finetune_studio.ui.pages.training.words import (
    best_line,
    facts,
    state_line,
    stored_details,
    stored_line,
    ways,
)
from finetune_studio.ui.widgets.buttons import Button, primary, secondary
from finetune_studio.ui.widgets.card import Card
from finetune_studio.ui.widgets.fact_list import FactList
from finetune_studio.ui.widgets.fold import Fold
from finetune_studio.ui.widgets.problem_card import ProblemList
from finetune_studio.ui.widgets.progress_bar import ProgressBar
from finetune_studio.ui.widgets.text import big_number, caption, heading, number, plain_tooltip

_RESOLUTION = 250
_NARROWEST = 200
_BUTTONS_BESIDE_FROM = 290


class StatusPanel(QWidget):
    """Where a run stands, with its buttons.

    Signals:
        pause_requested, continue_requested, stop_requested, resume_requested, start_requested:
            the user pressed the button.
    """

    pause_requested = Signal()
    continue_requested = Signal()
    stop_requested = Signal()
    resume_requested = Signal()
    start_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.number = big_number()
        self.number_line = caption(wrap=True)
        self.state = heading(wrap=True)
        self.bar = ProgressBar()
        self.bar.setRange(0, _RESOLUTION)
        self.left = number(tone="muted")
        self.facts = FactList("The run in figures")
        self.ways = FactList("Timed ways to compute")
        self.ways_fold = Fold("", remember="training-ways")
        self.stored = caption(wrap=True)
        self.problems = ProblemList()
        self.findings = FindingsCard()
        self.pause_button = secondary("&Pause", "pause")
        self.continue_button = primary("&Continue", "play")
        self.stop_button = secondary("S&top", "stop")
        self.resume_button = secondary("&Resume", "play")
        self.again_button = secondary("Start a &new run", "refresh")
        self._build()
        self._connect()

    def show_run(
        self,
        history: RunHistory,
        *,
        resumable: bool,
        hidden: frozenset[FindingKind] = frozenset(),
    ) -> None:
        """Show where a run stands."""
        best = history.best
        self.number.setText(main_words(validation_of(best)) if best else wording.NO_VALUE)
        self.number_line.setText(best_line(history))
        kept = history.keep.epoch_words
        self.stop_button.setToolTip(f"Ends after the current step and keeps the {kept}")
        self.state.setText(state_line(history))
        self._show_progress(history)
        self.facts.show_facts(facts(history))
        self._show_compute(history)
        self._figures.setVisible(bool(self.facts.facts))
        told = (*_trouble(history, hidden), *history.notes)
        self.problems.show_problems(told)
        self.problems.setVisible(bool(told))
        self._show_buttons(history.state, resumable=resumable)

    def show_findings(
        self, history: RunHistory, hidden: frozenset[FindingKind], can_do: CanDo
    ) -> None:
        """Show what the watchdog says, once there is anything to say something of."""
        is_over = not history.state.busy
        self.findings.show_findings(history.findings, hidden, can_do, is_over=is_over)
        self.findings.setVisible(bool(history.epochs or history.findings))

    def _build(self) -> None:
        self._beside = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._beside.setSpacing(8)
        for button in self._buttons():
            self._beside.addWidget(button, 1)
        standing, self._figures = Card(), Card()
        standing.body.setSpacing(6)
        standing.body.addWidget(self.number)
        standing.body.addWidget(self.number_line)
        standing.body.addSpacing(6)
        standing.body.addWidget(self.state)
        standing.body.addWidget(self.bar)
        standing.body.addWidget(self.left)
        standing.body.addSpacing(6)
        standing.body.addLayout(self._beside)
        self.ways_fold.body.addWidget(self.ways)
        self._figures.body.addWidget(self.facts)
        self._figures.body.addWidget(self.stored)
        self._figures.body.addWidget(self.ways_fold)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(standing)
        layout.addWidget(self.problems)
        layout.addWidget(self.findings)
        layout.addWidget(self._figures)
        layout.addStretch(1)

    def _buttons(self) -> tuple[Button, ...]:
        return (
            self.continue_button,
            self.resume_button,
            self.pause_button,
            self.stop_button,
            self.again_button,
        )

    def _connect(self) -> None:
        self.pause_button.clicked.connect(self.pause_requested)
        self.continue_button.clicked.connect(self.continue_requested)
        self.stop_button.clicked.connect(self._on_stop_clicked)
        self.resume_button.clicked.connect(self.resume_requested)
        self.again_button.clicked.connect(self.start_requested)
        self.findings.remedy_requested.connect(self._on_remedy_requested)

    def _show_progress(self, history: RunHistory) -> None:
        preparing = history.preparing
        share = history.phase_share if preparing else history.share
        left = history.phase_seconds_left if preparing else history.seconds_left
        self.bar.setVisible(history.state.busy)
        self.left.setVisible(history.state.busy)
        # A range of nothing is Qt's way to say that the end is not known.
        self.bar.setRange(0, 0 if share is None else _RESOLUTION)
        self.bar.show_value(round((share or 0.0) * _RESOLUTION))
        words = [] if share is None else [wording.share(share, 0)]
        if left is not None:
            words.append(wording.eta(left))
        if history.state is RunState.PAUSED:
            words = words[:1]
        self.left.setText(", ".join(words))
        self.bar.setAccessibleName(self.state.text())
        self.bar.setAccessibleDescription(self.left.text())

    def _show_compute(self, history: RunHistory) -> None:
        title, timed = ways(history)
        self.ways_fold.set_title(title)
        self.ways.show_facts(timed)
        self.ways_fold.setVisible(bool(timed))
        line = stored_line(history)
        self.stored.setText(line)
        self.stored.setToolTip(plain_tooltip(stored_details(history)))
        self.stored.setVisible(bool(line))

    def _show_buttons(self, state: RunState, *, resumable: bool) -> None:
        shown = {
            self.continue_button: state is RunState.PAUSED,
            self.resume_button: not state.busy and resumable,
            self.pause_button: state in (RunState.TRAINING, RunState.PREPARING),
            self.stop_button: state.busy,
            self.again_button: not state.busy,
        }
        if any(button.hasFocus() and not shown[button] for button in shown):
            self.setFocus()
        for button, is_shown in shown.items():
            button.setVisible(is_shown)
        self.pause_button.setEnabled(state is RunState.TRAINING)
        if not state.busy:
            self.stop_button.set_busy(busy=False)
        if self.hasFocus():
            self._pass_focus_on()

    def _pass_focus_on(self) -> None:
        """From a button that is gone to the one in its place, never to the one that stops."""
        heirs = (self.continue_button, self.resume_button, self.pause_button, self.again_button)
        usable = (heir for heir in heirs if heir.isVisibleTo(self) and heir.isEnabled())
        heir = next(usable, None)
        # While a stop is awaited its button is off, and what comes after it gets the focus.
        if heir is not None and not self.stop_button.busy:
            heir.setFocus()

    def _on_stop_clicked(self) -> None:
        if self.stop_button.hasFocus():
            self.setFocus()  # a button that is turned off would send it far away
        self.stop_button.set_busy(busy=True, text="Stopping")
        self.stop_requested.emit()

    def _on_remedy_requested(self, remedy: Remedy) -> None:
        if remedy is Remedy.STOP:
            self.stop_button.set_busy(busy=True, text="Stopping")

    def minimumSizeHint(self) -> QSize:
        return QSize(_NARROWEST, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = event.size().width() < _BUTTONS_BESIDE_FROM
        directions = QBoxLayout.Direction
        self._beside.setDirection(directions.TopToBottom if narrow else directions.LeftToRight)


def _trouble(history: RunHistory, hidden: frozenset[FindingKind]) -> tuple[Problem, ...]:
    """What ended the run, unless the watchdog says it with something to do about it."""
    kinds = {finding.kind for finding in current(history.findings)} - hidden
    if history.problem is None or FindingKind.DIVERGED in kinds:
        return ()
    return (history.problem,)
