"""Texts of one label below each other: two lines of each, and where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import QFontMetrics, QPainter, QPen, QTextLayout, QTextOption
from PySide6.QtWidgets import (
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from finetune_studio.events.descriptions import Preview
from finetune_studio.ui.theme import BODY_PX, CAPTION_PX, current_theme
from finetune_studio.ui.widgets.text import plain_tooltip

_LINES = 2
_PAD_X, _PAD_Y = 16, 10
_ROW_HEIGHT = 72
_LONGEST_SHOWN = 2000

_Index = QModelIndex | QPersistentModelIndex


class TextRows(QListView):
    """The texts, as plain as they are; the whole text stands in the tooltip."""

    def __init__(self, accessible_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = _Texts()
        self.setModel(self._model)
        self.setItemDelegate(_TextDelegate(self))
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(accessible_name)
        current_theme().changed.connect(self._on_theme_changed)

    def show_texts(self, previews: Sequence[Preview], *, named: bool = False) -> None:
        """Show these texts and no others, from the top; ``named`` says of each what it is."""
        self._model.named = named
        self._model.show_texts(previews)
        self.scrollToTop()

    def _on_theme_changed(self) -> None:
        self.viewport().update()


class _Texts(QAbstractListModel):
    def __init__(self) -> None:
        super().__init__()
        self._previews: tuple[Preview, ...] = ()
        self.named = False

    def show_texts(self, previews: Sequence[Preview]) -> None:
        self.beginResetModel()
        self._previews = tuple(previews)
        self.endResetModel()

    def preview(self, row: int) -> Preview:
        return self._previews[row]

    def rowCount(self, parent: _Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._previews)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        text = self._previews[index.row()].text
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return text
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(text[:_LONGEST_SHOWN])
        return None


class _TextDelegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(0, _ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        model = index.model()
        assert isinstance(model, _Texts)
        preview = model.preview(index.row())
        area = option.rect.adjusted(_PAD_X, _PAD_Y, -_PAD_X, -_PAD_Y)
        painter.save()
        _paint_ground(painter, option)
        bottom = _paint_text(painter, area, preview.text)
        place = f"{preview.split.title_text} · {preview.where}"
        _paint_place(painter, area, bottom, f"{preview.label} · {place}" if model.named else place)
        painter.restore()


def _paint_ground(painter: QPainter, option: QStyleOptionViewItem) -> None:
    theme = current_theme()
    if option.state & QStyle.StateFlag.State_Selected:
        painter.fillRect(option.rect, theme.tint("accent", 0.10))
    painter.setPen(QPen(theme.color("border"), 1))
    painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())


def _paint_text(painter: QPainter, area: QRect, text: str) -> int:
    """Paint the first lines of the text; say where they end."""
    theme = current_theme()
    font = theme.font(BODY_PX)
    metrics = QFontMetrics(font)
    one_line = " ".join(text[:_LONGEST_SHOWN].split())
    painter.setFont(font)
    painter.setPen(theme.color("text"))
    top = area.top()
    for line in _lines(one_line, area.width(), metrics):
        painter.drawText(area.left(), top + metrics.ascent(), line)
        top += metrics.lineSpacing()
    return top


def _lines(text: str, width: int, metrics: QFontMetrics) -> list[str]:
    layout = QTextLayout(text, current_theme().font(BODY_PX))
    layout.setTextOption(QTextOption(Qt.AlignmentFlag.AlignLeft))
    units = text.encode("utf-16-le", errors="replace")  # Qt counts these, two bytes each
    lines: list[str] = []
    layout.beginLayout()
    while len(lines) < _LINES:
        line = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(width)
        start = line.textStart()
        is_last = len(lines) == _LINES - 1
        part = units[2 * start :] if is_last else units[2 * start : 2 * (start + line.textLength())]
        shown = part.decode("utf-16-le", errors="replace")
        lines.append(metrics.elidedText(shown, Qt.TextElideMode.ElideRight, width))
    layout.endLayout()
    return lines


def _paint_place(painter: QPainter, area: QRect, top: int, text: str) -> None:
    theme = current_theme()
    font = theme.font(CAPTION_PX)
    metrics = QFontMetrics(font)
    painter.setFont(font)
    painter.setPen(theme.color("muted"))
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, area.width())
    painter.drawText(area.left(), max(top, area.top()) + 4 + metrics.ascent(), shown)
