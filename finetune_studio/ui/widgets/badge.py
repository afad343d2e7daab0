"""A badge: one or two words that say what state a thing is in."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from finetune_studio.ui.icons import paint_icon
from finetune_studio.ui.theme import CAPTION_PX, current_theme

_HEIGHT = 22
_ICON_PX = 13


class Badge(QWidget):
    """A small rounded mark with an optional icon: "on this computer", "stopped early"."""

    def __init__(
        self, text: str = "", tone: str = "muted", icon: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFont(current_theme().number_font(CAPTION_PX))
        self._text, self._tone, self._icon = text, tone, icon
        self.show_badge(text, tone, icon)

    @property
    def text(self) -> str:
        """The words on the badge."""
        return self._text

    def show_badge(self, text: str, tone: str = "muted", icon: str = "") -> None:
        """Say something else; an empty text leaves nothing to see."""
        self._text, self._tone, self._icon = text, tone, icon
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        if not self._text:
            return QSize(0, _HEIGHT)
        width = QFontMetrics(self.font()).horizontalAdvance(self._text) + 16
        return QSize(width + (_ICON_PX + 5 if self._icon else 0), _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._text:
            return
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("raised") if self._tone == "muted" else theme.tint(self._tone))
        painter.drawRoundedRect(QRectF(self.rect()), _HEIGHT / 2, _HEIGHT / 2)
        left = 8.0
        if self._icon:
            top = (_HEIGHT - _ICON_PX) / 2
            paint_icon(
                painter, self._icon, QRectF(left, top, _ICON_PX, _ICON_PX), theme.color(self._tone)
            )
            left += _ICON_PX + 5
        painter.setPen(theme.color(self._tone))
        rest = QRectF(left, 0, self.width() - left, _HEIGHT)
        painter.drawText(rest, Qt.AlignmentFlag.AlignVCenter, self._text)
