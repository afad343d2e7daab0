"""How data are read: what a sample has; of a table its columns, its delimiter, its encoding.

Guesses are marked as such.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QWidget

from finetune_studio.events.descriptions import DataReport
from finetune_studio.project.choices import DataKind, Target, Task
from finetune_studio.project.project import DataChoice
from finetune_studio.project.target import AS_LIST
from finetune_studio.ui.pages.data.label_columns import LabelColumns, UnitField
from finetune_studio.ui.pages.data.reader_field import (
    ReaderField,
    ReaderOption,
    columns,
    delimiters,
)
from finetune_studio.ui.widgets.card import Card

_SEPARATORS = {"|": "Bar  |", ";": "Semicolon  ;", ",": "Comma  ,", AS_LIST: 'A list  ["a", "b"]'}
# What file systems let stand in the name of a folder.
_IN_NAMES = {"+": "Plus  +", "&": "And  &", ",": "Comma  ,", ";": "Semicolon  ;", "_": "Line  _"}
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


_LABEL = ReaderOption("label_column", "Label", "Label column")
_NUMBER = ReaderOption("label_column", "Number", "Column of the number")
_TARGET = ReaderOption("target", "A sample has", "What is learned of each sample")
_SEPARATOR = ReaderOption("label_separator", "Between labels", "What stands between labels")
_TEXT = ReaderOption("text_column", "Text", "Text column")
_IMAGE = ReaderOption("image_column", "Picture", "Picture column")
_SPLIT = ReaderOption("split_column", "Split", "Split column")
_DELIMITER = ReaderOption("delimiter", "Delimiter", "Delimiter")
_ENCODING = ReaderOption("encoding", "Encoding", "Encoding")
_OPTIONS = (_TEXT, _IMAGE, _TARGET, _LABEL, _SEPARATOR, _SPLIT, _DELIMITER, _ENCODING)


class ReaderOptions(Card):
    """Combos for everything that was guessed about data.

    Signals:
        option_chosen: the user decided one; carries the field of `DataChoice` and its value.
    """

    option_chosen = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("How it is read", parent=parent)
        self._fields = {option.field: ReaderField(option) for option in _OPTIONS}
        self.columns = LabelColumns()
        self.unit = UnitField()
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(8)
        self.body.addLayout(self._grid)
        self.body.addStretch(1)
        for field in self._fields.values():
            field.chosen.connect(self.option_chosen)
        self.columns.chosen.connect(self.option_chosen)
        self.unit.chosen.connect(self.option_chosen)

    def combo(self, field: str) -> QComboBox:
        """The combo of a field of `DataChoice`."""
        return self._fields[field].combo

    def mark(self, field: str) -> str:
        """What stands above a combo: its heading, and whether its value is a guess."""
        return self._fields[field].mark

    def show_options(self, choice: DataChoice, report: DataReport) -> None:
        """Show how data were read."""
        shown = _shown(report)
        self._arrange(shown, report)
        for option in shown:
            current = _current(option, report)
            decided = getattr(choice, option.field)
            field = self._fields[option.field]
            field.show_title(option)
            # That a folder is a label was never in doubt.
            sure = option is _TARGET and report.kind is not DataKind.TABLE
            is_guess = not (decided or sure)
            field.show_values(_values(option, report, current), current, is_guess=is_guess)
        names = [column.name for column in report.columns]
        self.columns.show_columns(names, report.target.columns, decided=choice.label_columns)
        self.unit.show_unit(report.target.unit, decided=bool(choice.number_unit))

    def _arrange(self, shown: list[ReaderOption], report: DataReport) -> None:
        fields: list[QWidget] = [self._fields[option.field] for option in shown]
        after = fields.index(self._fields[_TARGET.field]) + 1
        kind, is_table = report.target.kind, report.kind is DataKind.TABLE
        if kind is Target.LABELS and is_table:
            fields.insert(after, self.columns)
        if kind is Target.NUMBER:
            fields.insert(after + is_table, self.unit)
        for place, field in enumerate(fields):
            self._grid.addWidget(field, place // _COLUMNS_A_ROW, place % _COLUMNS_A_ROW)
        for field in (*self._fields.values(), self.columns, self.unit):
            field.setVisible(field in fields)


def _shown(report: DataReport) -> list[ReaderOption]:
    """The options there are for some data."""
    target, several = report.target, report.target.kind is Target.LABELS
    if report.kind is not DataKind.TABLE:
        return [_TARGET, _SEPARATOR] if several else [_TARGET]
    shown = [_IMAGE if report.task is Task.IMAGE else _TEXT, _TARGET]
    if not target.columns:
        shown.append(_NUMBER if target.kind is Target.NUMBER else _LABEL)
        if several:
            shown.append(_SEPARATOR)
    shown.append(_SPLIT)
    return [*shown, _DELIMITER, _ENCODING] if report.delimiter else shown


def _current(option: ReaderOption, report: DataReport) -> str:
    if option is _TARGET:
        return report.target.kind.value
    return report.target.separator if option is _SEPARATOR else getattr(report, option.field)


def _values(option: ReaderOption, report: DataReport, current: str) -> list[tuple[str, str, str]]:
    if option is _TARGET:
        return [(one.value, one.title_text, one.help_text) for one in Target]
    if option is _SEPARATOR:
        separators = dict(_SEPARATORS if report.kind is DataKind.TABLE else _IN_NAMES)
        separators.setdefault(current, repr(current) if current else "Nothing")
        return [(value, title, "") for value, title in separators.items()]
    if option is _DELIMITER:
        return delimiters(current)
    if option is _ENCODING:
        names = list(_ENCODINGS)
        if current not in names:
            names.insert(0, current)
        return [(name, name.upper().replace("_", "-"), "") for name in names]
    return columns(report.columns, may_lack=not current)
