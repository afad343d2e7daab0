"""Buttons: one primary a page, secondary ones, quiet ones, and bare icons."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPushButton, QWidget

from finetune_studio.ui.icons import icon as themed_icon
from finetune_studio.ui.theme import current_theme

_ICON_PX = 16
_ICON_ROLES = {
    "primary": "on_accent",
    "secondary": "text",
    "quiet": "muted",
    "link": "accent",
    "icon": "muted",
    "chip": "accent",
}


class Button(QPushButton):
    """A button of one of our kinds; Enter presses it as Space does."""

    def __init__(
        self,
        text: str = "",
        *,
        kind: str = "secondary",
        icon: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self.setProperty("kind", kind)
        self.setFont(current_theme().font(strong=kind == "primary"))
        self.setIconSize(QSize(_ICON_PX, _ICON_PX))
        self.setAutoDefault(False)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._kind = kind
        self._icon_name = icon
        self._idle_text = text
        self._busy = False
        self.set_icon(icon)

    @property
    def busy(self) -> bool:
        """Whether the work this button started is still under way."""
        return self._busy

    def set_icon(self, name: str) -> None:
        """Show another icon; none when the name is empty."""
        self._icon_name = name
        if name:
            self.setIcon(themed_icon(name, _ICON_ROLES[self._kind]))

    def set_busy(self, busy: bool, text: str = "") -> None:
        """While busy the button is off and may say what it waits for ("Checking")."""
        if busy == self._busy:
            return
        self._busy = busy
        if busy:
            self._idle_text = self.text()
            self.setText(text or f"{self._idle_text} …")
        else:
            self.setText(self._idle_text)
        self.setEnabled(not busy)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)


def primary(text: str, icon: str = "") -> Button:
    """The one button that leads on."""
    return Button(text, kind="primary", icon=icon)


def secondary(text: str, icon: str = "") -> Button:
    """Any other button."""
    return Button(text, kind="secondary", icon=icon)


def quiet(text: str, icon: str = "") -> Button:
    """A button without a frame, for what is seldom needed."""
    return Button(text, kind="quiet", icon=icon)


def link(text: str, icon: str = "") -> Button:
    """A button that looks like a word in the text, for what unfolds below it."""
    return Button(text, kind="link", icon=icon)


def plain_caption(text: str) -> str:
    """A button text in which an ampersand of the user's is only that, and no shortcut."""
    return text.replace("&", "&&")


def icon_button(icon: str, accessible_name: str, *, checkable: bool = False) -> Button:
    """A button that is only an icon; its name is what a screen reader and the tooltip say."""
    result = Button(kind="icon", icon=icon)
    result.setAccessibleName(accessible_name)
    result.setToolTip(accessible_name)
    result.setCheckable(checkable)
    return result
