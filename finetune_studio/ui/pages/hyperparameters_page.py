"""How the run is trained: every setting, where its value comes from, and the schedule it gives."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from finetune_studio.project.checks import Step, missing_for
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.ui.pages.hyperparameters.decisions import (
    advice,
    with_recommended,
    with_value,
)
from finetune_studio.ui.pages.hyperparameters.schedule_card import ScheduleCard
from finetune_studio.ui.pages.page import Page
from finetune_studio.ui.run_plan import run_plan
from finetune_studio.ui.snapshot import Snapshot
from finetune_studio.ui.widgets.buttons import quiet
from finetune_studio.ui.widgets.field_form import FieldForm
from finetune_studio.ui.widgets.text import caption

_SIDE_SHARE = (5, 3)
_SIDE_WIDTH = (240, 480)


class HyperparametersPage(Page):
    """The settings as a form at the left, the schedule at the right."""

    title = "Hyperparameters"
    sentence = "The recommended values fit your model and data. Change what you know better."
    scrolls = False
    measure = 1200

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._snapshot = Snapshot()
        self.form = FieldForm(Hyperparameters, remember="hyperparameters")
        self.schedule_card = ScheduleCard()
        self.reset_button = quiet("Return all to recommended", "reset")
        self._note = caption(wrap=True)
        self.form.edited.connect(self._on_edited)
        self.form.reset_requested.connect(self._on_reset_requested)
        self.form.objections_changed.connect(self.primary_changed)
        self.reset_button.clicked.connect(self._on_reset_all_clicked)
        self._build()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        project, plan = snapshot.project, run_plan(snapshot)
        self.form.show_values(plan.training, project.task, advice(project, snapshot.facts))
        self.schedule_card.show_plan(plan)
        self.reset_button.setVisible(bool(project.pinned))
        self._note.setText(
            ""
            if snapshot.facts.train_samples
            else "Recommended values appear once the data are read."
        )
        self._note.setVisible(not snapshot.facts.train_samples)

    def primary(self, snapshot: Snapshot) -> tuple[str, str]:
        wrong = next(iter(self.form.objections), "")
        missing = missing_for(Step.TRAINING, snapshot.project, finished_runs=0)
        return "Next", f"Correct “{wrong}” to go on" if wrong else missing

    def _build(self) -> None:
        side = QVBoxLayout()
        side.setSpacing(12)
        side.addWidget(self.schedule_card)
        side.addWidget(self._note)
        side.addWidget(self.reset_button, 0, Qt.AlignmentFlag.AlignLeft)
        side.addStretch(1)
        self.schedule_card.setMinimumWidth(_SIDE_WIDTH[0])
        self.schedule_card.setMaximumWidth(_SIDE_WIDTH[1])
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(16)
        layout.addWidget(self.form, _SIDE_SHARE[0])
        layout.addLayout(side, _SIDE_SHARE[1])

    def _on_edited(self, name: str, value: object) -> None:
        self.edited.emit(with_value(self._snapshot.project, name, value))

    def _on_reset_requested(self, name: str) -> None:
        self.edited.emit(with_recommended(self._snapshot.project, self._snapshot.facts, name))

    def _on_reset_all_clicked(self) -> None:
        project = self._snapshot.project
        self.edited.emit(with_recommended(project, self._snapshot.facts, *project.pinned))
