"""Which columns of a table of earlier data are read, and how its cells are told apart."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from finetune_studio.events.descriptions import EarlierTable
from finetune_studio.project.choices import Task
from finetune_studio.project.project import EarlierChoice
from finetune_studio.ui.pages.data.reader_field import (
    ReaderField,
    ReaderOption,
    columns,
    delimiters,
)

_CONTENT = {
    Task.TEXT: ReaderOption("text_column", "Text", "Text column of the earlier data"),
    Task.IMAGE: ReaderOption("image_column", "Picture", "Picture column of the earlier data"),
}
_LABEL = ReaderOption("label_column", "Label", "Label column of the earlier data")
_DELIMITER = ReaderOption("delimiter", "Delimiter", "Delimiter of the earlier data")
_WIDTH = 160  # in pixels


class EarlierColumns(QWidget):
    """A row of combos.

    Signals:
        chosen: a field of `EarlierChoice` and its new value.
    """

    chosen = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.content = {task: ReaderField(option) for task, option in _CONTENT.items()}
        self.label = ReaderField(_LABEL)
        self.delimiter = ReaderField(_DELIMITER)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        for field in (*self.content.values(), self.label, self.delimiter):
            field.setFixedWidth(_WIDTH)
            field.chosen.connect(self.chosen)
            row.addWidget(field)
        row.addStretch(1)

    def show_table(self, choice: EarlierChoice, table: EarlierTable, task: Task) -> None:
        """Show how a table was read, and what of that was guessed."""
        for one, field in self.content.items():
            field.setVisible(one is task)
        decided = choice.image_column if task is Task.IMAGE else choice.text_column
        for field, current, is_decided in (
            (self.content[task], table.content_column, bool(decided)),
            (self.label, table.label_column, bool(choice.label_column)),
        ):
            values = columns(table.columns, may_lack=not current)
            field.show_values(values, current, is_guess=not is_decided)
        self.delimiter.setVisible(bool(table.delimiter))
        self.delimiter.show_values(
            delimiters(table.delimiter), table.delimiter, is_guess=not choice.delimiter
        )
