"""How a table is read: its columns, its delimiter, its encoding; guesses are marked as such."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QVBoxLayout, QWidget

from finetune_studio.events.descriptions import ColumnDescription, DataReport
from finetune_studio.project.choices import Task
from finetune_studio.project.project import DataChoice
from finetune_studio.ui.widgets.card import Card
from finetune_studio.ui.widgets.text import caption, plain_tooltip

_DELIMITERS = {",": "Comma  ,", ";": "Semicolon  ;", "\t": "Tab", "|": "Bar  |"}
_ENCODINGS = (
    "utf-8",
    "utf-8-sig",
    "cp1252",
    "iso-8859-15",
    "utf-16",
    "cp1251",
    "shift_jis",
    "gb18030",
    "big5",
    "euc_kr",
)
_COLUMNS_A_ROW = 3
_NARROWEST = 96


@dataclass(frozen=True)
class _Option:
    """A field of `DataChoice` (and of `DataReport`), its heading, and its full name."""

    field: str
    title: str
    name: str


_LABEL = _Option("label_column", "Label", "Label column")
_TEXT = _Option("text_column", "Text", "Text column")
_IMAGE = _Option("image_column", "Picture", "Picture column")
_SPLIT = _Option("split_column", "Split", "Split column")
_DELIMITER = _Option("delimiter", "Delimiter", "Delimiter")
_ENCODING = _Option("encoding", "Encoding", "Encoding")
_OPTIONS = (_TEXT, _IMAGE, _LABEL, _SPLIT, _DELIMITER, _ENCODING)


class ReaderOptions(Card):
    """Combos for everything that was guessed about a table.

    Signals:
        option_chosen: the user decided one; carries the field of `DataChoice` and its value.
    """

    option_chosen = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("How it is read", parent=parent)
        self._fields = {option.field: _Field(option) for option in _OPTIONS}
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(8)
        self.body.addLayout(self._grid)
        self.body.addStretch(1)
        for field in self._fields.values():
            field.chosen.connect(self.option_chosen)

    def combo(self, field: str) -> QComboBox:
        """The combo of a field of `DataChoice`."""
        return self._fields[field].combo

    def mark(self, field: str) -> str:
        """What stands above a combo: its heading, and whether its value is a guess."""
        return self._fields[field].mark

    def show_options(self, choice: DataChoice, report: DataReport) -> None:
        """Show how a table was read."""
        picture = report.task is Task.IMAGE
        shown = [_IMAGE if picture else _TEXT, _LABEL, _SPLIT]
        if report.delimiter:
            shown += [_DELIMITER, _ENCODING]
        self._arrange(shown)
        for option in shown:
            current = getattr(report, option.field)
            decided = getattr(choice, option.field)
            self._fields[option.field].show_values(
                _values(option, report, current), current, is_guess=not decided
            )

    def _arrange(self, shown: list[_Option]) -> None:
        for place, option in enumerate(shown):
            field = self._fields[option.field]
            self._grid.addWidget(field, place // _COLUMNS_A_ROW, place % _COLUMNS_A_ROW)
        for option in _OPTIONS:
            self._fields[option.field].setVisible(option in shown)


class _Field(QWidget):
    chosen = Signal(str, str)

    def __init__(self, option: _Option) -> None:
        super().__init__()
        self._option = option
        self._title = caption(option.title)
        self.combo = QComboBox()
        self.combo.setAccessibleName(option.name)
        self.combo.setToolTip(option.name)
        self.combo.setMinimumWidth(_NARROWEST)
        self.combo.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.combo.activated.connect(self._on_activated)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._title)
        layout.addWidget(self.combo)

    @property
    def mark(self) -> str:
        return self._title.text()

    def show_values(
        self, values: list[tuple[str, str, str]], current: str, *, is_guess: bool
    ) -> None:
        """Show ``(value, words, tooltip)`` triples, of which ``current`` is in force."""
        guessed = is_guess and bool(current)
        self._title.setText(f"{self._option.title} · guessed" if guessed else self._option.title)
        self.combo.setAccessibleDescription("guessed" if guessed else "")
        with QSignalBlocker(self.combo):
            self.combo.clear()
            for value, words, tooltip in values:
                self.combo.addItem(words, value)
                row = self.combo.count() - 1
                self.combo.setItemData(row, tooltip, Qt.ItemDataRole.ToolTipRole)
            self.combo.setCurrentIndex(self.combo.findData(current))

    def _on_activated(self, row: int) -> None:
        self.chosen.emit(self._option.field, str(self.combo.itemData(row)))


def _values(option: _Option, report: DataReport, current: str) -> list[tuple[str, str, str]]:
    if option is _DELIMITER:
        words = dict(_DELIMITERS)
        words.setdefault(current, repr(current))
        return [(value, title, "") for value, title in words.items()]
    if option is _ENCODING:
        names = list(_ENCODINGS)
        if current not in names:
            names.insert(0, current)
        return [(name, name.upper().replace("_", "-"), "") for name in names]
    columns = [(column.name, column.name, _examples(column)) for column in report.columns]
    return columns if current else [("", "None", ""), *columns]


def _examples(column: ColumnDescription) -> str:
    """A few values of a column, as a tooltip that shows them letter by letter."""
    shown = ", ".join(f"“{example}”" for example in column.examples)
    return plain_tooltip(f"{column.distinct:,} different values: {shown}")
