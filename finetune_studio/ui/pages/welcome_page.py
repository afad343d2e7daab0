"""The welcome page: start from a task, go on with a project, or try a sample."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from finetune_studio import samples
from finetune_studio.project.choices import Task
from finetune_studio.ui import wishes
from finetune_studio.ui.brand import Mark
from finetune_studio.ui.pages.welcome.project_row import ProjectRow
from finetune_studio.ui.pages.welcome.task_card import TaskCard
from finetune_studio.ui.settings import RecentProject
from finetune_studio.ui.theme import CARD_RADIUS, current_theme
from finetune_studio.ui.widgets.buttons import secondary
from finetune_studio.ui.widgets.card import Card, ChoiceCard
from finetune_studio.ui.widgets.dropped import dropped_paths, offer_to_take
from finetune_studio.ui.widgets.text import Text, body, heading, muted

_MEASURE = 940
_SAMPLES_WIDTH = 370
_LOWER_HEIGHT = 290
_SENTENCES = {
    Task.IMAGE: "Sort photographs, scans or drawings by what they show.",
    Task.TEXT: "Sort reviews, messages or articles by what they say.",
}


class WelcomePage(QWidget):
    """What one sees while no project is open.

    Signals:
        requested: a wish from `ui/wishes.py`.
        open_requested: the user wants to choose a project folder.
        forget_requested: the folder of a project to take off the list.
        paths_dropped: a tuple of dropped ``Path``.
    """

    requested = Signal(object)
    open_requested = Signal()
    forget_requested = Signal(str)
    paths_dropped = Signal(tuple)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Welcome")
        self.setAcceptDrops(True)
        self._is_over = False
        self._recent: tuple[RecentProject, ...] | None = None
        self.task_cards = tuple(TaskCard(task, _SENTENCES[task]) for task in Task)
        self.sample_cards = tuple(
            ChoiceCard(sample.id, sample.title, sample.description, sample.task)
            for sample in samples.SAMPLES
        )
        self.open_button = secondary("&Open …", "folder")
        self.rows: list[ProjectRow] = []
        self._rows = QVBoxLayout()
        self._no_rows = muted("Projects you open are listed here.", wrap=True)
        self._build()
        self._connect()

    def show_recent(self, recent: Sequence[RecentProject]) -> None:
        """List these projects, and mark those whose folder has gone."""
        if tuple(recent) == self._recent:
            return
        self._recent = tuple(recent)
        while self.rows:
            self.rows.pop().deleteLater()
        for project in recent:
            row = ProjectRow(project)
            row.open_requested.connect(self._on_open_requested)
            row.forget_requested.connect(self.forget_requested)
            self.rows.append(row)
            self._rows.insertWidget(len(self.rows) - 1, row)
        self._no_rows.setVisible(not self.rows)

    # ------------------------------------------------------------------------------- building

    def _build(self) -> None:
        column = QVBoxLayout()
        column.setSpacing(24)
        column.addStretch(1)
        column.addLayout(self._build_head())
        column.addLayout(self._build_tasks())
        column.addLayout(self._build_lower())
        hint = muted("Or drop a folder or a table anywhere in this window.")
        hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(hint)
        column.addStretch(2)
        middle = QWidget()
        middle.setMaximumWidth(_MEASURE)
        middle.setLayout(column)
        inside = QWidget()
        inside.setObjectName("page-content")
        row = QHBoxLayout(inside)
        row.setContentsMargins(40, 32, 40, 20)
        row.addWidget(middle)
        area = QScrollArea()
        area.setObjectName("page-scroll")
        area.setWidgetResizable(True)
        area.setWidget(inside)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.viewport().setAutoFillBackground(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)

    def _build_head(self) -> QHBoxLayout:
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addWidget(Text("Finetune Studio", px=28, strong=True))
        sentence = "Teach a pretrained model your own labels. Your data stay on this computer."
        texts.addWidget(body(sentence, tone="muted"))
        head = QHBoxLayout()
        head.setSpacing(20)
        head.addWidget(Mark(60))
        head.addLayout(texts, 1)
        return head

    def _build_tasks(self) -> QVBoxLayout:
        cards = QHBoxLayout()
        cards.setSpacing(16)
        for card in self.task_cards:
            cards.addWidget(card)
        group = QVBoxLayout()
        group.setSpacing(8)
        group.addWidget(heading("Start something new"))
        group.addLayout(cards)
        return group

    def _build_lower(self) -> QGridLayout:
        recent = Card("Recent projects")
        recent.add_action(self.open_button)
        self._rows.setSpacing(2)
        self._rows.addWidget(self._no_rows)
        self._rows.addStretch(1)
        recent.body.addLayout(self._rows)
        tries = Card("Try a sample", "Ready to train, and needs no network.")
        tries.level_heading(self.open_button)
        for card in self.sample_cards:
            card.setCheckable(False)
            tries.body.addWidget(card)
        tries.body.addStretch(1)
        tries.setFixedWidth(_SAMPLES_WIDTH)
        lower = QGridLayout()
        lower.setHorizontalSpacing(16)
        lower.addWidget(recent, 0, 0)
        lower.addWidget(tries, 0, 1)
        lower.setColumnStretch(0, 1)
        lower.setRowMinimumHeight(0, _LOWER_HEIGHT)
        return lower

    def _connect(self) -> None:
        for task_card in self.task_cards:
            task_card.task_chosen.connect(self._on_task_chosen)
        for sample_card in self.sample_cards:
            sample_card.chosen.connect(self._on_sample_chosen)
        self.open_button.clicked.connect(self.open_requested)

    def _on_task_chosen(self, task: Task) -> None:
        self.requested.emit(wishes.NewProject(task))

    def _on_sample_chosen(self, sample: str) -> None:
        self.requested.emit(wishes.OpenSample(sample))

    def _on_open_requested(self, folder: str) -> None:
        self.requested.emit(wishes.OpenProject(folder))

    # ------------------------------------------------------------------------------- dropping

    def _set_over(self, over: bool) -> None:
        self._is_over = over
        self.update()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if offer_to_take(event):
            self._set_over(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._set_over(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self._set_over(False)
        event.acceptProposedAction()
        self.paths_dropped.emit(dropped_paths(event))

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._is_over:
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            pen = QPen(current_theme().color("accent"), 2)
            pen.setDashPattern([5, 4])
            painter.setPen(pen)
            painter.setBrush(current_theme().tint("accent", 0.10, "window"))
            area = QRectF(self.rect()).adjusted(8, 8, -8, -8)
            painter.drawRoundedRect(area, CARD_RADIUS, CARD_RADIUS)
