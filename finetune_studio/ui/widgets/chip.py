"""Chips: a quiet mark, and the one that says "recommended" and leads back to it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from finetune_studio.ui.widgets.badge import Badge
from finetune_studio.ui.widgets.buttons import Button, plain_caption
from finetune_studio.ui.widgets.text import plain_tooltip


class Chip(Badge):
    """A mark in the accent colour."""

    def __init__(self, text: str = "", tone: str = "accent", parent: QWidget | None = None) -> None:
        super().__init__(text, tone, parent=parent)


class RecommendedChip(QWidget):
    """Says that a value is the recommended one, or offers the way back to it.

    Signals:
        reset_requested: the user wants the recommended value.
    """

    reset_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._mark = Badge("recommended", "good", "check")
        self._reset = Button(kind="chip", icon="reset")
        self._reset.setIconSize(QSize(13, 13))
        self._reset.clicked.connect(self._on_reset_clicked)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._mark)
        layout.addWidget(self._reset)
        layout.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.show_recommendation("", is_used=True)

    def show_recommendation(self, text: str, is_used: bool) -> None:
        """Show whether the value in use is the recommended one; ``text`` is that value in words."""
        self._mark.setVisible(is_used)
        self._reset.setVisible(not is_used)
        self._reset.setText(plain_caption(f"recommended: {text}"))
        self._reset.setAccessibleName(f"Return to the recommended value {text}")
        self._reset.setToolTip(plain_tooltip(f"Return to the recommended value {text}"))

    def _on_reset_clicked(self) -> None:
        self.reset_requested.emit()
