from __future__ import annotations

import pytest

from finetune_studio.project.choices import FreezePreset, ModelSource, Task, Unfreezing
from finetune_studio.project.choosing import with_model
from finetune_studio.project.freeze_plan import FreezePlan, Wake
from finetune_studio.project.project import ModelChoice, Project


def _model(task: Task, name: str = "one") -> ModelChoice:
    return ModelChoice(id=f"timm/{name}", source=ModelSource.TIMM, task=task, title=name)


@pytest.mark.parametrize(
    ("task", "preset"),
    [(Task.IMAGE, FreezePreset.HEAD), (Task.TEXT, FreezePreset.EVERYTHING)],
)
def test_a_first_model_decides_how_deep_training_starts(task: Task, preset: FreezePreset) -> None:
    project = with_model(Project(task=Task.IMAGE), _model(task))
    assert project.freeze.preset is preset
    assert project.task is task


def test_a_plan_is_kept_for_another_model_of_the_same_task() -> None:
    plan = FreezePlan(preset=FreezePreset.LAST_BLOCKS, last_blocks=3)
    project = with_model(Project(), _model(Task.IMAGE)).edited(freeze=plan)
    assert with_model(project, _model(Task.IMAGE, "two")).freeze == plan


def test_layers_ticked_by_hand_do_not_outlive_their_model() -> None:
    plan = FreezePlan(preset=FreezePreset.CUSTOM, trainable=("layer4.1",))
    project = with_model(Project(), _model(Task.IMAGE)).edited(freeze=plan)
    assert with_model(project, _model(Task.IMAGE, "two")).freeze.trainable == ()


def test_a_plan_for_pictures_is_none_for_texts() -> None:
    project = with_model(Project(), _model(Task.IMAGE))
    assert with_model(project, _model(Task.TEXT)).freeze.preset is FreezePreset.EVERYTHING


def test_epochs_set_for_blocks_do_not_outlive_their_model() -> None:
    plan = FreezePlan(
        preset=FreezePreset.EVERYTHING,
        unfreezing=Unfreezing.CUSTOM,
        wakes=(Wake(path="layer4", epoch=2),),
    )
    project = with_model(Project(), _model(Task.IMAGE)).edited(freeze=plan)
    kept = with_model(project, _model(Task.IMAGE, "two")).freeze
    assert kept == FreezePlan(preset=FreezePreset.EVERYTHING)
