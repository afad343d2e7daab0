"""A closed list and a switch as fields of a form."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QWidget

from finetune_studio.project.choices import Choice
from finetune_studio.ui.widgets.calm_combo import CalmCombo
from finetune_studio.ui.widgets.field_declaration import Declaration


class ChoiceEditor(CalmCombo):
    """One of a few, by title; what each is for is told on hover in the list.

    Signals:
        committed: the user chose another; carries the member.
    """

    committed = Signal(object)

    def __init__(self, declaration: Declaration, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._all, self._target = declaration.options, ""
        self._options: tuple[Choice, ...] = ()
        self._offer(self._all)
        self.setMinimumContentsLength(8)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setAccessibleName(declaration.title)
        self.setAccessibleDescription(declaration.help)
        self.activated.connect(self._on_activated)
        self._shown = self.value

    @property
    def value(self) -> Choice:
        """The member in force."""
        return self._options[self.currentIndex()]

    def offer_for(self, target: str) -> None:
        """Offer from the next value on only what suits this kind of target."""
        self._target = target

    def show_value(self, value: Any) -> None:
        """Show a member that was decided elsewhere, even if it does not suit the target."""
        self._shown = value
        self._offer(
            tuple(option for option in self._all if option.suits(self._target) or option is value)
        )
        self.setCurrentIndex(self._options.index(value))

    def _offer(self, options: tuple[Choice, ...]) -> None:
        if options == self._options:
            return
        self._options = options
        self.clear()
        for index, option in enumerate(options):
            self.addItem(option.title_text)
            self.setItemData(index, option.help_text, Qt.ItemDataRole.ToolTipRole)

    def _on_activated(self) -> None:
        if self.value is not self._shown:
            self._shown = self.value
            self.committed.emit(self.value)


class SwitchEditor(QCheckBox):
    """On or off.

    Signals:
        committed: the user switched it; carries the new state.
    """

    committed = Signal(object)

    def __init__(self, declaration: Declaration, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._declaration = declaration
        self.setAccessibleName(declaration.title)
        self.setAccessibleDescription(declaration.help)
        self.toggled.connect(self._on_toggled)
        self._on_toggled()
        self.clicked.connect(self._on_clicked)

    @property
    def value(self) -> bool:
        """Whether it is on."""
        return self.isChecked()

    def show_value(self, value: Any) -> None:
        """Show a state that was decided elsewhere."""
        self.setChecked(value)

    def _on_toggled(self) -> None:
        self.setText(self._declaration.text(self.isChecked()))

    def _on_clicked(self) -> None:
        self.committed.emit(self.value)
