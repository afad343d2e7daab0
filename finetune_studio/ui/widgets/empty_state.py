"""What stands where nothing is yet: an icon, what will be here, and the button that leads there."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from finetune_studio.ui.icons import paint_icon
from finetune_studio.ui.theme import current_theme
from finetune_studio.ui.widgets.buttons import secondary
from finetune_studio.ui.widgets.text import heading, muted

_ICON_PX = 40
_TEXT_WIDTH = 420


class EmptyState(QWidget):
    """Says what will be shown here and what to do for it.

    Signals:
        action_requested: the user pressed the button.
    """

    action_requested = Signal()

    def __init__(
        self,
        icon: str,
        title: str,
        sentence: str = "",
        action: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._picture = _Picture(icon)
        self._title = heading(wrap=True)
        self._sentence = muted(wrap=True)
        self.action_button = secondary("")
        self.action_button.clicked.connect(self.action_requested)
        self._build()
        self.show_state(title, sentence, action)

    @property
    def text(self) -> str:
        """Title and sentence."""
        return " ".join(part for part in (self._title.text(), self._sentence.text()) if part)

    def show_state(self, title: str, sentence: str = "", action: str = "") -> None:
        """Say something else; without an action there is no button."""
        self._title.setText(title)
        self._sentence.setText(sentence)
        self._sentence.setVisible(bool(sentence))
        self.action_button.setText(action)
        self.action_button.setVisible(bool(action))
        self.setAccessibleName(title)
        self.setAccessibleDescription(sentence)

    def _build(self) -> None:
        # Wrapped text finds its height only in a column that gives it a width.
        column = QWidget()
        column.setMaximumWidth(_TEXT_WIDTH)
        inside = QVBoxLayout(column)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(8)
        inside.addStretch(1)
        inside.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignHCenter)
        for text in (self._title, self._sentence):
            text.setAlignment(Qt.AlignmentFlag.AlignCenter)
            inside.addWidget(text)
        inside.addSpacing(4)
        inside.addWidget(self.action_button, 0, Qt.AlignmentFlag.AlignHCenter)
        inside.addStretch(1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addStretch(1)
        layout.addWidget(column, 100)  # as wide as it may be; the rest is for the sides
        layout.addStretch(1)


class _Picture(QWidget):
    def __init__(self, icon: str) -> None:
        super().__init__()
        self._icon = icon
        self.setFixedSize(QSize(_ICON_PX, _ICON_PX))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_icon(painter, self._icon, QRectF(self.rect()), current_theme().color("muted"))
