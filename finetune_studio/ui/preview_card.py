"""What every look at the effect of a setting does alike: wait, ask once, cancel, try again."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from finetune_studio.project.problems import Problem
from finetune_studio.ui import wishes
from finetune_studio.ui.snapshot import Activity, Snapshot
from finetune_studio.ui.widgets.at_top import at_top
from finetune_studio.ui.widgets.busy import BusyBar
from finetune_studio.ui.widgets.card import Card
from finetune_studio.ui.widgets.empty_state import EmptyState
from finetune_studio.ui.widgets.problem_card import ProblemCard

_AFTER_MS = 40


class PreviewCard(Card):
    """Shows what a worker makes of the user's own data.

    It asks only while it is seen, and only when the answer would be another.

    Attributes:
        activity: the key of the job that answers.
        waiting: what it does, said while nothing else is known of it.
        cancelled: what is said once the user has cancelled it.

    Signals:
        requested: a wish from `ui/wishes.py`.
    """

    requested = Signal(object)

    activity = ""
    waiting = ""
    cancelled = ""

    def __init__(
        self, title: str, caption: str = "", *, icon: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(title, caption, parent)
        self.empty = EmptyState(icon, "")
        self.busy = BusyBar(narrow=True)
        self.problem_card = ProblemCard(Problem(what=""))
        self._snapshot = Snapshot()
        self._asked: object = None
        self._was_cancelled = False
        self._later = QTimer(self, singleShot=True, interval=_AFTER_MS)
        self._later.timeout.connect(self._on_later)
        self.busy.cancel_requested.connect(self._on_cancel_requested)
        self.empty.action_requested.connect(self._on_retry_requested)
        self.problem_card.fix_requested.connect(self._on_retry_requested)
        shown = QWidget()
        self._inside = QVBoxLayout(shown)
        self._inside.setContentsMargins(0, 0, 0, 0)
        self._inside.setSpacing(8)
        self._shown, self._busy_page = shown, at_top(self.busy)
        self._problem_page = at_top(self.problem_card)
        self._pages = QStackedWidget()
        for page in (shown, self.empty, self._busy_page, self._problem_page):
            self._pages.addWidget(page)

    def _question(self) -> object:
        """What the answer depends on; ``None`` while there is nothing to ask."""
        raise NotImplementedError

    def _wish(self) -> object:
        """The wish that asks it."""
        raise NotImplementedError

    def _nothing(self) -> tuple[str, str] | None:
        """Why there is nothing to see whatever the answer, as title and sentence."""
        raise NotImplementedError

    def _show_answer(self) -> bool:
        """Draw the answer; return False while there is none."""
        raise NotImplementedError

    def _show_state(self) -> None:
        """Show the answer, or why there is none."""
        activity = self._snapshot.activity(self.activity)
        if nothing := self._nothing():
            self._show_empty(*nothing)
        elif activity is not None and activity.problem is not None:
            self._show_problem(activity.problem)
        elif self._show_answer():
            return
        elif self._was_cancelled:
            self._show_empty(self.cancelled, "", "Try again")
        else:
            self._show_busy(activity)

    def _show_empty(self, title: str, sentence: str, action: str = "") -> None:
        self.empty.show_state(title, sentence, action)
        self._pages.setCurrentWidget(self.empty)

    def _show_problem(self, problem: Problem) -> None:
        shown = problem.edited(fix="Try again")
        if self.problem_card.problem != shown:  # else opened details would fold
            self.problem_card.show_problem(shown)
        self._pages.setCurrentWidget(self._problem_page)

    def _show_busy(self, activity: Activity | None) -> None:
        phase = (activity.phase if activity else "") or self.waiting
        if activity is None or activity.share is None:
            self.busy.show_busy(phase)
        else:
            self.busy.show_progress(phase, activity.share, 1.0, activity.seconds_left)
        self._pages.setCurrentWidget(self._busy_page)

    @property
    def _must_ask(self) -> bool:
        question = self._question()
        return self.isVisible() and question is not None and question != self._asked

    def _look_again(self) -> None:
        """Ask soon, unless the answer is there or on its way."""
        if self._must_ask and not self._later.isActive():
            self._later.start()

    def _ask(self) -> None:
        """Ask at once, unless the answer is there or on its way."""
        if self._must_ask:
            self._asked, self._was_cancelled = self._question(), False
            self.requested.emit(self._wish())

    def _on_later(self) -> None:
        self._ask()

    def _on_cancel_requested(self) -> None:
        self._was_cancelled = True
        self.requested.emit(wishes.CancelActivity(self.activity))
        self._show_state()

    def _on_retry_requested(self) -> None:
        self._asked = None
        self._was_cancelled = False
        self._show_state()
        self._ask()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._look_again()
