"""A figure on a line from 0, with what is known of it and what it must beat."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from finetune_studio.project import wording
from finetune_studio.ui.theme import CAPTION_PX, current_theme

_HEIGHT = 58
_TRACK_Y = 22.0
_RADIUS = 6.0


class IntervalBar(QWidget):
    """The point is the accuracy, the band its interval, the tick below the baseline."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Accuracy beside its interval and the baseline")
        self._value, self._interval, self._baseline = 0.0, (0.0, 0.0), 0.0
        self._most = 1.0
        self._words: Callable[[float], str] = wording.share

    def show_figures(
        self,
        value: float,
        interval: tuple[float, float],
        baseline: float,
        *,
        most: float = 1.0,
        words: Callable[[float], str] = wording.share,
    ) -> None:
        """Show a figure, its 95 % interval and the baseline.

        Args:
            value: of the figure.
            interval: its ends.
            baseline: what it must beat.
            most: what stands at the right end of the line; 0 stands at the left.
            words: writes such a figure.
        """
        self._value, self._interval, self._baseline = value, interval, baseline
        self._most, self._words = most or 1.0, words
        low, high = (words(end) for end in interval)
        self.setAccessibleDescription(
            f"{words(value)}, interval {low} to {high}, baseline {words(baseline)}"
        )
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(320, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("raised"))
        left, right = self._x(0.0), self._x(self._most)
        painter.drawRoundedRect(QRectF(left, _TRACK_Y - 3, right - left, 6), 3, 3)
        self._paint_interval(painter)
        self._paint_baseline(painter)

    def _paint_interval(self, painter: QPainter) -> None:
        theme = current_theme()
        low, high = (self._x(end) for end in self._interval)
        painter.setBrush(theme.tint("accent", 0.35))
        painter.drawRoundedRect(QRectF(low, _TRACK_Y - 6, max(2.0, high - low), 12), 6, 6)
        painter.setBrush(theme.color("accent"))
        x = min(max(self._x(self._value), _RADIUS), self.width() - _RADIUS)
        painter.drawEllipse(QPointF(x, _TRACK_Y), _RADIUS, _RADIUS)

    def _paint_baseline(self, painter: QPainter) -> None:
        theme = current_theme()
        x = min(max(self._x(self._baseline), 1.0), self.width() - 1.0)
        painter.setPen(QPen(theme.color("text"), 2))
        painter.drawLine(QPointF(x, _TRACK_Y - 8), QPointF(x, _TRACK_Y + 12))
        font = theme.number_font(CAPTION_PX)
        painter.setFont(font)
        painter.setPen(theme.color("muted"))
        words = f"baseline {self._words(self._baseline)}"
        width = QFontMetrics(font).horizontalAdvance(words)
        start = min(max(0.0, x - width / 2), self.width() - width)
        painter.drawText(QRectF(start, _TRACK_Y + 14, width + 2, 18), words)

    def _x(self, share: float) -> float:
        return share / self._most * self.width()
