"""The third step: which layers train."""

from __future__ import annotations

from PySide6.QtWidgets import QStackedLayout, QWidget

from finetune_studio.project.checks import Step
from finetune_studio.project.choices import Adapters
from finetune_studio.project.freeze_plan import FreezePlan
from finetune_studio.project.model_catalog import entry_for
from finetune_studio.project.model_files import is_available
from finetune_studio.project.project import ModelChoice, Project
from finetune_studio.project.settings_path import with_setting
from finetune_studio.project.timeline import waking_epochs
from finetune_studio.ui.pages.layers.plan_view import PlanView
from finetune_studio.ui.pages.page import Page
from finetune_studio.ui.run_plan import sample_counts, training_in_force, usual_tokens
from finetune_studio.ui.snapshot import Activity, Snapshot
from finetune_studio.ui.widgets.state_panel import StatePanel
from finetune_studio.ui.wishes import CancelActivity, DescribeModel, GoToStep

_ACTIVITY = "describe"
_NO_WEIGHTS = "model_missing"
_TO_MODEL = "Go to the model"


class LayersPage(Page):
    """Sets how deep training goes, on the model's own layers."""

    title = "Layers"
    sentence = "Frozen layers keep what they know; the warm ones learn from your data."
    scrolls = False

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.state = StatePanel("layers")
        self.view = PlanView()
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.state)
        self._stack.addWidget(self.view)
        self._project = Project()
        self._shown: tuple[object, ...] = ()
        self.view.plan_chosen.connect(self._on_plan_chosen)
        self.view.adapters_chosen.connect(self._on_adapters_chosen)
        self.state.action_requested.connect(self._on_action_requested)
        self.state.cancel_requested.connect(self._on_cancel_requested)
        self.state.fix_requested.connect(self._on_fix_requested)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self._project = snapshot.project
        activity = snapshot.activity(_ACTIVITY)
        shown = (snapshot.project, snapshot.model, activity, snapshot.facts)
        if shown == self._shown:
            return
        self._shown = shown
        if snapshot.project.model is not None and _described(snapshot):
            self._show_plan(snapshot)
        else:
            self._show_state(snapshot.project, activity)

    def primary(self, snapshot: Snapshot) -> tuple[str, str]:
        if snapshot.project.model is None:
            return "Next", "Choose a model to go on"
        if not _described(snapshot):
            return "Next", ""
        assert snapshot.model is not None
        plan, blocks = snapshot.project.freeze, snapshot.model.block_paths
        wakes = waking_epochs(plan, blocks, training_in_force(snapshot).epochs)
        if not any(wakes):
            return "Next", "Tick at least the head to go on"
        return "Next", "" if 1 in wakes else "Let a block train from epoch 1 to go on"

    def _show_plan(self, snapshot: Snapshot) -> None:
        assert snapshot.model is not None
        in_force = snapshot.project.edited(training=training_in_force(snapshot))
        samples = sample_counts(snapshot)
        self.view.show_project(snapshot.model, in_force, samples, usual_tokens(snapshot))
        self._stack.setCurrentWidget(self.view)

    def _show_state(self, project: Project, activity: Activity | None) -> None:
        self._stack.setCurrentWidget(self.state)
        if project.model is None:
            self.state.show_empty(
                "No model chosen yet",
                "Its layers are shown here once you have picked one.",
                "Choose a model",
            )
        elif activity is None and _lacks_weights(project.model):
            self.state.show_empty(
                f"The weights of {project.model.title} are not here yet",
                "Its layers are shown once they are on this computer.",
                _TO_MODEL,
            )
        elif activity is None:
            self.state.show_empty(
                "The layers are not listed yet",
                f"{project.model.title} is loaded once to list and time its layers.",
                "List the layers",
            )
        elif activity.problem is None:
            phase = activity.phase or f"Listing the layers of {project.model.title}"
            self.state.show_busy(phase, activity.share, activity.seconds_left)
        else:
            action = _TO_MODEL if activity.problem.code == _NO_WEIGHTS else "Try again"
            self.state.show_problem(activity.problem, action)

    def _on_plan_chosen(self, plan: FreezePlan) -> None:
        self.edited.emit(self._project.edited(freeze=plan))

    def _on_adapters_chosen(self, adapters: Adapters) -> None:
        self.edited.emit(with_setting(self._project, f"training.adapters={adapters.value}"))

    def _on_action_requested(self) -> None:
        choice = self._project.model
        undecided = choice is None or _lacks_weights(choice)
        self.requested.emit(GoToStep(Step.MODEL) if undecided else DescribeModel())

    def _on_cancel_requested(self) -> None:
        self.requested.emit(CancelActivity(_ACTIVITY))

    def _on_fix_requested(self, code: str) -> None:
        self.requested.emit(GoToStep(Step.MODEL) if code == _NO_WEIGHTS else DescribeModel())


def _described(snapshot: Snapshot) -> bool:
    """Whether the description at hand is of the chosen model."""
    choice, model = snapshot.project.model, snapshot.model
    return choice is not None and model is not None and model.id == choice.id


def _lacks_weights(choice: ModelChoice) -> bool:
    entry = entry_for(choice.id)
    return entry is not None and not is_available(entry)
