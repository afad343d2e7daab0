"""One thing that is guessed about a table, in a combo under its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from finetune_studio.events.descriptions import ColumnDescription
from finetune_studio.ui.widgets.calm_combo import CalmCombo
from finetune_studio.ui.widgets.text import caption, plain_tooltip

_DELIMITERS = {",": "Comma  ,", ";": "Semicolon  ;", "\t": "Tab", "|": "Bar  |"}
_NARROWEST = 96  # in pixels


@dataclass(frozen=True)
class ReaderOption:
    """A field of `DataChoice` (and of `DataReport`), its heading, and its full name."""

    field: str
    title: str
    name: str


class ReaderField(QWidget):
    """A heading, and a combo of what there is to choose from.

    Signals:
        chosen: the user decided; carries the option's field and its value.
    """

    chosen = Signal(str, object)

    def __init__(self, option: ReaderOption) -> None:
        super().__init__()
        self._option = option
        self._title = caption(option.title)
        self.combo = CalmCombo()
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
        """What stands above the combo: its heading, and whether its value is a guess."""
        return self._title.text()

    def show_title(self, option: ReaderOption) -> None:
        """Call the field otherwise."""
        self._option = option
        self.combo.setAccessibleName(option.name)
        self.combo.setToolTip(option.name)

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


def columns(
    described: Sequence[ColumnDescription], *, may_lack: bool
) -> list[tuple[str, str, str]]:
    """A table's columns to choose from, none at all as well where that ``may_lack``."""
    named = [(column.name, column.name, _examples(column)) for column in described]
    return [("", "None", ""), *named] if may_lack else named


def delimiters(current: str) -> list[tuple[str, str, str]]:
    """What stands between cells, to choose from."""
    words = dict(_DELIMITERS)
    words.setdefault(current, repr(current))
    return [(value, title, "") for value, title in words.items()]


def _examples(column: ColumnDescription) -> str:
    """A few values of a column, as a tooltip that shows them letter by letter."""
    shown = ", ".join(f"“{example}”" for example in column.examples)
    return plain_tooltip(f"{column.distinct:,} different values: {shown}")
