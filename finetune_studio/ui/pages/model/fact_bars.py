"""The three small bars of a model: size, speed, accuracy."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from finetune_studio.project.catalog_entry import CatalogEntry
from finetune_studio.ui.pages.model import ratings
from finetune_studio.ui.theme import CAPTION_PX, current_theme
from finetune_studio.ui.widgets.bars import paint_bar

_LINE = 18
_NAME_WIDTH = 62
_VALUE_WIDTH = 62
_BAR_HEIGHT = 4


class FactBars(QWidget):
    """Three lines: a name, a bar, a value."""

    def __init__(self, entry: CatalogEntry, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._lines = (
            ("Size", ratings.size_share(entry), ratings.size_words(entry)),
            ("Speed", ratings.speed_share(entry), ratings.speed_words(entry.gmacs)),
            ("Accuracy", ratings.accuracy_share(entry), ratings.accuracy_words(entry.accuracy)),
        )
        self.setAccessibleName(", ".join(f"{name} {words}" for name, _, words in self._lines))

    def sizeHint(self) -> QSize:
        return QSize(_NAME_WIDTH + _VALUE_WIDTH + 80, _LINE * len(self._lines))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(current_theme().number_font(CAPTION_PX))
        for row, (name, share, words) in enumerate(self._lines):
            self._paint_line(painter, row * _LINE, name, share, words)

    def _paint_line(self, painter: QPainter, top: int, name: str, share: float, words: str) -> None:
        theme = current_theme()
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(theme.color("muted"))
        painter.drawText(QRectF(0, top, _NAME_WIDTH, _LINE), middle, name)
        painter.setPen(theme.color("text"))
        value = QRectF(self.width() - _VALUE_WIDTH, top, _VALUE_WIDTH, _LINE)
        painter.drawText(value, middle | Qt.AlignmentFlag.AlignRight, words)
        room = QRectF(_NAME_WIDTH, top, self.width() - _NAME_WIDTH - _VALUE_WIDTH - 8, _LINE)
        paint_bar(painter, room, share, theme.color("accent"), height=_BAR_HEIGHT)
