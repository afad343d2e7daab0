"""Toasts: a line that appears above the page for a few seconds and takes nothing away."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QGraphicsDropShadowEffect, QHBoxLayout, QWidget

from finetune_studio.ui.icons import paint_icon
from finetune_studio.ui.theme import current_theme
from finetune_studio.ui.widgets.buttons import icon_button, plain_caption, quiet
from finetune_studio.ui.widgets.text import body

_ICONS = {"good": "check", "warning": "warning", "problem": "problem", "text": "info"}
_MARGIN = 24
_WIDEST = 560


class Toaster(QObject):
    """Shows one toast at a time at the bottom of its host; the next one takes its place.

    Signals:
        action_requested: the user pressed the button of the toast; carries its text.
    """

    action_requested = Signal(str)

    def __init__(self, host: QWidget) -> None:
        super().__init__(host)
        self._host = host
        self._toast = _Toast(host)
        self._toast.hide()
        self._toast.action_button.clicked.connect(self._on_action_clicked)
        self._toast.close_button.clicked.connect(self.hide_toast)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide_toast)
        host.installEventFilter(self)

    @property
    def text(self) -> str:
        """What is being said; empty while nothing is."""
        return "" if self._toast.isHidden() else self._toast.text.text()

    def show_toast(
        self, text: str, tone: str = "text", action: str = "", milliseconds: int = 5000
    ) -> None:
        """Say something; with ``milliseconds`` of 0 it stays until closed."""
        self._toast.show_words(text, tone, action)
        self._place()
        self._toast.show()
        self._toast.raise_()
        if milliseconds:
            self._timer.start(milliseconds)
        else:
            self._timer.stop()

    def hide_toast(self) -> None:
        """Take the toast away."""
        self._timer.stop()
        self._toast.hide()

    def _on_action_clicked(self) -> None:
        self.hide_toast()
        self.action_requested.emit(self._toast.action)

    def _place(self) -> None:
        self._toast.fit(min(_WIDEST, self._host.width() - 2 * _MARGIN))
        left = (self._host.width() - self._toast.width()) // 2
        self._toast.move(left, self._host.height() - self._toast.height() - 3 * _MARGIN)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and not self._toast.isHidden():
            self._place()
        return super().eventFilter(watched, event)


class _Toast(QFrame):
    def __init__(self, host: QWidget) -> None:
        super().__init__(host)
        self.setObjectName("toast")
        self._icon = _ToneIcon()
        self.text = body(wrap=True)
        self.action = ""
        self.action_button = quiet("")
        self.close_button = icon_button("close", "Close this message")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 8, 8, 8)
        layout.setSpacing(12)
        layout.addWidget(self._icon)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.action_button)
        layout.addWidget(self.close_button)
        shadow = QGraphicsDropShadowEffect(self)
        shadow.setBlurRadius(24)
        shadow.setOffset(0, 4)
        shadow.setColor(QColor(0, 0, 0, 70))
        self.setGraphicsEffect(shadow)

    def show_words(self, text: str, tone: str, action: str) -> None:
        self.text.setText(text)
        self.setAccessibleName(text)
        self._icon.show_tone(tone)
        self.action = action
        self.action_button.setText(plain_caption(action))
        self.action_button.setVisible(bool(action))

    def fit(self, widest: int) -> None:
        spare = self.sizeHint().width() - self.text.sizeHint().width()
        line = self.text.fontMetrics().horizontalAdvance(self.text.text()) + 4
        width = min(widest, spare + line)
        self.resize(width, max(self.heightForWidth(width), self.minimumSizeHint().height()))


class _ToneIcon(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self._tone = "text"
        self.setFixedSize(QSize(18, 18))

    def show_tone(self, tone: str) -> None:
        self._tone = tone
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        role = "muted" if self._tone == "text" else self._tone
        paint_icon(painter, _ICONS[self._tone], QRectF(self.rect()), current_theme().color(role))
