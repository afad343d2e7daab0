"""What colour belongs to which part of the model, and how high its rate goes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QWidget

from finetune_studio.ui.theme import CAPTION_PX, current_theme
from finetune_studio.ui.widgets.schedule_plot import rate_colors
from finetune_studio.ui.widgets.text import ElidedText, caption, number

_SWATCH = QSize(20, 14)
_COLUMNS = 2
_STRIDE = 4  # swatch, name, rate, and room before the next
_APART = 8
_MOST, _FIRST, _LAST = 8, 4, 3


class RateKey(QWidget):
    """A line an entry, in two columns; of very many only the first and the last."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Learning rates")
        self._entries: tuple[tuple[str, str], ...] = ()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(4)
        for column in range(_COLUMNS):
            self._grid.setColumnStretch(_STRIDE * column + 1, 1)
        for column in range(1, _COLUMNS):
            self._grid.setColumnMinimumWidth(_STRIDE * column - 1, _APART)
        self.hide()

    @property
    def entries(self) -> tuple[tuple[str, str], ...]:
        """Names and rates, from the head down."""
        return self._entries

    def show_entries(self, entries: Sequence[tuple[str, str]]) -> None:
        """Show names and rates in words, in the order of the plot's curves; none hides it."""
        if tuple(entries) == self._entries:
            return
        self._entries = tuple(entries)
        self._clear()
        shown = list(range(len(entries)))
        if len(entries) > _MOST:
            shown = [*shown[:_FIRST], *shown[-_LAST:]]
            left_out = caption(f"and {len(entries) - _FIRST - _LAST} between")
        for place, index in enumerate(shown):
            skips = len(entries) > _MOST and place >= _FIRST
            self._add(place + skips, index, *entries[index])
        if len(entries) > _MOST:
            row, column = divmod(_FIRST, _COLUMNS)
            self._grid.addWidget(left_out, row, _STRIDE * column + 1)
        self.setVisible(bool(entries))

    def _add(self, place: int, index: int, name: str, rate: str) -> None:
        row, column = divmod(place, _COLUMNS)
        value = number(rate, px=CAPTION_PX)
        value.setAccessibleName(f"{name}: {rate}")
        self._grid.addWidget(_Swatch(index, len(self._entries)), row, _STRIDE * column)
        named = ElidedText(name, px=CAPTION_PX, tone="muted")
        self._grid.addWidget(named, row, _STRIDE * column + 1)
        self._grid.addWidget(value, row, _STRIDE * column + 2)

    def _clear(self) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()


class _Swatch(QWidget):
    def __init__(self, index: int, count: int) -> None:
        super().__init__()
        self._index, self._count = index, count
        self.setFixedSize(_SWATCH)
        current_theme().changed.connect(self.update)

    @property
    def color(self) -> QColor:
        """That of the curve."""
        return rate_colors(self._count)[self._index]

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self.color, 2))
        middle = self.height() / 2
        painter.drawLine(QPointF(1, middle), QPointF(self.width() - 1, middle))
