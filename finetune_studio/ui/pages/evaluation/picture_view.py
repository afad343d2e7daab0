"""One picture, as large as there is room for."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QImageReader, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QWidget

from finetune_studio.ui.icons import paint_icon
from finetune_studio.ui.theme import CONTROL_RADIUS, current_theme

_LARGEST = 512
_ICON_PX = 24


class PictureView(QWidget):
    """A picture upright and whole; a mark where it cannot be read."""

    def __init__(self, side: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedSize(QSize(side, side))
        self._path = ""
        self._image = QImage()

    def show_picture(self, path: str) -> None:
        """Show a file; nothing when the path is empty."""
        if path == self._path:
            return
        self._path = path
        self._image = _read(path) if path else QImage()
        self.setAccessibleName(f"Picture {path}" if path else "")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._path:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if self._image.isNull():
            area = QRectF(0, 0, _ICON_PX, _ICON_PX)
            area.moveCenter(QRectF(self.rect()).center())
            paint_icon(painter, "image", area, current_theme().color("muted"))
            return
        size = self._image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        area = QRectF(0, 0, size.width(), size.height())
        area.moveCenter(QRectF(self.rect()).center())
        frame = QPainterPath()
        frame.addRoundedRect(area, CONTROL_RADIUS, CONTROL_RADIUS)
        painter.setClipPath(frame)
        painter.drawImage(area, self._image)


def _read(path: str) -> QImage:
    reader = QImageReader(path)
    reader.setAutoTransform(True)
    size = reader.size()
    if size.isValid() and max(size.width(), size.height()) > _LARGEST:
        bound = QSize(_LARGEST, _LARGEST)
        reader.setScaledSize(size.scaled(bound, Qt.AspectRatioMode.KeepAspectRatio))
    return reader.read()
