"""Rows whose order the user decides: dragged by a grip, or moved with Alt and the arrow keys."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from finetune_studio.ui.theme import current_theme

_GRIP_WIDTH, _GRIP_HEIGHT = 20, 28
_DOTS = 3
_STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class Grip(QWidget):
    """Six dots to take hold of a row by.

    Signals:
        dragged: the pointer is here now, in coordinates of the grip.
        dropped: the pointer let go.
        stepped: an arrow key moves the row up (-1) or down (1).
    """

    dragged = Signal(QPoint)
    dropped = Signal()
    stepped = Signal(int)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setFixedSize(_GRIP_WIDTH, _GRIP_HEIGHT)
        self.setAccessibleName(f"Move “{name}”")
        self.setToolTip("Drag to move, or press the up and down keys")
        self._is_held = False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._is_held = True
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._is_held:
            self.dragged.emit(event.position().toPoint())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._is_held and event.button() == Qt.MouseButton.LeftButton:
            self._is_held = False
            self.setCursor(Qt.CursorShape.OpenHandCursor)
            self.dropped.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _STEPS.get(Qt.Key(event.key()))
        if step:
            self.stepped.emit(step)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("muted"))
        middle = QRectF(self.rect()).center()
        for row in range(_DOTS):
            for side in (-1, 1):
                dot = QRectF(0, 0, 3, 3)
                dot.moveCenter(middle)
                dot.translate(3 * side, 6 * (row - 1))
                painter.drawEllipse(dot)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.color("focus"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)


class OrderedRows(QWidget):
    """Widgets below each other, each with a grip.

    Signals:
        moved: the user wants the row at a place to be at another; both from 0.
    """

    moved = Signal(int, int)

    def __init__(self, accessible_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(accessible_name)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._rows: list[_Row] = []
        self._target: int | None = None
        self._dragged = 0
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)

    @property
    def grips(self) -> tuple[Grip, ...]:
        """The grips, from the top."""
        return tuple(row.grip for row in self._rows)

    def show_rows(self, rows: Sequence[QWidget], names: Sequence[str]) -> None:
        """Show these widgets in this order. Those that were there keep their focus."""
        known = {row.content: row for row in self._rows}
        self._rows = [
            known.get(widget) or self._made(widget, name)
            for widget, name in zip(rows, names, strict=True)
        ]
        for place, row in enumerate(self._rows):
            if self._column.indexOf(row) != place:
                self._column.insertWidget(place, row)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = _STEPS.get(Qt.Key(event.key()))
            row = next((row for row in self._rows if row.holds(watched)), None)
            if row and step and event.modifiers() & Qt.KeyboardModifier.AltModifier:
                self._step(row, step)
                return True
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._target is None or self._target == self._dragged:
            return
        painter = QPainter(self)
        painter.setPen(QPen(current_theme().color("accent"), 2))
        area = self._rows[self._target].geometry()
        y = area.bottom() if self._target > self._dragged else area.top()
        painter.drawLine(0, y, self.width(), y)

    def _made(self, widget: QWidget, name: str) -> _Row:
        row = _Row(widget, name)
        row.grip.dragged.connect(self._on_dragged)
        row.grip.dropped.connect(self._on_dropped)
        row.grip.stepped.connect(self._on_stepped)
        for part in widget.findChildren(QWidget):
            part.installEventFilter(self)
        return row

    def _held(self) -> int:
        return next(place for place, row in enumerate(self._rows) if row.grip is self.sender())

    def _on_dragged(self, point: QPoint) -> None:
        self._dragged = self._held()
        y = self._rows[self._dragged].grip.mapTo(self, point).y()
        above = sum(row.geometry().bottom() < y for row in self._rows)
        self._target = min(above, len(self._rows) - 1)
        self.update()

    def _on_dropped(self) -> None:
        held, place, self._target = self._held(), self._target, None
        self.update()
        if place not in (None, held):
            self.moved.emit(held, place)

    def _on_stepped(self, step: int) -> None:
        self._step(self._rows[self._held()], step)

    def _step(self, row: _Row, step: int) -> None:
        held = self._rows.index(row)
        if 0 <= held + step < len(self._rows):
            self.moved.emit(held, held + step)


class _Row(QWidget):
    """A grip and what the user sees beside it."""

    def __init__(self, content: QWidget, name: str) -> None:
        super().__init__()
        self.content = content
        self.grip = Grip(name)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.grip)
        layout.addWidget(content, 1)

    def holds(self, part: QObject) -> bool:
        return isinstance(part, QWidget) and self.isAncestorOf(part)

    def sizeHint(self) -> QSize:
        return super().sizeHint().expandedTo(QSize(0, 36))
