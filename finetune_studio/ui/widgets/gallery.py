"""Thumbnails with captions. Pictures are read in the background, and only those in sight."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelection,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QRunnable,
    QSize,
    Qt,
    QThreadPool,
    Signal,
)
from PySide6.QtGui import QFontMetrics, QImage, QImageReader, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from finetune_studio.ui.icons import paint_icon
from finetune_studio.ui.theme import CAPTION_PX, CONTROL_RADIUS, current_theme
from finetune_studio.ui.widgets.text import plain_tooltip

_CACHED = 600
_LINE = 18
_GAP = 6
_TINY_PX = 48
_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class Picture:
    """One thumbnail: the file, its caption, and a second line in a tone of its own."""

    path: Path
    caption: str = ""
    note: str = ""
    tone: str = "muted"


class Gallery(QListView):
    """Pictures in rows that fill the width.

    Signals:
        picture_selected: the user selected one; carries its ``Path``.
        picture_activated: the user opened one (double click or Enter); carries its ``Path``.
    """

    picture_selected = Signal(object)
    picture_activated = Signal(object)

    def __init__(self, thumb: int = 128, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = _PictureModel(thumb, self)
        self._is_telling = True
        self.setModel(self._model)
        self.setItemDelegate(_PictureDelegate(thumb, self))
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setSpacing(4)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Pictures")
        self.selectionModel().selectionChanged.connect(self._on_selection_changed)
        self.activated.connect(self._on_activated)

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """The pictures on show, in order."""
        return self._model.pictures

    def show_pictures(self, pictures: Sequence[Picture]) -> None:
        """Show these pictures and no others, from the top."""
        self._is_telling = False
        try:
            self._model.show_pictures(pictures)
        finally:
            self._is_telling = True
        self.scrollToTop()

    def is_loaded(self, row: int) -> bool:
        """Whether the thumbnail of a row has arrived."""
        return self._model.image(row) is not None

    def _on_selection_changed(self, selected: QItemSelection) -> None:
        if self._is_telling and selected.indexes():
            self.picture_selected.emit(self.pictures[selected.indexes()[0].row()].path)

    def _on_activated(self, index: QModelIndex) -> None:
        self.picture_activated.emit(self.pictures[index.row()].path)


class _Courier(QObject):
    """Carries images from the pool to the window; says which request is still wanted."""

    arrived = Signal(int, int, QImage)

    def __init__(self) -> None:
        super().__init__()
        self.generation = 0


class _Reading(QRunnable):
    def __init__(self, courier: _Courier, row: int, path: Path, px: int) -> None:
        super().__init__()
        self._courier = courier
        self._generation = courier.generation
        self._row, self._path, self._px = row, path, px

    def run(self) -> None:
        if self._generation == self._courier.generation:
            image = read_thumbnail(self._path, self._px)
            self._courier.arrived.emit(self._generation, self._row, image)


def read_thumbnail(path: Path, px: int) -> QImage:
    """A picture no larger than ``px`` square, upright; a null image when it cannot be read."""
    reader = QImageReader(str(path))
    reader.setAutoTransform(True)
    size = reader.size()
    if size.isValid():
        fitted = size.scaled(px, px, Qt.AspectRatioMode.KeepAspectRatio)
        if fitted.width() < size.width():
            reader.setScaledSize(fitted)
    return reader.read()


class _PictureModel(QAbstractListModel):
    def __init__(self, thumb: int, parent: QObject) -> None:
        super().__init__(parent)
        self.pictures: tuple[Picture, ...] = ()
        self._thumb = thumb
        self._images: OrderedDict[int, QImage] = OrderedDict()
        self._asked: set[int] = set()
        self._courier = _Courier()
        self._courier.arrived.connect(self._on_arrived)

    def show_pictures(self, pictures: Sequence[Picture]) -> None:
        self.beginResetModel()
        self.pictures = tuple(pictures)
        self._images.clear()
        self._asked.clear()
        self._courier.generation += 1
        self.endResetModel()

    def image(self, row: int) -> QImage | None:
        image = self._images.get(row)
        if image is not None:
            self._images.move_to_end(row)
        return image

    def ask_for(self, row: int, scale: float) -> None:
        """Have a picture read unless it already is."""
        if row in self._images or row in self._asked:
            return
        self._asked.add(row)
        px = round(self._thumb * scale)
        task = _Reading(self._courier, row, self.pictures[row].path, px)
        QThreadPool.globalInstance().start(task)

    def rowCount(self, parent: _Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.pictures)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        picture = self.pictures[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return ", ".join(part for part in (picture.caption, picture.note) if part)
        if role == Qt.ItemDataRole.ToolTipRole:
            parts = (picture.caption, picture.note, str(picture.path))
            return plain_tooltip("\n".join(part for part in parts if part))
        return None

    def _on_arrived(self, generation: int, row: int, image: QImage) -> None:
        self._asked.discard(row)
        if generation != self._courier.generation:
            return
        self._images[row] = image
        while len(self._images) > _CACHED:
            self._images.popitem(last=False)
        index = self.index(row)
        self.dataChanged.emit(index, index)


class _PictureDelegate(QStyledItemDelegate):
    def __init__(self, thumb: int, parent: QObject) -> None:
        super().__init__(parent)
        self._thumb = thumb

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(self._thumb + 2 * _GAP, self._thumb + 2 * _LINE + 3 * _GAP)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        model = index.model()
        if not isinstance(model, _PictureModel):
            return
        area: QRect = option.rect
        model.ask_for(index.row(), painter.device().devicePixelRatioF())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self._paint_ground(painter, QRectF(area), option)
        place = QRectF(area.left() + _GAP, area.top() + _GAP, self._thumb, self._thumb)
        self._paint_image(painter, place, model.image(index.row()))
        self._paint_words(painter, place, model.pictures[index.row()])
        painter.restore()

    def _paint_ground(self, painter: QPainter, area: QRectF, option: QStyleOptionViewItem) -> None:
        theme = current_theme()
        state = option.state
        selected = bool(state & QStyle.StateFlag.State_Selected)
        if selected or state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(QPen(theme.color("accent"), 2) if selected else Qt.PenStyle.NoPen)
            painter.setBrush(theme.tint("accent", 0.10) if selected else theme.color("raised"))
            painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), CONTROL_RADIUS, CONTROL_RADIUS)

    def _paint_image(self, painter: QPainter, place: QRectF, image: QImage | None) -> None:
        theme = current_theme()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("raised"))
        painter.drawRoundedRect(place, CONTROL_RADIUS, CONTROL_RADIUS)
        if image is None:
            return
        if image.isNull():
            middle = place.adjusted(*(self._thumb * f for f in (0.38, 0.38, -0.38, -0.38)))
            paint_icon(painter, "problem", middle, theme.color("problem"))
            return
        size = QSize(image.width(), image.height())
        fitted = QRectF(0, 0, 0, 0)
        fitted.setSize(size.scaled(place.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio))
        fitted.moveCenter(place.center())
        clip = QPainterPath()
        clip.addRoundedRect(place, CONTROL_RADIUS, CONTROL_RADIUS)
        painter.save()
        painter.setClipPath(clip)
        is_tiny = max(image.width(), image.height()) < _TINY_PX
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not is_tiny)
        painter.drawImage(fitted, image)
        painter.restore()

    def _paint_words(self, painter: QPainter, place: QRectF, picture: Picture) -> None:
        theme = current_theme()
        font = theme.number_font(CAPTION_PX)
        metrics = QFontMetrics(font)
        painter.setFont(font)
        lines = ((picture.caption, "text"), (picture.note, picture.tone))
        for i, (text, tone) in enumerate(lines):
            area = QRectF(place.left(), place.bottom() + _GAP + i * _LINE, place.width(), _LINE)
            painter.setPen(theme.color(tone))
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, round(place.width()))
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, shown)
