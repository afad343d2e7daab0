"""A field to search with: a lens, a hint, a cross to clear it, and the keys everybody tries."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QLineEdit, QWidget

from finetune_studio.ui.icons import icon
from finetune_studio.ui.theme import current_theme


class SearchField(QLineEdit):
    """One line. Find (Ctrl+F) goes there from anywhere in the window, Escape clears it."""

    def __init__(self, hint: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setPlaceholderText(hint)
        self.setAccessibleName(name)
        self.setClearButtonEnabled(True)
        self._lens = self.addAction(
            icon("search", "muted"), QLineEdit.ActionPosition.LeadingPosition
        )
        current_theme().changed.connect(self._on_theme_changed)

    def answer_find(self, page: QWidget) -> None:
        """Go there when Find is pressed while a page is seen, wherever the focus is."""
        find = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), page)
        find.activated.connect(self._on_find_pressed)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            return
        super().keyPressEvent(event)

    def _on_find_pressed(self) -> None:
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.selectAll()

    def _on_theme_changed(self) -> None:
        self._lens.setIcon(icon("search", "muted"))
