"""The left side: which project this is, its steps, and the way back to all projects."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from finetune_studio.ui.decisions import steps
from finetune_studio.ui.snapshot import Snapshot
from finetune_studio.ui.widgets.buttons import icon_button
from finetune_studio.ui.widgets.step_list import StepList
from finetune_studio.ui.widgets.text import ElidedText, caption


class SideBar(QFrame):
    """Project name above, steps below.

    Signals:
        home_requested: the user wants to see all projects.
        rename_requested: the user wants to give the project another name.
    """

    home_requested = Signal()
    rename_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("side")
        self.name = ElidedText(px=15, strong=True)
        self.task = caption()
        self.home_button = icon_button("home", "All projects")
        self.home_button.clicked.connect(self.home_requested)
        self.rename_button = icon_button("more", "Rename project")
        self.rename_button.clicked.connect(self.rename_requested)
        self.steps = StepList()
        texts = QVBoxLayout()
        texts.setSpacing(0)
        texts.addWidget(self.name)
        texts.addWidget(self.task)
        head = QHBoxLayout()
        head.setContentsMargins(12, 16, 12, 4)
        head.setSpacing(8)
        head.addWidget(self.home_button)
        head.addLayout(texts, 1)
        head.addWidget(self.rename_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(head)
        layout.addWidget(self.steps, 1)
        self.setFixedWidth(self.steps.width())

    def show_snapshot(self, snapshot: Snapshot, current: int) -> None:
        """Draw what the snapshot says; ``current`` is the step that is open."""
        if self.name.text() != snapshot.project.name:
            self.name.setText(snapshot.project.name)
        self.task.setText(snapshot.project.task.title_text)
        self.steps.show_steps(steps(snapshot), current)
