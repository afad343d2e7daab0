"""The data page before there are data: a place to drop them, and what is understood."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QFont, QFontDatabase
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from finetune_studio.project.choices import Task
from finetune_studio.ui.theme import CAPTION_PX
from finetune_studio.ui.widgets.card import Card
from finetune_studio.ui.widgets.drop_zone import DropZone
from finetune_studio.ui.widgets.dropped import too_many
from finetune_studio.ui.widgets.text import caption, muted

FILE_FILTER = "Tables (*.csv *.tsv *.jsonl *.parquet);;All files (*)"

# A title, how it lies on disk, and a sentence, for what each task understands.
_PICTURE_LAYOUTS = (
    (
        "One folder a label",
        "photos/\n  cat/   0001.jpg …\n  dog/   0001.jpg …",
        "The folder's name is the label.",
    ),
    (
        "Already divided",
        "photos/\n  train/  cat/  dog/\n  test/   cat/  dog/",
        "Your own train, val and test folders are kept.",
    ),
    (
        "A table of paths",
        "image,label\ncat/0001.jpg,cat\ndog/0001.jpg,dog",
        "CSV, TSV, JSONL or Parquet beside the pictures.",
    ),
)
_TEXT_LAYOUTS = (
    (
        "A table",
        "text,label\nArrived in two days,good\nBroke after a week,bad",
        "CSV, TSV, JSONL, Parquet or a folder saved by datasets; columns are found for you.",
    ),
    (
        "One folder a label",
        "letters/\n  praise/     01.txt …\n  complaint/  01.txt …",
        "One .txt file a text; the folder's name is the label.",
    ),
    (
        "Already divided",
        "text,label,split\nArrived in two days,good,train\nFine so far,good,test",
        "A split column, or train, val and test folders, is kept.",
    ),
)
_LAYOUTS = {Task.IMAGE: _PICTURE_LAYOUTS, Task.TEXT: _TEXT_LAYOUTS}
_DROP_TITLES = {
    Task.IMAGE: "Drop a folder of pictures or a table here",
    Task.TEXT: "Drop a table or a folder of texts here",
}
_DROP_CAPTION = "Your data stay where they are and are never changed."


class EmptyView(QWidget):
    """Takes a folder or a table.

    Signals:
        path_chosen: the user dropped or chose a ``Path``.
    """

    path_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.drop_zone = DropZone("", _DROP_CAPTION, file_filter=FILE_FILTER)
        self.drop_zone.paths_dropped.connect(self._on_paths_dropped)
        self._notice = muted(wrap=True)
        self._notice.set_tone("warning")
        self._notice.hide()
        self._layouts = QHBoxLayout()
        self._layouts.setSpacing(16)
        self._task: Task | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self.drop_zone, 1)
        layout.addWidget(self._notice)
        layout.addWidget(caption("What is understood"))
        layout.addLayout(self._layouts)
        self.show_task(Task.IMAGE)

    @property
    def notice(self) -> str:
        """Why the last drop was not taken; empty when it was."""
        return self._notice.text()

    def show_task(self, task: Task) -> None:
        """Say what is understood for pictures or for texts."""
        if task is self._task:
            return
        self._task = task
        self.drop_zone.set_texts(_DROP_TITLES[task], _DROP_CAPTION)
        while (item := self._layouts.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.hide()
                old.deleteLater()
        for title, picture, sentence in _LAYOUTS[task]:
            self._layouts.addWidget(_layout_card(title, picture, sentence), 1)

    def _on_paths_dropped(self, paths: tuple[Path, ...]) -> None:
        several = len(paths) > 1
        self._notice.setText(too_many(len(paths)) if several else "")
        self._notice.setVisible(several)
        if not several:
            self.path_chosen.emit(paths[0])


def _layout_card(title: str, picture: str, sentence: str) -> Card:
    card = Card(title)
    drawn = caption(picture)
    drawn.setFont(_mono_font())
    card.body.addWidget(drawn)
    card.body.addWidget(caption(sentence, wrap=True))
    card.body.addStretch(1)
    return card


def _mono_font() -> QFont:
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setPixelSize(CAPTION_PX)
    return font
