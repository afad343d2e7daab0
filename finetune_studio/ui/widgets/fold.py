"""A fold: a heading that shows or hides what lies under it, and remembers which."""

from __future__ import annotations

from PySide6.QtCore import QSettings, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from finetune_studio import places
from finetune_studio.ui.widgets.buttons import quiet


class Fold(QWidget):
    """A heading with a chevron over ``body``; folded at first.

    With ``remember`` (a name unique in the window) the next window opens as this one was left.

    Signals:
        toggled: the user opened (True) or folded (False) it.
    """

    toggled = Signal(bool)

    def __init__(self, title: str, remember: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._remember = remember
        self._is_open = False
        self.button = quiet(title, "chevron-right")
        self.button.clicked.connect(self._on_clicked)
        self.content = QWidget()
        self.body = QVBoxLayout(self.content)
        self.body.setContentsMargins(0, 0, 0, 0)
        head = QHBoxLayout()
        head.addWidget(self.button)
        head.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(head)
        layout.addWidget(self.content, 1)
        self.set_open(self._remembered())

    @property
    def is_open(self) -> bool:
        """Whether what lies under it is shown."""
        return self._is_open

    def set_title(self, title: str) -> None:
        """Rename it."""
        self.button.setText(title)

    def set_open(self, is_open: bool) -> None:
        """Show or hide what lies under it, silently."""
        self._is_open = is_open
        self.content.setVisible(is_open)
        self.button.set_icon("chevron-down" if is_open else "chevron-right")
        self.button.setAccessibleDescription("Shown" if is_open else "Folded away")

    def set_revealed(self, *, is_revealed: bool) -> None:
        """Show what lies under it without a heading, as one whole with what stands above."""
        self.button.setVisible(not is_revealed)
        self.content.setVisible(is_revealed or self._is_open)

    def _on_clicked(self) -> None:
        self.set_open(not self.is_open)
        if self._remember:
            _memory().setValue(f"folds/{self._remember}", self.is_open)
        self.toggled.emit(self.is_open)

    def _remembered(self) -> bool:
        return bool(self._remember) and bool(
            _memory().value(f"folds/{self._remember}", False, type=bool)
        )


def _memory() -> QSettings:
    return QSettings(str(places.home() / "window.ini"), QSettings.Format.IniFormat)
