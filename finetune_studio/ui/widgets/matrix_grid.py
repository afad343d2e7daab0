"""The painted grid of a confusion matrix: cells, labels, crosshair, keyboard."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from finetune_studio.project import wording
from finetune_studio.ui.theme import CAPTION_PX, current_theme

_SMALLEST, _LARGEST = 16, 64
_NUMBERED = 26
_LABEL_MOST = 140
_SLACK = 4
_TEXT_CONTRAST = 4.5
_SHADES_LIGHT, _SHADES_DARK = (0.12, 0.62), (0.16, 0.94)  # dark figures on all of the strong ones
_LUMINANCE = (0.2126, 0.7152, 0.0722)
_GAP = 6
_MOVES = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


class MatrixGrid(QWidget):
    """Cells ``[true, predicted]`` shaded by their share of the row.

    Signals:
        cell_hovered: the pointer or the keyboard is at this cell; (-1, -1) when at none.
        cell_chosen: the user clicked a cell or pressed Enter on it.
    """

    cell_hovered = Signal(int, int)
    cell_chosen = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Confusion matrix, rows true, columns predicted")
        self._labels: tuple[str, ...] = ()
        self._counts: npt.NDArray[np.int64] = np.zeros((0, 0), dtype=np.int64)
        self._shares: npt.NDArray[np.float64] = np.zeros((0, 0))
        self._label_px = 0
        self._chosen = (-1, -1)
        self._hovered = (-1, -1)

    @property
    def chosen(self) -> tuple[int, int]:
        """The marked cell as (true, predicted); (-1, -1) when none is."""
        return self._chosen

    def show_matrix(self, labels: Sequence[str], counts: npt.NDArray[np.int64]) -> None:
        """Show counts ``[true, predicted]``."""
        self._labels, self._counts = tuple(labels), counts
        self._shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        metrics = QFontMetrics(current_theme().font(CAPTION_PX))
        widest = max((metrics.horizontalAdvance(label) for label in labels), default=0)
        self._label_px = min(widest + _SLACK, _LABEL_MOST) + 2 * _GAP
        self._chosen = self._hovered = (-1, -1)
        side = self._head_px() + _SMALLEST * len(labels) + _GAP
        self.setMinimumSize(self._label_px + _SMALLEST * len(labels) + _GAP, side)
        self.updateGeometry()
        self.update()

    def select(self, true: int, predicted: int) -> None:
        """Mark a cell without saying so."""
        self._chosen = (true, predicted)
        self.update()

    def cell_area(self, true: int, predicted: int) -> QRectF:
        """Where a cell is painted, in pixels of this widget."""
        size = self._cell_px()
        return QRectF(self._label_px + predicted * size, self._head_px() + true * size, size, size)

    def sizeHint(self) -> QSize:
        size = min(_LARGEST, max(_NUMBERED + 14, 480 // max(1, len(self._labels))))
        side = size * len(self._labels) + _GAP
        return QSize(self._label_px + side, self._head_px() + side)

    def _cell_px(self) -> float:
        count = max(1, len(self._labels))
        room = min(self.width() - self._label_px, self.height() - self._head_turned_px()) - _GAP
        return max(_SMALLEST, min(_LARGEST, room / count))

    def _is_turned(self) -> bool:
        metrics = QFontMetrics(current_theme().font(CAPTION_PX))
        widest = max((metrics.horizontalAdvance(label) for label in self._labels), default=0)
        return widest + 4 > self._cell_px()

    def _head_turned_px(self) -> int:
        return self._label_px

    def _head_px(self) -> int:
        return self._head_turned_px() if self._is_turned() else 24

    def _cell_at(self, place: QPointF) -> tuple[int, int]:
        size = self._cell_px()
        true = int((place.y() - self._head_px()) // size)
        predicted = int((place.x() - self._label_px) // size)
        count = len(self._labels)
        return (true, predicted) if 0 <= true < count and 0 <= predicted < count else (-1, -1)

    def _hover(self, cell: tuple[int, int]) -> None:
        if cell != self._hovered:
            self._hovered = cell
            self.cell_hovered.emit(*cell)
            self.update()

    def _choose(self, cell: tuple[int, int]) -> None:
        if cell[0] >= 0:
            self._chosen = cell
            self.update()
            self.cell_chosen.emit(*cell)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(self._cell_at(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._choose(self._cell_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        self._hover((-1, -1))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in _MOVES and self._labels:
            self._step(*_MOVES[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._choose(self._hovered if self._hovered[0] >= 0 else self._chosen)
        else:
            super().keyPressEvent(event)

    def _step(self, down: int, right: int) -> None:
        row, column = self._hovered if self._hovered[0] >= 0 else self._chosen
        last = len(self._labels) - 1
        if row < 0:
            self._hover((0, 0))
        else:
            self._hover((min(max(row + down, 0), last), min(max(column + right, 0), last)))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        count = len(self._labels)
        for true in range(count):
            for predicted in range(count):
                self._paint_cell(painter, true, predicted)
        self._paint_labels(painter)
        self._paint_mark(painter, self._chosen, "text")
        self._paint_mark(painter, self._hovered, "focus")

    def _fill(self, true: int, predicted: int) -> QColor:
        theme = current_theme()
        share = float(self._shares[true, predicted])
        if not self._counts[true, predicted]:
            return theme.color("raised")
        role = "accent" if true == predicted else "trainable"
        faint, strong = _SHADES_DARK if theme.tokens.dark else _SHADES_LIGHT
        return theme.tint(role, faint + (strong - faint) * share)

    def _paint_cell(self, painter: QPainter, true: int, predicted: int) -> None:
        area = self.cell_area(true, predicted)
        fill = self._fill(true, predicted)
        gap = 1.0 if area.width() >= _NUMBERED else 0.5
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawRoundedRect(area.adjusted(gap, gap, -gap, -gap), 3, 3)
        count = int(self._counts[true, predicted])
        if area.width() >= _NUMBERED and count:
            painter.setPen(readable_on(fill))
            painter.setFont(current_theme().number_font(CAPTION_PX, strong=true == predicted))
            words = wording.whole(count) if count < 10_000 else wording.count(count)
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, words)

    def _paint_labels(self, painter: QPainter) -> None:
        theme = current_theme()
        font = theme.font(CAPTION_PX)
        metrics = QFontMetrics(font)
        painter.setFont(font)
        turned = self._is_turned()
        for i, label in enumerate(self._labels):
            painter.setPen(theme.color("text" if i == self._hovered[0] else "muted"))
            row = self.cell_area(i, 0)
            room = self._label_px - 2 * _GAP
            area = QRectF(_GAP, row.top(), room, row.height())
            shown = metrics.elidedText(label, Qt.TextElideMode.ElideRight, room)
            painter.drawText(
                area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, shown
            )
            painter.setPen(theme.color("text" if i == self._hovered[1] else "muted"))
            self._paint_column_label(painter, self.cell_area(0, i), shown, turned)

    def _paint_column_label(
        self, painter: QPainter, cell: QRectF, label: str, turned: bool
    ) -> None:
        if not turned:
            area = QRectF(cell.left(), 0, cell.width(), cell.top() - 4)
            painter.drawText(
                area, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom, label
            )
            return
        painter.save()
        painter.translate(cell.center().x(), cell.top() - _GAP)
        painter.rotate(-90)
        area = QRectF(0, -cell.width() / 2, self._head_px(), cell.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, label)
        painter.restore()

    def _paint_mark(self, painter: QPainter, cell: tuple[int, int], role: str) -> None:
        if cell[0] < 0:
            return
        painter.setPen(QPen(current_theme().color(role), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(self.cell_area(*cell).adjusted(1, 1, -1, -1), 3, 3)


def readable_on(fill: QColor) -> QColor:
    """White on a fill where its contrast is at least 4.5:1 (WCAG 2), else near black."""
    parts = (fill.redF(), fill.greenF(), fill.blueF())
    linear = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    luminance = sum(weight * p for weight, p in zip(_LUMINANCE, linear, strict=True))
    return QColor("#FFFFFF" if 1.05 / (luminance + 0.05) >= _TEXT_CONTRAST else "#10131A")
