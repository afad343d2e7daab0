"""From which epoch on each block trains: a column for each block, epochs from top to bottom."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from finetune_studio.ui.widgets.help_tip import show_tip_of
from finetune_studio.ui.widgets.wake_look import (
    edge_of,
    paint_axis,
    paint_column,
    paint_epochs,
    paint_grip,
    paint_wake,
)

AXIS_WIDTH = 56
_HEIGHT = 104
_AXIS_GAP = 8
_PAGE = 5


class WakeTimeline(QWidget):
    """Shows when blocks wake, and lets the moment be dragged or moved with the arrow keys.

    Left and right select a block; up and down let it wake an epoch earlier or later, Page Up and
    Page Down five, Home at once and End with the last epoch. The others make way, so that blocks
    keep waking from the head down; while Shift is held, they do not.

    Signals:
        wakes_moved: the user let a block wake at another time; carries the epoch of each block,
            0 for one that stays frozen.
        wakes_dragged: the same, at every new place while the mouse button is held.
        block_selected: the user selected a block; carries its index.
    """

    wakes_moved = Signal(tuple)
    wakes_dragged = Signal(tuple)
    block_selected = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Timeline: from which epoch each block trains")
        self.setMouseTracking(True)
        self._names: tuple[str, ...] = ()
        self._wakes: tuple[int, ...] = ()
        self._spans: tuple[tuple[float, float], ...] = ()
        self._epochs = 1
        self._selected = -1
        self._before: tuple[int, ...] | None = None
        self._pressed_at = 0.0

    @property
    def wakes(self) -> tuple[int, ...]:
        """From which epoch each block trains; 0 for one that stays frozen."""
        return self._wakes

    @property
    def is_held(self) -> bool:
        """Whether the user is dragging a block's edge."""
        return self._before is not None

    def show_timeline(self, names: Sequence[str], wakes: Sequence[int], epochs: int) -> None:
        """Show when blocks wake in a run of so many epochs, without saying so."""
        self._names, self._epochs = tuple(names), max(1, epochs)
        self._selected = min(self._selected, len(self._names) - 1)
        self._show(tuple(wakes))

    def show_columns(self, spans: Sequence[tuple[float, float]]) -> None:
        """Set where each block's column begins and ends, in pixels right of the axis."""
        self._spans = tuple(spans)
        self.update()

    def select(self, index: int) -> None:
        """Select a block without saying so; -1 selects none."""
        self._selected = index
        self._describe()
        self.update()

    def column_area(self, index: int) -> QRectF:
        """Where a block's column is painted, in pixels of this widget."""
        left, right = self._spans[index]
        return QRectF(AXIS_WIDTH + left, 1, right - left, self.height() - 2)

    def edge(self, index: int) -> float:
        """Where a block begins to be warm, in pixels of this widget from the top."""
        area = self.column_area(index)
        return area.top() + edge_of(self._wakes[index], self._epochs, area.height())

    def words(self, index: int) -> str:
        """A block's way through the run."""
        name, wake = self._names[index], self._wakes[index]
        if not wake:
            return f"{name}: frozen all the time"
        if wake > self._epochs:
            return f"{name}: would wake in epoch {wake}, after the last"
        if wake == 1:
            return f"{name}: trains from the start"
        until = "epoch 1" if wake == 2 else f"epochs 1 to {wake - 1}"
        return f"{name}: frozen in {until}, trains from epoch {wake}"

    def sizeHint(self) -> QSize:
        return QSize(640, _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, _HEIGHT)

    def _show(self, wakes: tuple[int, ...]) -> None:
        self._wakes = wakes
        self._describe()
        self.update()

    def _describe(self) -> None:
        if 0 <= self._selected < len(self._wakes):
            self.setAccessibleDescription(self.words(self._selected))
        else:
            self.setAccessibleDescription("Choose a block with the left and right arrow keys")

    def _choose(self, index: int) -> None:
        if 0 <= index < len(self._names) and index != self._selected:
            self.select(index)
            self.block_selected.emit(index)

    def _move(self, epoch: int, *, alone: bool) -> None:
        """Let the selected block wake in another epoch, as one decision."""
        moved = self._moved(self._wakes, epoch, alone=alone)
        if moved != self._wakes:
            self._show(moved)
            self.wakes_moved.emit(moved)

    def _moved(self, wakes: tuple[int, ...], epoch: int, *, alone: bool) -> tuple[int, ...]:
        if not (0 <= self._selected < len(wakes) and wakes[self._selected]):
            return wakes
        epoch = min(max(1, epoch), self._epochs)
        return with_wake(wakes, self._selected, epoch, alone=alone)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self._index_at(event.position().x())
        if event.button() != Qt.MouseButton.LeftButton or index < 0:
            return
        self._choose(index)
        if self._wakes[index]:
            self._before, self._pressed_at = self._wakes, event.position().y()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._before is None:
            self._show_cursor(event.position().x())
            return
        row = self.column_area(self._selected).height() / self._epochs
        start = min(self._before[self._selected], self._epochs)
        epoch = start + round((event.position().y() - self._pressed_at) / row)
        moved = self._moved(self._before, epoch, alone=_is_alone(event))
        if moved != self._wakes:
            self._show(moved)
            self.wakes_dragged.emit(moved)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._before is not None:
            before, self._before = self._before, None
            self.update()
            if before != self._wakes:
                self.wakes_moved.emit(self._wakes)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        wake = self._wakes[self._selected] if self._selected >= 0 else 0
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._choose(self._selected + (1 if key == Qt.Key.Key_Right else -1))
        elif key == Qt.Key.Key_Escape and self._before is not None:
            before, self._before = self._before, None
            self._show(before)
            self.wakes_dragged.emit(before)
        elif key in _STEPS:
            self._move(wake + _STEPS[key], alone=_is_alone(event))
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            epoch = 1 if key == Qt.Key.Key_Home else self._epochs
            self._move(epoch, alone=_is_alone(event))
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if show_tip_of(self, event, self._index_at, self.words):
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        count = min(len(self._spans), len(self._wakes))
        areas = [self.column_area(index) for index in range(count)]
        edges = [self.edge(index) - area.top() for index, area in enumerate(areas)]
        for index, (area, edge) in enumerate(zip(areas, edges, strict=True)):
            strong = index == self._selected
            paint_column(painter, area, edge, self._role(index), strong=strong)
        paint_epochs(painter, areas, self._epochs)
        for index, (area, edge) in enumerate(zip(areas, edges, strict=True)):
            if wake := self._wakes[index]:
                marked = index == self._selected and (self.hasFocus() or self.is_held)
                paint_grip(painter, area, edge, marked=marked)
                paint_wake(painter, area, edge, wake, late=wake > self._epochs)
        axis = QRectF(0, 1, AXIS_WIDTH - _AXIS_GAP, self.height() - 2)
        paint_axis(painter, axis, self._epochs)

    def _role(self, index: int) -> str:
        if index == self._selected:
            return "focus" if self.hasFocus() else "text"
        return "trainable" if 0 < self._wakes[index] <= self._epochs else "frozen"

    def _show_cursor(self, x: float) -> None:
        index = self._index_at(x)
        movable = index >= 0 and self._wakes[index] > 0
        shape = Qt.CursorShape.SplitVCursor if movable else Qt.CursorShape.ArrowCursor
        self.setCursor(shape)

    def _index_at(self, x: float) -> int:
        within = (
            index
            for index, (left, right) in enumerate(self._spans[: len(self._wakes)])
            if left <= x - AXIS_WIDTH <= right
        )
        return next(within, -1)


def with_wake(
    wakes: tuple[int, ...], index: int, epoch: int, *, alone: bool = False
) -> tuple[int, ...]:
    """The waking epochs with that of one block changed.

    Blocks above it that would wake later are pulled along, blocks below that would wake earlier
    are pushed; not so with ``alone``. Where nothing would train in the first epoch any more,
    nothing changes.
    """
    changed = list(wakes)
    changed[index] = epoch
    if not alone:
        below = [wake and max(wake, epoch) for wake in wakes[:index]]
        above = [wake and min(wake, epoch) for wake in wakes[index + 1 :]]
        changed = [*below, epoch, *above]
    return tuple(changed) if 1 in changed else wakes


def _is_alone(event: QMouseEvent | QKeyEvent) -> bool:
    return bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)


_STEPS = {
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_PageUp: -_PAGE,
    Qt.Key.Key_PageDown: _PAGE,
}
