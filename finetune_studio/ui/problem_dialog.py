"""A problem on its own, for what belongs to no page."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from finetune_studio.project.problems import Problem
from finetune_studio.ui.widgets.buttons import primary, secondary
from finetune_studio.ui.widgets.problem_card import ProblemCard

_WIDTH = 600


class ProblemDialog(QDialog):
    """What happened, why, what to do, and a way to hand it to somebody who can help."""

    def __init__(self, problem: Problem, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._problem = problem
        self.setWindowTitle("Problem")
        self.setMinimumWidth(_WIDTH)
        self.card = ProblemCard(problem)
        self.copy_button = secondary("&Copy", "copy")
        self.copy_button.clicked.connect(self._on_copy_clicked)
        self.close_button = primary("Close")
        self.close_button.setDefault(True)
        self.close_button.clicked.connect(self.accept)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.copy_button)
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 16)
        layout.setSpacing(16)
        layout.addWidget(self.card)
        layout.addStretch(1)
        layout.addLayout(buttons)
        self.close_button.setFocus()

    def _on_copy_clicked(self) -> None:
        parts = (self._problem.text(), self._problem.where, self._problem.detail)
        QGuiApplication.clipboard().setText("\n\n".join(part for part in parts if part))
