"""Cards: a framed group with a heading, and a card that is chosen like a radio button."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QHBoxLayout,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from finetune_studio.ui.icons import paint_icon
from finetune_studio.ui.theme import CARD_RADIUS, current_theme
from finetune_studio.ui.widgets.text import caption as caption_text
from finetune_studio.ui.widgets.text import heading

_ICON_PX = 22


class Card(QFrame):
    """A group of things that belong together, with an optional heading and caption."""

    def __init__(self, title: str = "", caption: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self._title = heading()
        self._caption = caption_text(wrap=True)
        self._header = QHBoxLayout()
        self._header.setSpacing(8)
        self._header.addWidget(self._title)
        self._header.addStretch(1)
        self.body = QVBoxLayout()
        self.body.setSpacing(8)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 16)
        layout.setSpacing(8)
        layout.addLayout(self._header)
        layout.addWidget(self._caption)
        layout.addLayout(self.body, 1)
        self.set_title(title)
        self.set_caption(caption)

    def set_title(self, title: str) -> None:
        """Name the card; an empty name takes no room."""
        self._title.setText(title)
        self._title.setVisible(bool(title))
        self.setAccessibleName(title)

    def set_caption(self, caption: str) -> None:
        """Say in a sentence what the card is for; an empty one takes no room."""
        self._caption.setText(caption)
        self._caption.setVisible(bool(caption))

    def wrap_title(self) -> None:
        """Give a long name as many lines as it needs."""
        self._title.setWordWrap(True)
        self._header.setStretchFactor(self._title, 100)

    def level_heading(self, button: QWidget) -> None:
        """Let the heading stand as low as that of a card beside it with this button."""
        button.ensurePolished()
        self._title.setMinimumHeight(button.sizeHint().height())

    def add_action(self, widget: QWidget) -> None:
        """Put a button or a chip at the right of the heading."""
        self._header.addWidget(widget)


class ChoiceCard(QAbstractButton):
    """A card one can choose; put several into a ``QButtonGroup`` to allow only one.

    Signals:
        chosen: the user chose this card; carries its key.
    """

    chosen = Signal(str)

    def __init__(
        self, key: str, title: str, caption: str = "", icon: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.key = key
        self._icon = icon
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setAccessibleName(title)
        self.setAccessibleDescription(caption)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(16 + (_ICON_PX + 12 if icon else 0), 12, 16, 12)
        self.body.setSpacing(4)
        self._texts = [heading(title, wrap=True)]
        if caption:
            self._texts.append(caption_text(caption, wrap=True))
        for text in self._texts:
            text.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            self.body.addWidget(text)
        self.clicked.connect(self._on_clicked)

    def _on_clicked(self) -> None:
        self.chosen.emit(self.key)

    def sizeHint(self) -> QSize:
        return self.body.sizeHint()

    def minimumSizeHint(self) -> QSize:
        return self.body.minimumSize()

    def hasHeightForWidth(self) -> bool:
        return self.body.hasHeightForWidth()

    def heightForWidth(self, width: int) -> int:
        return self.body.heightForWidth(width)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        marked = self.isChecked() or self.hasFocus()
        width = 2.0 if marked else 1.0
        role = "focus" if self.hasFocus() else "accent" if self.isChecked() else "border"
        painter.setPen(QPen(theme.color(role), width))
        painter.setBrush(self._fill())
        area = QRectF(self.rect()).adjusted(width / 2, width / 2, -width / 2, -width / 2)
        painter.drawRoundedRect(area, CARD_RADIUS, CARD_RADIUS)
        if self._icon:
            color = theme.color("accent" if self.isChecked() else "muted")
            paint_icon(painter, self._icon, QRectF(16, 12, _ICON_PX, _ICON_PX), color)

    def _fill(self) -> QColor:
        theme = current_theme()
        if self.isChecked():
            return theme.tint("accent", 0.08)
        return theme.color("raised" if self.underMouse() and self.isEnabled() else "surface")
