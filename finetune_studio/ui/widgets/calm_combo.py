"""A closed list that a passing wheel does not change."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QWidget

from finetune_studio.ui.widgets.calm_wheel import is_meant


class CalmCombo(QComboBox):
    """A closed list; the wheel changes it only after it was clicked or reached with Tab."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if is_meant(self, event):
            super().wheelEvent(event)
