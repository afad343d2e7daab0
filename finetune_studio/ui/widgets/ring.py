"""A progress ring, painted wherever a list or a page wants one."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from finetune_studio.ui.theme import current_theme


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
