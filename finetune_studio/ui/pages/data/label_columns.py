"""Which columns of a table are labels, and the unit of its numbers."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QLineEdit, QMenu, QVBoxLayout, QWidget

from finetune_studio.project import wording
from finetune_studio.ui.widgets.buttons import plain_caption, secondary
from finetune_studio.ui.widgets.text import caption

_LONGEST_UNIT = 12


class LabelColumns(QWidget):
    """A button that says how many columns are labels, and opens the list of them.

    Signals:
        chosen: the user decided; carries the field of `DataChoice` and names of columns.
    """

    chosen = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = caption("Columns of labels")
        self.button = secondary("One column")
        self.button.setAccessibleName("Columns of labels")
        self.button.setToolTip("Each column ticked here says yes or no to one label")
        self.menu = _StayingMenu(self)
        self.menu.aboutToHide.connect(self._on_closed)
        self.button.clicked.connect(self._on_clicked)
        self._shown: tuple[str, ...] = ()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._title)
        layout.addWidget(self.button)

    @property
    def ticked(self) -> tuple[str, ...]:
        """The columns ticked in the list."""
        return tuple(one.data() for one in self.menu.actions() if one.isChecked())

    def show_columns(
        self, names: Sequence[str], taken: Sequence[str], *, decided: Sequence[str]
    ) -> None:
        """Show the columns there are, and those that are labels."""
        self._shown = tuple(taken)
        guessed = bool(taken) and not decided
        self._title.setText("Columns of labels · guessed" if guessed else "Columns of labels")
        words = wording.plural(len(taken), "column") if taken else "One column"
        self.button.setText(words)
        self.button.setAccessibleDescription(", ".join(taken))
        self.menu.clear()
        for name in names:
            action = QAction(plain_caption(name), self.menu, checkable=True)
            action.setData(name)
            action.setChecked(name in taken)
            self.menu.addAction(action)

    def _on_clicked(self) -> None:
        self.menu.popup(self.button.mapToGlobal(self.button.rect().bottomLeft()))

    def _on_closed(self) -> None:
        if self.ticked != self._shown:
            self.chosen.emit("label_columns", self.ticked)


class UnitField(QWidget):
    """The unit of the numbers that are learned.

    Signals:
        chosen: the user wrote another; carries the field of `DataChoice` and the unit.
    """

    chosen = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = caption("Unit")
        self._shown = ""
        self.edit = QLineEdit()
        self.edit.setAccessibleName("Unit of the numbers")
        self.edit.setPlaceholderText("none")
        self.edit.setMaxLength(_LONGEST_UNIT)
        self.edit.editingFinished.connect(self._on_finished)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._title)
        layout.addWidget(self.edit)

    def show_unit(self, unit: str, *, decided: bool) -> None:
        """Show the unit in force."""
        self._shown = unit
        self._title.setText("Unit · guessed" if unit and not decided else "Unit")
        if not self.edit.hasFocus():
            self.edit.setText(unit)

    def _on_finished(self) -> None:
        unit = self.edit.text().strip()
        if unit != self._shown:
            self.chosen.emit("number_unit", unit)


class _StayingMenu(QMenu):
    """A list that stays open while one ticks."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        action = self.activeAction()
        if action is not None and action.isCheckable():
            action.toggle()
            event.accept()
        else:
            super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        action = self.activeAction()
        if event.key() == Qt.Key.Key_Space and action is not None:
            action.toggle()
        else:
            super().keyPressEvent(event)
