"""The split as one bar of three colours with two boundaries to drag."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPainterPath, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from finetune_studio.project import wording
from finetune_studio.ui.theme import CAPTION_PX, CONTROL_RADIUS, current_theme
from finetune_studio.ui.widgets.handle import WIDTH as HANDLE_WIDTH
from finetune_studio.ui.widgets.handle import Handle

_BAR_HEIGHT = 36
_TEXT_HEIGHT = 28
_STEP = 0.01
_LEAST_TRAIN = 0.10
_LEAST = 0.01
_NAMES = ("Training", "Validation", "Test")
_COLORS = (0, 1, 2)
_DOT_ROOM = 16
_WORD_GAP = 16


class SplitBar(QWidget):
    """Three fractions that sum to one; test may be nothing, training and validation may not.

    Signals:
        fractions_changed: the user moved a boundary; carries training, validation and test.
    """

    fractions_changed = Signal(float, float, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(240)
        self.setAccessibleName("Split into training, validation and test")
        self._cuts = [0.70, 0.85]
        self._total = 0
        self._counts: tuple[int, ...] | None = None
        self._handles = [Handle(self), Handle(self)]
        names = ("Boundary of training and validation", "Boundary of validation and test")
        for handle, name in zip(self._handles, names, strict=True):
            handle.setAccessibleName(name)
            handle.dragged.connect(self._on_dragged)
            handle.dropped.connect(self._on_dropped)
            handle.stepped.connect(self._on_stepped)
            handle.jumped.connect(self._on_jumped)
        self._arrange()

    @property
    def fractions(self) -> tuple[float, float, float]:
        """Training, validation and test, as fractions of one."""
        first, second = self._cuts
        return (round(first, 4), round(second - first, 4), round(1 - second, 4))

    @property
    def handles(self) -> tuple[Handle, ...]:
        """The two grips, from left to right."""
        return tuple(self._handles)

    @property
    def counts(self) -> tuple[int, ...]:
        """Samples for training, validation and test: known or estimated."""
        if self._counts is not None:
            return self._counts
        validation, test = (round(fraction * self._total) for fraction in self.fractions[1:])
        return (self._total - validation - test, validation, test)

    def show_fractions(
        self,
        train: float,
        validation: float,
        test: float,
        total: int = 0,
        counts: tuple[int, int, int] | None = None,
    ) -> None:
        """Show a split; with ``total`` the numbers of samples are shown beside the fractions.

        They are ``counts`` where those are known, until a boundary is moved; else an estimate.
        """
        whole = train + validation + test
        if whole <= 0:
            return
        self._cuts = [train / whole, (train + validation) / whole]
        self._total, self._counts = total, counts
        self._arrange()

    def set_locked(self, locked: bool) -> None:
        """While locked (the data brings its own split) the bar only shows."""
        for handle in self._handles:
            handle.setVisible(not locked)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(480, _BAR_HEIGHT + _TEXT_HEIGHT)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    def _on_dragged(self, x: float) -> None:
        self._move(self._sender_index(), self._snapped(x / max(1, self.width())))

    def _on_dropped(self) -> None:
        self.fractions_changed.emit(*self.fractions)

    def _on_stepped(self, steps: int) -> None:
        index = self._sender_index()
        self._move_and_tell(index, self._snapped(self._cuts[index] + steps * _STEP))

    def _on_jumped(self, direction: int) -> None:
        self._move_and_tell(self._sender_index(), 0.0 if direction < 0 else 1.0)

    def _sender_index(self) -> int:
        return 0 if self.sender() is self._handles[0] else 1

    def _snapped(self, cut: float) -> float:
        return round(cut / _STEP) * _STEP

    def _move_and_tell(self, index: int, cut: float) -> None:
        before = self.fractions
        self._move(index, cut)
        if self.fractions != before:
            self.fractions_changed.emit(*self.fractions)

    def _move(self, index: int, cut: float) -> None:
        low = _LEAST_TRAIN if index == 0 else self._cuts[0] + _LEAST
        high = self._cuts[1] - _LEAST if index == 0 else 1.0
        self._cuts[index] = min(max(cut, low), high)
        self._counts = None
        self._arrange()

    def _arrange(self) -> None:
        for handle, cut in zip(self._handles, self._cuts, strict=True):
            left = round(cut * self.width()) - HANDLE_WIDTH // 2
            left = min(max(left, 0), self.width() - HANDLE_WIDTH)
            handle.setGeometry(left, 0, HANDLE_WIDTH, _BAR_HEIGHT)
        words = self._words()
        self.setAccessibleDescription(", ".join(words))
        for handle in self._handles:
            handle.setAccessibleDescription(", ".join(words))
        self.update()

    def _words(self) -> list[str]:
        return [
            f"{name} {wording.share(fraction, 0)}"
            for name, fraction in zip(_NAMES, self.fractions, strict=True)
        ]

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edges = [0.0, *(cut * self.width() for cut in self._cuts), float(self.width())]
        clip = QPainterPath()
        clip.addRoundedRect(QRectF(0, 0, self.width(), _BAR_HEIGHT), CONTROL_RADIUS, CONTROL_RADIUS)
        painter.setClipPath(clip)
        for i in range(3):
            area = QRectF(edges[i], 0, edges[i + 1] - edges[i], _BAR_HEIGHT)
            painter.fillRect(area, self._fill(i))
        painter.setClipping(False)
        self._paint_words(painter, edges)

    def _fill(self, index: int) -> QColor:
        return current_theme().plot_color(_COLORS[index])

    def _paint_words(self, painter: QPainter, edges: Sequence[float]) -> None:
        lefts = self._word_lefts(edges)
        theme = current_theme()
        for i, word in enumerate(self._counted_words()):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._fill(i))
            painter.drawEllipse(QRectF(lefts[i], _BAR_HEIGHT + 13, 8, 8))
            painter.setPen(theme.color("text"))
            painter.setFont(theme.number_font(CAPTION_PX))
            area = QRectF(lefts[i] + _DOT_ROOM, _BAR_HEIGHT + 8, self.width(), 18)
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, word)

    def _counted_words(self) -> list[str]:
        if not self._total:
            return self._words()
        return [
            f"{word}  ({wording.whole(count)})"
            for word, count in zip(self._words(), self.counts, strict=True)
        ]

    def _word_lefts(self, edges: Sequence[float]) -> list[float]:
        metrics = QFontMetrics(current_theme().number_font(CAPTION_PX))
        widths = [
            metrics.horizontalAdvance(word) + _DOT_ROOM + _WORD_GAP
            for word in self._counted_words()
        ]
        lefts = list(edges[:3])
        right = float(self.width() + _WORD_GAP)
        for i in (2, 1, 0):
            lefts[i] = max(0.0, min(lefts[i], right - widths[i]))
            right = lefts[i]
        for i in (1, 2):
            lefts[i] = max(lefts[i], lefts[i - 1] + widths[i - 1])
        return lefts
