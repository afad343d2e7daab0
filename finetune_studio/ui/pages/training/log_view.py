"""The last lines of a run's log, for those who want to see what the libraries printed."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QPlainTextEdit, QWidget

from finetune_studio.ui.theme import CAPTION_PX, current_theme

_TAIL_BYTES = 65_536
_HEIGHT = 132


class LogView(QPlainTextEdit):
    """The tail of a text file, read again when the file has grown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("detail")
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setFixedHeight(_HEIGHT)
        self.setAccessibleName("Log of the run")
        self.setPlaceholderText("Nothing was printed. Warnings of the libraries would stand here.")
        font = current_theme().font(CAPTION_PX)
        font.setFamilies(["monospace"])
        self.setFont(font)
        self._seen: tuple[Path, int, float] | None = None

    def show_file(self, path: Path) -> None:
        """Show the end of a file; nothing where there is none."""
        try:
            stat = path.stat()
        except OSError:
            self._seen = None
            self.setPlainText("")
            return
        seen = (path, stat.st_size, stat.st_mtime)
        if seen == self._seen:
            return
        self._seen = seen
        self.setPlainText(tail(path))
        bar = self.verticalScrollBar()
        bar.setValue(bar.maximum())


def tail(path: Path, most: int = _TAIL_BYTES) -> str:
    """The last ``most`` bytes of a text file, from the start of a line."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - most))
        raw = file.read(most)
    if size > most:
        raw = raw.partition(b"\n")[2]
    return raw.decode("utf-8", errors="replace").rstrip()
