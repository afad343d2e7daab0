"""Painting of horizontal bars, shared by every list and table that shows amounts."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from finetune_studio.ui.theme import current_theme

BAR_HEIGHT = 6.0


def paint_bar(
    painter: QPainter, area: QRectF, share: float, color: QColor, *, height: float = BAR_HEIGHT
) -> None:
    """Paint a bar over ``share`` (0 to 1) of the width, centred in the area, on a faint track."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    track = QRectF(area.left(), area.center().y() - height / 2, area.width(), height)
    painter.setBrush(current_theme().color("raised"))
    painter.drawRoundedRect(track, height / 2, height / 2)
    if share > 0:
        length = max(height, track.width() * min(1.0, share))
        painter.setBrush(color)
        painter.drawRoundedRect(
            QRectF(track.left(), track.top(), length, height), height / 2, height / 2
        )
