"""The application's mark: the blocks of a model, cold up to the frost line, warm behind it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QLinearGradient, QPainter, QPixmap
from PySide6.QtWidgets import QWidget

_GROUND = ("#3E5FE6", "#2A3FA8")
_BARS = (("#8FC7EE", 0.34), ("#B9DDF6", 0.46), ("#FFB27A", 0.60), ("#FF8A3D", 0.76))
_ICON_SIZES = (16, 24, 32, 48, 64, 128, 256)


def paint_mark(painter: QPainter, area: QRectF) -> None:
    """Paint the mark into a square."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    side = area.width()
    ground = QLinearGradient(area.topLeft(), area.bottomRight())
    ground.setColorAt(0, QColor(_GROUND[0]))
    ground.setColorAt(1, QColor(_GROUND[1]))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(area, side * 0.22, side * 0.22)
    width, gap = side * 0.125, side * 0.055
    left = area.left() + (side - 4 * width - 3 * gap) / 2
    for index, (color, height) in enumerate(_BARS):
        painter.setBrush(QColor(color))
        bar = QRectF(left + index * (width + gap), 0, width, side * height * 0.86)
        bar.moveBottom(area.bottom() - side * 0.19)
        painter.drawRoundedRect(bar, width * 0.3, width * 0.3)


def app_icon() -> QIcon:
    """The mark in every size a system asks for."""
    icon = QIcon()
    for size in _ICON_SIZES:
        picture = QPixmap(size, size)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        paint_mark(painter, QRectF(picture.rect()))
        painter.end()
        icon.addPixmap(picture)
    return icon


class Mark(QWidget):
    """The mark on a page."""

    def __init__(self, px: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedSize(QSize(px, px))

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        paint_mark(painter, QRectF(self.rect()))
