"""Where the export goes: a path that can be typed or chosen, and what stands there already."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from finetune_studio.ui.widgets.buttons import secondary
from finetune_studio.ui.widgets.text import caption

# The engine writes it into every export, and replaces only folders that hold one.
_CERTIFICATE = "certificate.json"


class FolderState(StrEnum):
    """What an export would find; the value is what is said of it."""

    FREE = "The folder will be made."
    EMPTY = "The folder is empty."
    EARLIER = "Replaces the export that is there."
    TAKEN = "This folder holds something else. Choose an empty or a new one."
    FILE = "There is a file in the way. Choose another folder."
    CLOSED = "This folder cannot be written to. Choose another."
    UNNAMED = "Choose a folder."

    @property
    def stands_in_the_way(self) -> bool:
        """Whether nothing can be exported there."""
        return self in (FolderState.TAKEN, FolderState.FILE, FolderState.CLOSED)


class FolderField(QWidget):
    """A path, a button that opens the system's dialog, and a line about what is there.

    Signals:
        folder_changed: the user typed or chose another; carries the path as text.
    """

    folder_changed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.path = QLineEdit()
        self.path.setAccessibleName("Folder to export into")
        self.choose_button = secondary("C&hoose", "folder")
        self.choose_button.setAccessibleName("Choose the folder to export into")
        self.line = caption()
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.path, 1)
        row.addWidget(self.choose_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(row)
        layout.addWidget(self.line)
        self.path.textEdited.connect(self._on_text_edited)
        self.choose_button.clicked.connect(self._on_choose_clicked)

    @property
    def folder(self) -> str:
        """The path as it stands there."""
        return self.path.text().strip()

    @property
    def state(self) -> FolderState:
        """What an export into it would find now."""
        return folder_state(self.folder)

    def show_folder(self, folder: str) -> None:
        """Show a path without saying so."""
        if folder != self.folder:
            self.path.setText(folder)
        self.refresh()

    def refresh(self) -> None:
        """Look again at what stands there."""
        state = self.state
        self.line.setText(state.value)
        self.line.set_tone("problem" if state.stands_in_the_way else "muted")

    def _on_text_edited(self) -> None:
        self.refresh()
        self.folder_changed.emit(self.folder)

    def _on_choose_clicked(self) -> None:
        start = _nearest_folder(self.folder)
        chosen = QFileDialog.getExistingDirectory(self, "Choose a folder to export into", start)
        if chosen:
            self.show_folder(chosen)
            self.folder_changed.emit(chosen)


def folder_state(folder: str) -> FolderState:
    """What an export into a folder would find."""
    path = Path(folder).expanduser()
    if not folder or not path.is_absolute():
        return FolderState.UNNAMED
    try:
        return _in_the_way(path) or _what_it_holds(path)
    except OSError:
        return FolderState.CLOSED


def _in_the_way(path: Path) -> FolderState | None:
    place = _nearest_existing(path)
    if not place.is_dir():
        return FolderState.FILE
    # A folder that is there is replaced by the export, so it is its parent that changes.
    changes = path.parent if place == path else place
    return None if os.access(changes, os.W_OK) else FolderState.CLOSED


def _what_it_holds(path: Path) -> FolderState:
    if not path.exists():
        return FolderState.FREE
    if not any(path.iterdir()):
        return FolderState.EMPTY
    return FolderState.EARLIER if (path / _CERTIFICATE).is_file() else FolderState.TAKEN


def _nearest_existing(path: Path) -> Path:
    return next(place for place in (path, *path.parents) if place.exists())


def _nearest_folder(folder: str) -> str:
    path = Path(folder).expanduser()
    return str(next((place for place in (path, *path.parents) if place.is_dir()), Path.home()))
