"""What a page shows instead of its content: nothing yet, work under way, or what went wrong."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from finetune_studio.project.problems import Problem
from finetune_studio.ui.widgets.busy import BusyBar
from finetune_studio.ui.widgets.empty_state import EmptyState
from finetune_studio.ui.widgets.problem_card import ProblemCard

_COLUMN_WIDTH = 560


class StatePanel(QWidget):
    """One of three: an empty state, a progress bar, or a problem.

    Signals:
        action_requested: the button of the empty state was pressed.
        cancel_requested: the user does not want to wait.
        fix_requested: the button of the problem was pressed; carries the problem's code.
    """

    action_requested = Signal()
    cancel_requested = Signal()
    fix_requested = Signal(str)

    def __init__(self, icon: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.empty = EmptyState(icon, "")
        self.busy = BusyBar()
        self.problem_card = ProblemCard(Problem(what=""))
        self.empty.action_requested.connect(self.action_requested)
        self.busy.cancel_requested.connect(self.cancel_requested)
        self.problem_card.fix_requested.connect(self.fix_requested)
        self._busy_page = _centred(self.busy)
        self._problem_page = _centred(self.problem_card)
        self._stack = QStackedLayout(self)
        for page in (self.empty, self._busy_page, self._problem_page):
            self._stack.addWidget(page)

    @property
    def text(self) -> str:
        """What the panel says."""
        shown = self._stack.currentWidget()
        if shown is self._busy_page:
            return self.busy.text
        return self.empty.text if shown is self.empty else self.problem_card.problem.text()

    def show_empty(self, title: str, sentence: str = "", action: str = "") -> None:
        """Say what will be here, and offer the way there."""
        self.empty.show_state(title, sentence, action)
        self._stack.setCurrentWidget(self.empty)

    def show_busy(self, text: str, share: float | None, seconds_left: float | None = None) -> None:
        """Show work under way; ``share`` (0 to 1) is ``None`` while its end is not known."""
        if share is None:
            self.busy.show_busy(text)
        else:
            self.busy.show_progress(text, share, 1.0, seconds_left)
        self._stack.setCurrentWidget(self._busy_page)

    def show_problem(self, problem: Problem, action: str = "Try again") -> None:
        """Show what went wrong; ``action`` names the button where the problem brings none."""
        shown = problem if problem.fix else problem.edited(fix=action)
        if self.problem_card.problem != shown:
            self.problem_card.show_problem(shown)
        self._stack.setCurrentWidget(self._problem_page)


def _centred(widget: QWidget) -> QWidget:
    page = QWidget()
    widget.setFixedWidth(_COLUMN_WIDTH)
    # Stretches rather than an alignment: with one, the height would be that of the page's width.
    row = QHBoxLayout()
    row.addStretch(1)
    row.addWidget(widget)
    row.addStretch(1)
    layout = QVBoxLayout(page)
    layout.addStretch(1)
    layout.addLayout(row)
    layout.addStretch(1)
    return page
