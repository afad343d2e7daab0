"""A segmented switch: two to five ways to look at the same thing, one in force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QWidget

from finetune_studio.ui.widgets.buttons import Button, plain_caption
from finetune_studio.ui.widgets.text import plain_tooltip


@dataclass(frozen=True)
class Option:
    """One segment: the key that is emitted, what is written on it, and what is told on hover."""

    key: str
    text: str
    icon: str = ""
    help: str = ""


class Segmented(QFrame):
    """A row of segments of which exactly one is in force; the arrow keys move along.

    Signals:
        chosen: the user took another segment; carries its key.
    """

    chosen = Signal(str)

    def __init__(
        self, options: Sequence[Option], accessible_name: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("segments")
        self.setAccessibleName(accessible_name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._options = tuple(options)
        self._buttons = [self._button(option, accessible_name) for option in options]
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2, 2, 2, 2)
        layout.setSpacing(2)
        for button in self._buttons:
            layout.addWidget(button)
        self._index = 0
        self._mark(0)

    @property
    def key(self) -> str:
        """The key of the segment in force."""
        return self._options[self._index].key

    def choose(self, key: str) -> None:
        """Put a segment in force without saying so."""
        self._mark(next(i for i, option in enumerate(self._options) if option.key == key))

    def set_option_enabled(self, key: str, enabled: bool, reason: str = "") -> None:
        """Allow or forbid a segment; the reason is told on hover."""
        for option, button in zip(self._options, self._buttons, strict=True):
            if option.key == key:
                button.setEnabled(enabled)
                button.setToolTip(plain_tooltip(option.help if enabled else reason))

    def set_option_visible(self, key: str, visible: bool) -> None:
        """Offer a segment or leave it out."""
        for option, button in zip(self._options, self._buttons, strict=True):
            if option.key == key:
                button.setVisible(visible)

    def _button(self, option: Option, group_name: str) -> Button:
        button = Button(plain_caption(option.text), kind="quiet", icon=option.icon)
        button.setCheckable(True)
        button.setToolTip(plain_tooltip(option.help))
        button.setAccessibleName(f"{group_name}: {option.text}")
        button.installEventFilter(self)
        button.clicked.connect(self._on_clicked)
        return button

    def _mark(self, index: int) -> None:
        self._index = index
        for i, button in enumerate(self._buttons):
            button.setChecked(i == index)
            button.setFocusPolicy(
                Qt.FocusPolicy.StrongFocus if i == index else Qt.FocusPolicy.ClickFocus
            )
        if any(button.hasFocus() for button in self._buttons):
            self._buttons[index].setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_clicked(self) -> None:
        before, sender = self._index, self.sender()
        self._mark(next(i for i, button in enumerate(self._buttons) if button is sender))
        if self._index != before:
            self.chosen.emit(self.key)

    def _step(self, by: int) -> None:
        places = range(self._index + by, len(self._buttons) if by > 0 else -1, by)
        target = next((i for i in places if self._can_be_taken(i)), None)
        if target is not None:
            self._buttons[target].setFocus(Qt.FocusReason.OtherFocusReason)
            self._buttons[target].click()

    def _can_be_taken(self, index: int) -> bool:
        button = self._buttons[index]
        return button.isEnabled() and not button.isHidden()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Up):
                self._step(-1)
                return True
            if event.key() in (Qt.Key.Key_Right, Qt.Key.Key_Down):
                self._step(1)
                return True
        return super().eventFilter(watched, event)
