"""A progress ring, small enough for a list and large enough for a page."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from finetune_studio.ui import wording
from finetune_studio.ui.theme import current_theme

_UNKNOWN_SHARE = 0.25


def paint_ring(painter: QPainter, area: QRectF, share: float) -> None:
    """Paint a ring of which ``share`` (0 to 1) is done."""
    theme = current_theme()
    width = max(2.0, area.width() / 9)
    inner = area.adjusted(width / 2, width / 2, -width / 2, -width / 2)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(theme.color("border"), width))
    painter.drawEllipse(inner)
    pen = QPen(theme.color("accent"), width)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    painter.drawArc(inner, 90 * 16, round(-max(0.0, min(1.0, share)) * 360 * 16))


class Ring(QWidget):
    """How much of something is done, as a ring."""

    def __init__(self, px: int = 20, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._share: float | None = 0.0
        self.setFixedSize(QSize(px, px))
        self.setAccessibleName("Progress")

    def show_share(self, share: float | None) -> None:
        """Show the share done, 0 to 1; ``None`` when it is not known."""
        self._share = share
        self.setAccessibleDescription("under way" if share is None else wording.share(share, 0))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_ring(
            painter, QRectF(self.rect()), _UNKNOWN_SHARE if self._share is None else self._share
        )
