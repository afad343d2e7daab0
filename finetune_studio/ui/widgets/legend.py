"""The legend of a plot: above it, never on it, with the values under the crosshair."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QSize
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QWidget

from finetune_studio.ui.theme import CAPTION_PX, current_theme
from finetune_studio.ui.widgets.text import Text, caption, number

_SWATCH = QSize(20, 14)


class Legend(QWidget):
    """One entry a curve: how it is drawn, its name, its value; at the right where that is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values: dict[str, Text] = {}
        self._entries: list[QWidget] = []
        self._place = number(px=CAPTION_PX, tone="muted")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(16)
        self._row.addStretch(1)
        self._row.addWidget(self._place)

    def add_entry(self, name: str, color_index: int, width: float, *, has_points: bool) -> None:
        """Add a curve's name and look."""
        entry = QWidget()
        value = number(px=CAPTION_PX, strong=True)
        row = QHBoxLayout(entry)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(_Swatch(color_index, width, has_points))
        row.addWidget(caption(name))
        row.addWidget(value)
        self._values[name] = value
        self._row.insertWidget(len(self._entries), entry)
        self._entries.append(entry)

    def show_values(self, place: str, values: dict[str, str]) -> None:
        """Show the value of each curve at a place."""
        self._place.setText(place)
        for name, label in self._values.items():
            label.setText(values.get(name, ""))

    @property
    def values(self) -> dict[str, str]:
        """What is shown beside each name."""
        return {name: label.text() for name, label in self._values.items()}

    @property
    def place(self) -> str:
        """Where the values are from."""
        return self._place.text()

    def clear(self) -> None:
        """Take all entries away."""
        for entry in self._entries:
            self._row.removeWidget(entry)
            entry.deleteLater()
        self._entries.clear()
        self._values.clear()
        self._place.setText("")


class _Swatch(QWidget):
    def __init__(self, color_index: int, width: float, has_points: bool) -> None:
        super().__init__()
        self._color_index, self._width, self._has_points = color_index, width, has_points
        self.setFixedSize(_SWATCH)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color = current_theme().plot_color(self._color_index)
        middle = self.height() / 2
        painter.setPen(QPen(color, self._width))
        painter.drawLine(QPointF(1, middle), QPointF(self.width() - 1, middle))
        if self._has_points:
            painter.setBrush(color)
            painter.drawEllipse(QPointF(self.width() / 2, middle), 3.0, 3.0)
