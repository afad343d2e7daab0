from __future__ import annotations

import pytest

from finetune_studio.engine.trials.work import work_steps
from finetune_studio.project.choices import Augmentation, FreezePreset, Task
from finetune_studio.project.freeze_plan import FreezePlan
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.project import Project

BLOCKS = (("stem",), ("middle",), ("last",), ("head",))


def work(preset: FreezePreset, **settings: object) -> float:
    training = Hyperparameters(epochs=9, augmentation=Augmentation.OFF).edited(**settings)
    project = Project(task=Task.IMAGE, freeze=FreezePlan(preset=preset), training=training)
    return work_steps(project, BLOCKS, 10)


def test_a_run_that_trains_everything_passes_the_network_every_epoch() -> None:
    assert work(FreezePreset.EVERYTHING) == 90


def test_epochs_after_the_first_only_pass_what_lies_behind_the_frozen_part() -> None:
    assert work(FreezePreset.HEAD) == 10 * (1 + 8 / 4)
    assert work(FreezePreset.HEAD, reuse_frozen=False) == 90


@pytest.mark.parametrize(("views", "expected"), [(0, 90), (3, 30 + 60 / 4), (20, 90)])
def test_every_view_passes_the_frozen_part_once(views: int, expected: float) -> None:
    found = work(FreezePreset.HEAD, augmentation=Augmentation.LIGHT, augmented_views=views)
    assert found == expected
