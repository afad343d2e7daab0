"""Search, filters, and the switch between cards and table."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from finetune_studio.project import wording
from finetune_studio.project.choices import Task
from finetune_studio.ui.pages.model.filters import Filter, Size, Speed
from finetune_studio.ui.widgets.buttons import secondary
from finetune_studio.ui.widgets.calm_combo import CalmCombo
from finetune_studio.ui.widgets.search_field import SearchField
from finetune_studio.ui.widgets.segmented import Option, Segmented
from finetune_studio.ui.widgets.text import muted

CARDS, TABLE = "cards", "table"
_ALL = "all"
_SEARCH_WIDTH = 640
_SIZES = (
    (Size.ANY, "Any size"),
    (Size.SMALL, "Under 50 MB"),
    (Size.MIDDLE, "50 to 200 MB"),
    (Size.LARGE, "Over 200 MB"),
)
_SPEEDS = (
    (Speed.ANY, "Any speed"),
    (Speed.FAST, "Fast"),
    (Speed.MEDIUM, "Medium"),
    (Speed.SLOW, "Slow"),
)


class FilterBar(QWidget):
    """Two lines above the catalogue.

    Signals:
        filter_changed: the user looks for something else; carries a `Filter`.
        view_chosen: the user wants ``CARDS`` or ``TABLE``.
        local_requested: the user wants a model from a folder or file.
    """

    filter_changed = Signal(object)
    view_chosen = Signal(str)
    local_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.search = SearchField("Search, or type any model name", "Search models")
        self.search.setMaximumWidth(_SEARCH_WIDTH)
        self.search.setToolTip("Any name on timm or Hugging Face can be used, listed here or not")
        tasks = [Option(_ALL, "All"), *(Option(task.value, task.title_text) for task in Task)]
        self.tasks = Segmented(tasks, "Task")
        self.local_button = secondary("From a folder or &file…", "folder")
        self.sizes = _combo("Download size", _SIZES)
        self.speeds = _combo("Speed", _SPEEDS)
        self.here_box = QCheckBox("On this computer")
        self.view = Segmented(
            (Option(CARDS, "Cards", "grid"), Option(TABLE, "Table", "table")), "View"
        )
        self._count = muted()
        self._build()
        self._connect()

    @property
    def filter(self) -> Filter:
        """What the user looks for."""
        key = self.tasks.key
        return Filter(
            text=self.search.text().strip(),
            task=next((task for task in Task if task.value == key), None),
            size=Size(self.sizes.currentData()),
            speed=Speed(self.speeds.currentData()),
            here_only=self.here_box.isChecked(),
        )

    @property
    def count_text(self) -> str:
        """How many models are on show, in words."""
        return self._count.text()

    def show_task(self, task: Task) -> None:
        """Look for models of a task."""
        self.tasks.choose(task.value)

    def show_count(self, count: int) -> None:
        """Say how many models are on show."""
        self._count.setText(wording.plural(count, "model"))

    def clear_filters(self) -> None:
        """Look for every model of the task in force."""
        self.search.clear()
        self.sizes.setCurrentIndex(0)
        self.speeds.setCurrentIndex(0)
        self.here_box.setChecked(False)

    def _build(self) -> None:
        first, second = QHBoxLayout(), QHBoxLayout()
        for row in (first, second):
            row.setSpacing(12)
        first.addWidget(self.search, 4)
        first.addWidget(self.tasks)
        first.addStretch(1)
        first.addWidget(self.local_button)
        for widget in (self.sizes, self.speeds, self.here_box):
            second.addWidget(widget)
        second.addStretch(1)
        second.addWidget(self._count)
        second.addWidget(self.view)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(first)
        layout.addLayout(second)

    def _connect(self) -> None:
        self.search.answer_find(self)
        self.search.textChanged.connect(self._on_changed)
        self.tasks.chosen.connect(self._on_changed)
        self.sizes.currentIndexChanged.connect(self._on_changed)
        self.speeds.currentIndexChanged.connect(self._on_changed)
        self.here_box.toggled.connect(self._on_changed)
        self.view.chosen.connect(self.view_chosen)
        self.local_button.clicked.connect(self.local_requested)

    def _on_changed(self, *_: object) -> None:
        self.filter_changed.emit(self.filter)


def _combo(name: str, choices: Sequence[tuple[str, str]]) -> QComboBox:
    combo = CalmCombo()
    combo.setAccessibleName(name)
    for value, words in choices:
        combo.addItem(words, str(value))
    return combo
