"""What takes a while: what is being done, how far it is, how long it takes, and Cancel."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from finetune_studio.project import wording
from finetune_studio.ui.widgets.buttons import secondary
from finetune_studio.ui.widgets.progress_bar import ProgressBar
from finetune_studio.ui.widgets.text import ElidedText, number

_RESOLUTION = 1000
_ALL_BUT_DONE = 0.995  # is called 100 %


class BusyBar(QWidget):
    """A line of words, a thin bar, the time left and a way out; hidden while nothing runs.

    A ``narrow`` one, for side columns, puts the way out below.

    Signals:
        cancel_requested: the user does not want to wait.
    """

    cancel_requested = Signal()

    def __init__(self, parent: QWidget | None = None, *, narrow: bool = False) -> None:
        super().__init__(parent)
        self._text = ElidedText()
        self._left = number(tone="muted")
        self._bar = ProgressBar()
        self.cancel_button = secondary("Cancel")
        self.cancel_button.clicked.connect(self.cancel_requested)
        self._build(narrow=narrow)
        self.clear()

    @property
    def text(self) -> str:
        """What is being done; empty while nothing is."""
        return "" if self.isHidden() else self._text.text()

    def show_progress(
        self, text: str, done: float, total: float, seconds_left: float | None = None
    ) -> None:
        """Show how much of a known whole is done, and the time left in seconds if known."""
        fraction = done / total if total > 0 else 0.0
        self._bar.setRange(0, _RESOLUTION)
        self._bar.show_value(round(fraction * _RESOLUTION))
        parts = [wording.share(fraction, 0)]
        if seconds_left is not None and fraction < _ALL_BUT_DONE:
            parts.append(wording.eta(seconds_left))
        self._show_words(text, ", ".join(parts))

    def show_busy(self, text: str) -> None:
        """Show that something is under way whose end is not known."""
        self._bar.setRange(0, 0)
        self._show_words(text, "")

    def clear(self) -> None:
        """Nothing is under way any more."""
        self._bar.setRange(0, _RESOLUTION)
        if self.cancel_button.hasFocus():
            self.cancel_button.clearFocus()  # else whatever comes next would light up
        self.hide()

    def _build(self, *, narrow: bool) -> None:
        words = QVBoxLayout() if narrow else QHBoxLayout()
        words.setSpacing(2 if narrow else 8)
        words.addWidget(self._text, 1)
        words.addWidget(self._left)
        column = QVBoxLayout()
        column.setSpacing(6)
        column.addLayout(words)
        column.addWidget(self._bar)
        layout = QVBoxLayout(self) if narrow else QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12 if narrow else 16)
        layout.addLayout(column, 1)
        layout.addWidget(self.cancel_button)

    def _show_words(self, text: str, left: str) -> None:
        self._text.setText(text)
        self._left.setText(left)
        self._bar.setAccessibleName(text)
        self._bar.setAccessibleDescription(left)
        self.show()
