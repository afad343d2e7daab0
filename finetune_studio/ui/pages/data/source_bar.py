"""Where the data come from, what was found in one line, and the ways to change or reload them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QVBoxLayout, QWidget

from finetune_studio.events.data_words import target_words
from finetune_studio.events.descriptions import DataReport
from finetune_studio.project import wording
from finetune_studio.project.choices import Task
from finetune_studio.ui.pages.data.empty_view import FILE_FILTER
from finetune_studio.ui.widgets.buttons import quiet, secondary
from finetune_studio.ui.widgets.text import ElidedText, heading

_NOUNS = {Task.IMAGE: "picture", Task.TEXT: "text"}


def summary(report: DataReport) -> str:
    """What was found, as the side list says it: ``422 pictures, 7 labels``."""
    samples = wording.plural(report.samples, _NOUNS[report.task])
    return f"{samples}, {target_words(report)}"


class SourceBar(QWidget):
    """One line above everything else on the data page.

    Signals:
        path_chosen: the user chose another folder or file; carries its ``Path``.
        reload_requested: the data should be read again.
    """

    path_chosen = Signal(object)
    reload_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._summary = heading()
        self._path = ElidedText(tone="muted", mode=Qt.TextElideMode.ElideMiddle)
        self.reload_button = quiet("&Reload", "refresh")
        self.change_button = secondary("&Change", "folder")
        menu = QMenu(self.change_button)
        self.folder_action = menu.addAction("Choose a folder…")
        self.file_action = menu.addAction("Choose a file…")
        self.change_button.setMenu(menu)
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addWidget(self._summary)
        texts.addWidget(self._path)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(texts, 1)
        layout.addWidget(self.reload_button)
        layout.addWidget(self.change_button)
        self.reload_button.clicked.connect(self.reload_requested)
        self.folder_action.triggered.connect(self._on_folder_action)
        self.file_action.triggered.connect(self._on_file_action)

    @property
    def text(self) -> str:
        """The line that says what was found."""
        return self._summary.text()

    def show_source(self, path: str, report: DataReport | None) -> None:
        """Show the folder or file and, once it was read, what is in it."""
        self._summary.setText(summary(report) if report is not None else Path(path).name)
        kind = f"{report.kind.title_text} · " if report is not None else ""
        self._path.setText(f"{kind}{path}")

    def set_reload_enabled(self, enabled: bool) -> None:
        """While the data are being read they cannot be read again."""
        self.reload_button.setEnabled(enabled)

    def _on_folder_action(self) -> None:
        self._choose(QFileDialog.getExistingDirectory(self, "Choose a folder"))

    def _on_file_action(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Choose a file", "", FILE_FILTER)
        self._choose(path)

    def _choose(self, path: str) -> None:
        if path:
            self.path_chosen.emit(Path(path))
