"""What is said above every page for a few seconds, and the one button it may have."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from finetune_studio.project.problems import Problem
from finetune_studio.project.project import Project
from finetune_studio.ui.problem_dialog import ProblemDialog
from finetune_studio.ui.session import Session
from finetune_studio.ui.snapshot import Snapshot
from finetune_studio.ui.widgets.toast import Toaster

_DETAILS, _UNDO = "Details", "Undo"
_LONG_MS = 10_000


class Notices(QObject):
    """Tells problems with their details, and edits that can be taken back at once."""

    def __init__(self, session: Session, toaster: Toaster, window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._toaster = toaster
        self._window = window
        self._problem: Problem | None = None
        self._edited: Project | None = None
        session.problem_found.connect(self.tell_problem)
        session.notice_given.connect(self._on_notice_given)
        session.edit_told.connect(self._on_edit_told)
        session.snapshot_changed.connect(self._on_snapshot_changed)
        toaster.action_requested.connect(self._on_action_requested)

    def tell_problem(self, problem: Problem) -> None:
        """Say what happened; why, and what to do, is one click away."""
        self._problem, self._edited = problem, None
        self._toaster.show_toast(problem.what, "problem", _DETAILS, _LONG_MS)

    def _on_notice_given(self, sentence: str) -> None:
        self._edited = None
        self._toaster.show_toast(sentence, "good")

    def _on_edit_told(self, sentence: str) -> None:
        self._edited = self._session.snapshot.project
        self._toaster.show_toast(sentence, "good", _UNDO, _LONG_MS)

    def _on_snapshot_changed(self, snapshot: Snapshot) -> None:
        # Once something else was decided, Undo would take that back.
        if self._edited is not None and snapshot.project != self._edited:
            self._edited = None
            self._toaster.hide_toast()

    def _on_action_requested(self, action: str) -> None:
        if action == _UNDO:
            self._session.undo()
        elif self._problem is not None:
            dialog = ProblemDialog(self._problem, self._window)
            dialog.exec()
            dialog.deleteLater()
