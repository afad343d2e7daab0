"""Texts before and after, as one: what goes is struck through, what comes is underlined.

Everything is drawn letter by letter from spans. Nothing in a text is ever taken for markup.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QTextCharFormat,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from finetune_studio.events.differences import Change, Span, TextDifference
from finetune_studio.ui.theme import BODY_PX, CAPTION_PX, current_theme

_PAD_X, _PAD_Y, _GAP = 12, 8, 4
_SKIPPED = " … "
# What has no shape of its own gets one where it goes or comes.
_SHOWN = str.maketrans(
    {"\n": "↵", "\r": "↵", "\t": "⇥", "\u200b": "·", "\u00ad": "·", "\u2060": "·", "\ufeff": "·"}
)
_LINE_BREAKS = str.maketrans({"\n": " ", "\r": " ", "\u2028": " ", "\u2029": " "})
_EMPTIED = "nothing is left"


class DifferenceRow(QWidget):
    """One text, and where it stands."""

    def __init__(self, text: TextDifference, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.difference = text
        self._shown = [(span.change, shown_as(span)) for span in text.spans]
        self._layout = QTextLayout()
        self._height = 0.0
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(in_words(text))
        self._lay_out(self.width())
        current_theme().changed.connect(self._on_theme_changed)

    @property
    def shown_text(self) -> str:
        """What is drawn, without how."""
        return "".join(text for _, text in self._shown)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        self._lay_out(width)
        return round(
            self._height + 2 * _PAD_Y + _GAP + current_theme().font(CAPTION_PX).pixelSize() * 1.4
        )

    def sizeHint(self) -> QSize:
        width = max(self.width(), 200)
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.heightForWidth(max(self.width(), 120)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out(self.width())
        self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        self._lay_out(self.width())
        painter = QPainter(self)
        painter.setPen(theme.color("text"))
        self._layout.draw(painter, QPointF(_PAD_X, _PAD_Y))
        painter.setFont(theme.font(CAPTION_PX))
        painter.setPen(theme.color("warning" if self.difference.emptied else "muted"))
        top = _PAD_Y + self._height + _GAP
        area = QRectF(_PAD_X, top, self.width() - 2 * _PAD_X, self.height() - top)
        painter.drawText(area, int(Qt.AlignmentFlag.AlignLeft), self._place())
        painter.setPen(QPen(theme.color("border"), 1))
        painter.drawLine(0, self.height() - 1, self.width(), self.height() - 1)

    def _place(self) -> str:
        parts = [self.difference.label, self.difference.where]
        if self.difference.emptied:
            parts.insert(0, _EMPTIED)
        return " · ".join(part.translate(_LINE_BREAKS) for part in parts if part)

    def _lay_out(self, width: int) -> None:
        self._layout = QTextLayout(self.shown_text, current_theme().font(BODY_PX))
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self._layout.setTextOption(option)
        self._layout.setFormats(self._formats())
        self._layout.beginLayout()
        self._height = 0.0
        while (line := self._layout.createLine()).isValid():
            line.setLineWidth(max(40, width - 2 * _PAD_X))
            line.setPosition(QPointF(0, self._height))
            self._height += line.height()
        self._layout.endLayout()

    def _formats(self) -> list[QTextLayout.FormatRange]:
        ranges, start = [], 0
        for change, text in self._shown:
            one = QTextLayout.FormatRange()
            one.start, one.length = start, _units(text)
            one.format = _format(change)
            start += one.length
            ranges.append(one)
        return ranges

    def _on_theme_changed(self) -> None:
        self.update()


class DifferenceList(QScrollArea):
    """Texts below each other."""

    def __init__(self, accessible_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._texts: tuple[TextDifference, ...] = ()
        self._rows: tuple[DifferenceRow, ...] = ()
        self._content = QWidget()
        self._content.setObjectName("scroll-content")
        self._column = QVBoxLayout(self._content)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addStretch(1)
        self.setWidget(self._content)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(accessible_name)

    @property
    def rows(self) -> tuple[DifferenceRow, ...]:
        """The texts on show."""
        return self._rows

    def show_texts(self, texts: Sequence[TextDifference]) -> None:
        """Show these and no others; where the list stands stays."""
        if tuple(texts) == self._texts:
            return
        self._texts = tuple(texts)
        for row in self._rows:
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._rows = tuple(map(DifferenceRow, texts))
        for place, row in enumerate(self._rows):
            self._column.insertWidget(place, row)


def shown_as(span: Span) -> str:
    """What is drawn of a span."""
    if span.change is Change.SKIPPED:
        return _SKIPPED
    if span.change is Change.SAME:
        return span.text.translate(_LINE_BREAKS)
    return span.text.translate(_SHOWN).translate(_LINE_BREAKS)


def in_words(text: TextDifference) -> str:
    """What happens to a text, for those who hear it."""
    verbs = {Change.REMOVED: "removed", Change.ADDED: "added"}
    said = [
        f"{verbs[span.change]} “{shown_as(span)}”" for span in text.spans if span.change in verbs
    ]
    return f"{text.where}: {', '.join(said) or 'unchanged'}"


def _format(change: Change) -> QTextCharFormat:
    theme, found = current_theme(), QTextCharFormat()
    if change is Change.REMOVED:
        found.setFontStrikeOut(True)
        found.setForeground(theme.color("text"))
        found.setBackground(theme.tint("frozen", 0.25))
    elif change is Change.ADDED:
        found.setUnderlineStyle(QTextCharFormat.UnderlineStyle.SingleUnderline)
        found.setForeground(theme.color("text"))
        found.setBackground(theme.tint("trainable", 0.25))
    elif change is Change.SKIPPED:
        found.setForeground(theme.color("muted"))
    return found


def _units(text: str) -> int:
    """How long Qt takes a text to be: in UTF-16 units."""
    return len(text.encode("utf-16-le", errors="replace")) // 2
