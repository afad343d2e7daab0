"""A new project, asked for by name, place and task."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from finetune_studio import places
from finetune_studio.project import storage
from finetune_studio.project.choices import Task
from finetune_studio.ui.widgets.buttons import primary, secondary
from finetune_studio.ui.widgets.card import ChoiceCard
from finetune_studio.ui.widgets.text import caption
from finetune_studio.ui.wishes import NewProject

_WIDTH = 560
_NOT_IN_NAMES = set('/\\:*?"<>|')


class NewProjectDialog(QDialog):
    """Name and task are asked; the folder follows the name until it is chosen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("New project")
        self.setMinimumWidth(_WIDTH)
        self._place = places.projects()
        self.name = QLineEdit()
        self.name.setAccessibleName("Name")
        self.name.setPlaceholderText("Leaves in my garden")
        self.folder = caption(wrap=True)
        self.place_button = secondary("Another &place …", "folder")
        self.create_button = primary("&Create")
        self.create_button.setDefault(True)
        self.cancel_button = secondary("Cancel")
        self.cards = tuple(
            ChoiceCard(task.value, task.title_text, task.help_text, task.value) for task in Task
        )
        self._group = QButtonGroup(self)
        for card in self.cards:
            self._group.addButton(card)
        self.cards[0].setChecked(True)
        self._build()
        self.name.textChanged.connect(self._on_name_changed)
        self.place_button.clicked.connect(self._on_place_clicked)
        self.create_button.clicked.connect(self.accept)
        self.cancel_button.clicked.connect(self.reject)
        self._on_name_changed()

    def wish(self) -> NewProject:
        """What was asked for."""
        task = next(Task(card.key) for card in self.cards if card.isChecked())
        return NewProject(task, str(self._target()))

    def _build(self) -> None:
        form = QFormLayout()
        form.addRow("&Name", self.name)
        cards = QHBoxLayout()
        cards.setSpacing(12)
        for card in self.cards:
            cards.addWidget(card)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.place_button)
        buttons.addStretch(1)
        buttons.addWidget(self.cancel_button)
        buttons.addWidget(self.create_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 16)
        layout.setSpacing(16)
        layout.addLayout(form)
        layout.addLayout(cards)
        layout.addWidget(self.folder)
        layout.addLayout(buttons)

    def _target(self) -> Path:
        return self._place / self.name.text().strip().rstrip(".")

    def _on_name_changed(self) -> None:
        reason = self._why_not()
        self.create_button.setEnabled(not reason)
        self.folder.setText(reason or f"Will be made as {self._target()}")

    def _why_not(self) -> str:
        name = self.name.text().strip().rstrip(".")
        if not name:
            return "Give the project a name to go on"
        if set(name) & _NOT_IN_NAMES:
            return f"A name cannot contain {' '.join(sorted(_NOT_IN_NAMES))}"
        if storage.is_project(self._target()):
            return f"There is already a project in {self._target()}"
        return ""

    def _on_place_clicked(self) -> None:
        place = QFileDialog.getExistingDirectory(self, "Where to make it", str(self._place))
        if place:
            self._place = Path(place)
            self._on_name_changed()
