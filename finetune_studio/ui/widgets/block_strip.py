"""The model as a strip of blocks, cold up to the frost line and warm after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from finetune_studio.project import wording
from finetune_studio.ui.widgets.block_look import block_widths, paint_block, paint_block_words
from finetune_studio.ui.widgets.handle import WIDTH as HANDLE_WIDTH
from finetune_studio.ui.widgets.handle import Handle
from finetune_studio.ui.widgets.help_tip import show_tip_of

_HEIGHT = 84
_GAP = 4
_GRIP_MARGIN = 3  # of the handle beside what it paints


class Measure(StrEnum):
    """What the width of a block stands for."""

    PARAMETERS = "parameters"
    SECONDS = "seconds"


@dataclass(frozen=True)
class Block:
    """One block from input to head; ``seconds`` is its share of the time of a forward pass."""

    name: str
    parameters: int
    seconds: float = 0.0
    kind: str = ""


class BlockStrip(QWidget):
    """Blocks side by side; their width grows with the square root of what they weigh.

    Left and right select a block, Space sets the frost line before the selected one; the frost
    line itself is a grip one can drag or move with the arrow keys.

    Signals:
        frost_line_moved: the user moved the line; carries the first block that trains, or the
            number of blocks when none does.
        frost_line_dragged: the same, at every new place while the grip is still held.
        block_selected: the user selected a block; carries its index.
        arranged: blocks have other widths or places now.
    """

    frost_line_moved = Signal(int)
    frost_line_dragged = Signal(int)
    block_selected = Signal(int)
    arranged = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Blocks of the model, from input to head")
        self.setMouseTracking(True)
        self._blocks: tuple[Block, ...] = ()
        self._areas: list[QRectF] = []
        self._shares: tuple[float, ...] = ()
        self._measure = Measure.PARAMETERS
        self._first = 0
        self._selected = -1
        self.handle = Handle(self)
        self.handle.setAccessibleName("Frost line")
        self.handle.dragged.connect(self._on_dragged)
        self.handle.dropped.connect(self._on_dropped)
        self.handle.stepped.connect(self._on_stepped)
        self.handle.jumped.connect(self._on_jumped)
        self._arrange()

    @property
    def first_trainable(self) -> int:
        """The first block that trains."""
        return self._first

    @property
    def count(self) -> int:
        """How many blocks there are."""
        return len(self._blocks)

    @property
    def selected(self) -> int:
        """The selected block; -1 when none is."""
        return self._selected

    def show_blocks(
        self, blocks: Sequence[Block], first_trainable: int, shares: Sequence[float] | None = None
    ) -> None:
        """Show a model; ``shares`` says how much of each block trains (0 to 1) if uneven."""
        self._blocks = tuple(blocks)
        self._selected = min(self._selected, len(blocks) - 1)
        self.show_frost_line(first_trainable, shares)

    def show_frost_line(self, first_trainable: int, shares: Sequence[float] | None = None) -> None:
        """Show which blocks train, without saying so."""
        self._first = min(max(0, first_trainable), len(self._blocks))
        self._shares = tuple(shares) if shares is not None else self._plain_shares()
        self._arrange()

    def select(self, index: int) -> None:
        """Select a block without saying so; -1 selects none."""
        self._selected = index
        self._describe()
        self.update()

    def set_measure(self, measure: Measure) -> None:
        """Let the widths stand for parameters or for time."""
        self._measure = measure
        self._arrange()

    def block_area(self, index: int) -> QRectF:
        """Where a block is painted, in pixels of this widget."""
        return self._areas[index]

    def sizeHint(self) -> QSize:
        return QSize(640, _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, _HEIGHT)

    def _plain_shares(self) -> tuple[float, ...]:
        return tuple(float(i >= self._first) for i in range(len(self._blocks)))

    def _arrange(self) -> None:
        widths = block_widths(self._weights(), self.width() - _GAP * (len(self._blocks) - 1))
        left = 0.0
        self._areas = []
        for width in widths:
            self._areas.append(QRectF(left, 0, width, _HEIGHT).adjusted(1, 1, -1, -1))
            left += width + _GAP
        x = round(self._line_x(self._first)) - HANDLE_WIDTH // 2
        x = min(max(0, x), max(0, self.width() - HANDLE_WIDTH))
        self.handle.setGeometry(x, 0, HANDLE_WIDTH, _HEIGHT)
        self.handle.setVisible(bool(self._blocks))
        self._describe()
        self.update()
        self.arranged.emit()

    def _weights(self) -> list[float]:
        if self._measure is Measure.SECONDS and any(block.seconds for block in self._blocks):
            return [block.seconds for block in self._blocks]
        return [float(block.parameters) for block in self._blocks]

    def _line_x(self, first: int) -> float:
        if not self._areas:
            return 0.0
        if first >= len(self._areas):
            return self._areas[-1].right()
        return self._areas[first].left() - _GAP / 2 - 1

    def _describe(self) -> None:
        total = len(self._blocks)
        if self._first >= total:
            words = "Nothing trains"
        else:
            first = self._blocks[self._first].name
            words = (
                f"{total - self._first} of {wording.plural(total, 'block')} train, from {first} on"
            )
        self.handle.setAccessibleDescription(words)
        if 0 <= self._selected < total:
            words = f"{self._words(self._selected)}. {words}"
        self.setAccessibleDescription(words)

    def _words(self, index: int) -> str:
        block, share = self._blocks[index], self._shares[index]
        state = (
            "frozen"
            if share == 0
            else "trains"
            if share >= 1
            else f"{wording.share(share, 0)} train"
        )
        parts = [block.name, block.kind, f"{wording.count(block.parameters)} parameters"]
        if block.seconds:
            parts.append(wording.seconds(block.seconds))
        return ", ".join(part for part in (*parts, state) if part)

    def _on_dragged(self, x: float) -> None:
        places = range(len(self._blocks) + 1)
        nearest = min(places, key=lambda first: abs(self._line_x(first) - x))
        if nearest != self._first:
            self.show_frost_line(nearest)
            self.frost_line_dragged.emit(nearest)

    def _on_dropped(self) -> None:
        self.frost_line_moved.emit(self._first)

    def _on_stepped(self, steps: int) -> None:
        self._move_line(self._first + (1 if steps > 0 else -1))

    def _on_jumped(self, direction: int) -> None:
        self._move_line(0 if direction < 0 else len(self._blocks))

    def _move_line(self, first: int) -> None:
        first = min(max(0, first), len(self._blocks))
        if first != self._first:
            self.show_frost_line(first)
            self.frost_line_moved.emit(first)

    def _choose(self, index: int) -> None:
        if 0 <= index < len(self._blocks) and index != self._selected:
            self.select(index)
            self.block_selected.emit(index)

    def _index_at(self, x: float) -> int:
        return next(
            (i for i, area in enumerate(self._areas) if area.left() <= x <= area.right()), -1
        )

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._choose(self._index_at(event.position().x()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._choose(self._selected + (1 if key == Qt.Key.Key_Right else -1))
        elif key in (Qt.Key.Key_Space, Qt.Key.Key_Return) and self._selected >= 0:
            self._move_line(self._selected)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if show_tip_of(self, event, self._index_at, self._words):
            return True
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for index, (block, area) in enumerate(zip(self._blocks, self._areas, strict=True)):
            share, strong = self._shares[index], index == self._selected
            covered = max(0.0, self._covered - area.left())
            paint_block(painter, area, share, self._edge(index), strong=strong, covered=covered)
            free = area.adjusted(covered, 0, 0, 0)
            paint_block_words(painter, free, block.name, self._weight_words(block))

    @property
    def _covered(self) -> float:
        """How far the grip reaches in from the left where the line lies before all blocks."""
        return self.handle.geometry().right() - _GRIP_MARGIN if self._first == 0 else 0.0

    def _edge(self, index: int) -> str:
        if index == self._selected:
            return "focus" if self.hasFocus() else "text"
        return "trainable" if self._shares[index] > 0 else "frozen"

    def _weight_words(self, block: Block) -> str:
        if self._measure is Measure.SECONDS and block.seconds:
            return wording.seconds(block.seconds)
        return wording.count(block.parameters)
