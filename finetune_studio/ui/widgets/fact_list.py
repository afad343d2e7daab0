"""Facts as lines: what it is at the left, how much at the right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from finetune_studio.ui.theme import current_theme
from finetune_studio.ui.widgets.text import ElidedText, Text, muted


@dataclass(frozen=True)
class Fact:
    """One line; the tooltip explains a word that not everybody knows."""

    name: str
    value: str
    tooltip: str = ""


class FactList(QWidget):
    """Names and values in two columns; a value that is too long is shortened and told on hover."""

    def __init__(self, accessible_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(accessible_name)
        self._facts: tuple[Fact, ...] = ()
        self._lines: list[tuple[Text, ElidedText]] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The lines on show."""
        return self._facts

    def value(self, name: str) -> str:
        """What a line says; empty when there is no such line."""
        return next((fact.value for fact in self._facts if fact.name == name), "")

    def show_facts(self, facts: Sequence[Fact]) -> None:
        """Show these lines and no others."""
        if tuple(facts) == self._facts:
            return
        self._facts = tuple(facts)
        while len(self._lines) < len(facts):
            self._add_line()
        for index, (name, value) in enumerate(self._lines):
            shown = index < len(facts)
            name.setVisible(shown)
            value.setVisible(shown)
            if shown:
                fact = facts[index]
                name.setText(fact.name)
                name.setToolTip(fact.tooltip)
                value.setText(fact.value)
                value.setAccessibleName(f"{fact.name}: {fact.value}")

    def _add_line(self) -> None:
        name, value = muted(), ElidedText()
        value.setFont(current_theme().number_font())
        value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row = len(self._lines)
        self._grid.addWidget(name, row, 0)
        self._grid.addWidget(value, row, 1)
        self._lines.append((name, value))
