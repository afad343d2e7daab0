"""How the run is trained: every setting, where its value comes from, and the schedule it gives."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from finetune_studio.project.checks import Step, missing_for
from finetune_studio.project.choices import Task
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.project import Project
from finetune_studio.project.settings.optimizing import OptimizerSettings
from finetune_studio.project.settings.scheduling import ScheduleSettings
from finetune_studio.project.settings.text_varying import TextVariationSettings
from finetune_studio.project.settings.varying import VariationSettings
from finetune_studio.project.variation import with_numbers_in_force
from finetune_studio.ui import wishes
from finetune_studio.ui.pages.hyperparameters.augmentation_card import AugmentationCard
from finetune_studio.ui.pages.hyperparameters.decisions import (
    advice,
    with_recommended,
    with_value,
)
from finetune_studio.ui.pages.hyperparameters.rate_dialog import RateDialog
from finetune_studio.ui.pages.hyperparameters.schedule_card import ScheduleCard
from finetune_studio.ui.pages.hyperparameters.side_tabs import SideTab, SideTabs
from finetune_studio.ui.pages.hyperparameters.text_variation_card import TextVariationCard
from finetune_studio.ui.pages.page import Page
from finetune_studio.ui.run_plan import run_plan
from finetune_studio.ui.snapshot import Snapshot
from finetune_studio.ui.widgets.buttons import quiet
from finetune_studio.ui.widgets.field_form import FieldForm
from finetune_studio.ui.widgets.text import caption

_SEARCH = "find_rate"
_SIDE_SHARE = (5, 3)
_SIDE_WIDTH = (240, 480)
_RATES = frozenset({*ScheduleSettings.model_fields, *OptimizerSettings.model_fields})
_VARIATION = frozenset(VariationSettings.model_fields)
_TEXT_VARIATION = frozenset(TextVariationSettings.model_fields)


class HyperparametersPage(Page):
    """The settings as a form at the left; what they do, one card at a time, at the right."""

    title = "Hyperparameters"
    sentence = "The recommended values fit your model and data. Change what you know better."
    scrolls = False
    measure = 1200

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._snapshot = Snapshot()
        self.form = FieldForm(Hyperparameters, remember="hyperparameters")
        self.schedule_card = ScheduleCard()
        self.rate_dialog = RateDialog(self)
        self.augmentation_card = AugmentationCard()
        self.text_variation_card = TextVariationCard()
        self.tabs = SideTabs(
            [
                SideTab("schedule", "Learning rate", self.schedule_card, _RATES),
                SideTab(
                    "pictures", "Varied pictures", self.augmentation_card, _VARIATION, Task.IMAGE
                ),
                SideTab(
                    "texts", "Varied texts", self.text_variation_card, _TEXT_VARIATION, Task.TEXT
                ),
            ]
        )
        self.reset_button = quiet("Return all to recommended", "reset")
        self._note = caption(wrap=True)
        self.form.edited.connect(self._on_edited)
        self.form.moved.connect(self._on_moved)
        self.augmentation_card.requested.connect(self.requested)
        self.text_variation_card.requested.connect(self.requested)
        self.form.reset_requested.connect(self._on_reset_requested)
        self.form.objections_changed.connect(self.primary_changed)
        self.form.search.answer_find(self)
        self.reset_button.clicked.connect(self._on_reset_all_clicked)
        self.schedule_card.find_button.clicked.connect(self._on_find_rate_clicked)
        self.rate_dialog.search_requested.connect(self._on_search_requested)
        self.rate_dialog.cancel_requested.connect(self._on_search_cancelled)
        self.rate_dialog.rate_taken.connect(self._on_rate_taken)
        self._build()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        project, plan = snapshot.project, run_plan(snapshot)
        target = snapshot.facts.target
        shown = with_numbers_in_force(plan.training)
        self.form.show_values(shown, project.task, advice(project, snapshot.facts), target)
        self.tabs.show_task(project.task)
        self.schedule_card.show_plan(plan)
        self.augmentation_card.show_plan(snapshot, plan.training)
        self.text_variation_card.show_plan(snapshot, plan.training)
        self.schedule_card.show_obstacle(_search_obstacle(snapshot))
        self.rate_dialog.show_search(snapshot.rate_trial, snapshot.activity(_SEARCH))
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
        side.addWidget(self.tabs, 1)
        side.addWidget(self._note)
        side.addWidget(self.reset_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.tabs.setMinimumWidth(_SIDE_WIDTH[0])
        self.tabs.setMaximumWidth(_SIDE_WIDTH[1])
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(16)
        layout.addWidget(self.form, _SIDE_SHARE[0])
        layout.addLayout(side, _SIDE_SHARE[1])

    def _on_find_rate_clicked(self) -> None:
        self.rate_dialog.open()
        trial = self._snapshot.rate_trial
        known = trial.project if trial is not None and trial.suggested is not None else None
        if known is None or _question(known) != _question(self._snapshot.project):
            self._on_search_requested()

    def _on_search_requested(self) -> None:
        self.requested.emit(wishes.FindLearningRate())

    def _on_search_cancelled(self) -> None:
        self.requested.emit(wishes.CancelActivity(_SEARCH))

    def _on_rate_taken(self, rate: float) -> None:
        self._on_edited("learning_rate", rate)

    def _on_edited(self, name: str, value: object) -> None:
        self.tabs.follow(name)
        self.edited.emit(with_value(self._snapshot.project, name, value))

    def _on_moved(self, name: str, value: object) -> None:
        self.tabs.follow(name)
        training = run_plan(self._snapshot).training
        self.augmentation_card.show_moved(training.edited(**{name: value}))
        self.text_variation_card.show_moved(training.edited(**{name: value}))

    def _on_reset_requested(self, name: str) -> None:
        self.edited.emit(with_recommended(self._snapshot.project, self._snapshot.facts, name))

    def _on_reset_all_clicked(self) -> None:
        project = self._snapshot.project
        self.edited.emit(with_recommended(project, self._snapshot.facts, *project.pinned))


def _question(project: Project) -> Project:
    """What a search for a learning rate depends on: everything but the rate there is."""
    training = project.training.edited(learning_rate=Hyperparameters().learning_rate)
    return project.edited(training=training, pinned=())


def _search_obstacle(snapshot: Snapshot) -> str:
    """Why no learning rate can be searched for now; empty when one can."""
    project = snapshot.project
    if snapshot.history.state.busy:
        return "A run is being trained; it needs the computer for itself."
    return missing_for(Step.TRAINING, project, finished_runs=0)
