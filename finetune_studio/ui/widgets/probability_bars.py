"""What a model thinks of one sample: the likeliest labels with their probabilities."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from finetune_studio.project import wording
from finetune_studio.ui.icons import paint_icon
from finetune_studio.ui.theme import current_theme
from finetune_studio.ui.widgets.bars import paint_bar

_ROW_HEIGHT = 42
_ICON_PX = 14


class ProbabilityBars(QWidget):
    """The likeliest labels, likeliest first; the true one, where known, carries a check."""

    def __init__(self, most: int = 5, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._most = most
        self._rows: list[tuple[str, float]] = []
        self._truth = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Probabilities")

    @property
    def rows(self) -> tuple[tuple[str, float], ...]:
        """The labels on show with their probabilities, likeliest first."""
        return tuple(self._rows)

    def show_probabilities(
        self, probabilities: Sequence[tuple[str, float]], truth: str = ""
    ) -> None:
        """Show labels with their probabilities (0 to 1), and mark the true label if known."""
        ordered = sorted(probabilities, key=lambda pair: -pair[1])
        self._rows = ordered[: self._most]
        self._truth = truth
        words = (f"{label} {wording.share(share)}" for label, share in self._rows)
        self.setAccessibleDescription(", ".join(words))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(280, _ROW_HEIGHT * max(1, len(self._rows)))

    def minimumSizeHint(self) -> QSize:
        return QSize(140, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        for i, (label, share) in enumerate(self._rows):
            area = QRectF(0, i * _ROW_HEIGHT, self.width(), _ROW_HEIGHT)
            self._paint_row(painter, area, label, share, is_first=i == 0)

    def _paint_row(
        self, painter: QPainter, area: QRectF, label: str, share: float, *, is_first: bool
    ) -> None:
        theme = current_theme()
        words = area.adjusted(0, 2, 0, -18)
        painter.setFont(theme.number_font(strong=is_first))
        painter.setPen(theme.color("text" if is_first else "muted"))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(words, right, wording.share(share))
        room = round(words.width() - 72)
        if label == self._truth:
            mark = QRectF(0, words.center().y() - _ICON_PX / 2, _ICON_PX, _ICON_PX)
            paint_icon(painter, "check", mark, theme.color("good"))
            words = words.adjusted(_ICON_PX + 6, 0, 0, 0)
            room -= _ICON_PX + 6
        font = theme.font(strong=is_first)
        painter.setFont(font)
        painter.setPen(theme.color("text"))
        name = QFontMetrics(font).elidedText(label, Qt.TextElideMode.ElideRight, room)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, name)
        color = theme.color("accent") if is_first else theme.tint("accent", 0.55)
        paint_bar(painter, area.adjusted(0, 24, 0, -8), share, color)
