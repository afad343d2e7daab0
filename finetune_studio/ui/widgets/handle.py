"""A grip on a boundary: dragged with the mouse, stepped with the arrow keys."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from finetune_studio.ui.theme import current_theme

WIDTH = 16
_STEPS = {
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Down: -1,
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_Up: 1,
    Qt.Key.Key_PageUp: 5,
    Qt.Key.Key_PageDown: -5,
}


class Handle(QWidget):
    """Sits on a boundary of its parent and tells where the user wants it.

    Signals:
        dragged: the pointer is here now, as x in pixels of the parent.
        dropped: the pointer let go.
        stepped: a key asks for so many steps to the right (negative: to the left).
        jumped: Home (-1) or End (1) asks for the very end.
    """

    dragged = Signal(float)
    dropped = Signal()
    stepped = Signal(int)
    jumped = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self._is_held = False

    @property
    def is_held(self) -> bool:
        """Whether the user is dragging it."""
        return self._is_held

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._is_held = True
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._is_held:
            self.dragged.emit(self.mapToParent(event.position().toPoint()).x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._is_held and event.button() == Qt.MouseButton.LeftButton:
            self._is_held = False
            self.update()
            self.dropped.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in _STEPS:
            self.stepped.emit(_STEPS[key])
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self.jumped.emit(-1 if key == Qt.Key.Key_Home else 1)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = self.width() / 2
        grip = QRectF(middle - 4, self.height() / 2 - 14, 8, 28)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("text"))
        painter.drawRoundedRect(QRectF(middle - 1, 0, 2, self.height()), 1, 1)
        marked = self.hasFocus() or self._is_held
        painter.setPen(QPen(theme.color("focus" if marked else "text"), 2 if marked else 1))
        painter.setBrush(theme.color("surface"))
        painter.drawRoundedRect(grip, 4, 4)
        painter.setPen(QPen(theme.color("text"), 1))
        for x in (middle - 1.5, middle + 1.5):
            painter.drawLine(round(x), round(grip.top() + 9), round(x), round(grip.bottom() - 9))
