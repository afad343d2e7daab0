"""Text on the screen. Every label of the window is made here, so that all of it is plain text."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from finetune_studio.ui.theme import (
    BIG_PX,
    BODY_PX,
    CAPTION_PX,
    EMPHASIS_PX,
    TITLE_PX,
    current_theme,
    tabular,
)


class Text(QLabel):
    """A label that shows what it is given letter by letter: no markup, no links."""

    def __init__(
        self,
        text: str = "",
        *,
        px: int = BODY_PX,
        strong: bool = False,
        tone: str = "text",
        wrap: bool = False,
        selectable: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(current_theme().font(px, strong=strong))
        self.setWordWrap(wrap)
        if selectable:
            self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setProperty("tone", tone)
        self.setText(text)

    def setText(self, text: str) -> None:
        """Show a text; no line ends between a number and its sign."""
        self._text = text
        super().setText(text.replace(" %", "\u00a0%").replace("± ", "±\u00a0"))

    def text(self) -> str:
        """What it was given."""
        return self._text

    @property
    def tone(self) -> str:
        """The colour role of the text."""
        return str(self.property("tone"))

    def set_tone(self, tone: str) -> None:
        """Say it in another colour: ``text muted accent good warning problem on_accent``."""
        if tone == self.tone:
            return
        self.setProperty("tone", tone)
        self.style().unpolish(self)
        self.style().polish(self)


class ElidedText(Text):
    """One line that shortens itself to the room there is, and tells the whole on hover.

    With ``ElideNone`` it is shown whole or not at all.
    """

    def __init__(
        self,
        text: str = "",
        *,
        px: int = BODY_PX,
        strong: bool = False,
        tone: str = "text",
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, px=px, strong=strong, tone=tone, parent=parent)
        self._mode = mode
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    @property
    def shown_text(self) -> str:
        """What is left of the text at the present width."""
        one_line = " ".join(self.text().split())
        metrics, room = QFontMetrics(self.font()), self.contentsRect().width()
        if self._mode is Qt.TextElideMode.ElideNone:
            return one_line if metrics.horizontalAdvance(one_line) <= room else ""
        return metrics.elidedText(one_line, self._mode, room)

    def minimumSizeHint(self) -> QSize:
        return QSize(min(40, super().sizeHint().width()), super().sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.style().drawItemText(
            painter,
            self.contentsRect(),
            int(self.alignment() | Qt.TextFlag.TextSingleLine),
            self.palette(),
            self.isEnabled(),
            self.shown_text,
            self.foregroundRole(),
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._tell_whole()

    def setText(self, text: str) -> None:
        super().setText(text)
        if hasattr(self, "_mode"):
            self._tell_whole()

    def _tell_whole(self) -> None:
        self.setToolTip(plain_tooltip(self.text()) if self.shown_text != self.text() else "")


def plain_tooltip(text: str) -> str:
    """A tooltip that shows a text letter by letter; Qt would take markup in it for markup."""
    return f'<p style="white-space: pre-wrap">{escape(text)}</p>' if text else ""


def title(text: str = "", *, tone: str = "text") -> Text:
    """The name of a page."""
    return Text(text, px=TITLE_PX, strong=True, tone=tone)


def heading(text: str = "", *, tone: str = "text", wrap: bool = False) -> Text:
    """The name of a card or a group."""
    return Text(text, px=EMPHASIS_PX, strong=True, tone=tone, wrap=wrap)


def body(text: str = "", *, tone: str = "text", wrap: bool = False, strong: bool = False) -> Text:
    """Ordinary text."""
    return Text(text, tone=tone, wrap=wrap, strong=strong)


def muted(text: str = "", *, wrap: bool = False) -> Text:
    """Ordinary text that stays in the background."""
    return Text(text, tone="muted", wrap=wrap)


def caption(text: str = "", *, tone: str = "muted", wrap: bool = False) -> Text:
    """Small text below or beside something."""
    return Text(text, px=CAPTION_PX, tone=tone, wrap=wrap)


def number(text: str = "", *, px: int = BODY_PX, strong: bool = False, tone: str = "text") -> Text:
    """A number, in figures of equal width."""
    result = Text(text, px=px, strong=strong, tone=tone)
    result.setFont(tabular(result.font()))
    return result


def big_number(text: str = "", *, tone: str = "text") -> Text:
    """The one number of a page that is read from across the room."""
    return number(text, px=BIG_PX, strong=True, tone=tone)
