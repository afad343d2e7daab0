from __future__ import annotations

import pytest

from finetune_studio.project.choices import Balancing, FreezePreset
from finetune_studio.project.facts import Facts
from finetune_studio.project.freeze_plan import FreezePlan
from finetune_studio.project.project import Project, SplitChoice
from finetune_studio.project.recommendation import fill_recommended
from finetune_studio.project.remedies import Remedy, remedied, taken

BLOCKS = 5


def done(project: Project, remedy: Remedy) -> Project:
    after = remedied(project, remedy, BLOCKS)
    assert after is not None
    return after


def deep(preset: FreezePreset, blocks: int = 1) -> Project:
    return Project(freeze=FreezePlan(preset=preset, last_blocks=blocks))


@pytest.mark.parametrize(("remedy", "factor"), [(Remedy.HALVE_RATE, 0.5), (Remedy.RAISE_RATE, 10)])
def test_the_rate_is_changed_and_no_recommendation_takes_it_back(
    remedy: Remedy, factor: float
) -> None:
    before = fill_recommended(Project(), Facts(train_samples=500))
    after = fill_recommended(done(before, remedy), Facts(train_samples=500))
    assert after.training.learning_rate == pytest.approx(before.training.learning_rate * factor)


def test_unfreezing_goes_one_block_deeper_until_everything_trains() -> None:
    project, seen = Project(), []
    while (after := remedied(project, Remedy.UNFREEZE, BLOCKS)) is not None:
        project = after
        seen.append((project.freeze.preset, project.freeze.last_blocks))
    assert [blocks for preset, blocks in seen if preset is FreezePreset.LAST_BLOCKS] == [1, 2, 3]
    assert seen[-1][0] is FreezePreset.EVERYTHING


def test_freezing_goes_back_the_same_way() -> None:
    project, seen = deep(FreezePreset.EVERYTHING), []
    while (after := remedied(project, Remedy.FREEZE, BLOCKS)) is not None:
        project = after
        seen.append(project.freeze.preset)
    assert seen == [*[FreezePreset.LAST_BLOCKS] * 3, FreezePreset.HEAD]


def test_layers_ticked_one_by_one_are_left_to_the_user() -> None:
    custom = deep(FreezePreset.CUSTOM)
    assert remedied(custom, Remedy.UNFREEZE, BLOCKS) is None
    assert remedied(custom, Remedy.FREEZE, BLOCKS) is None


def test_dropout_rises_to_a_half_and_no_further() -> None:
    project, values = Project(), []
    while (after := remedied(project, Remedy.MORE_DROPOUT)) is not None:
        project = after
        values.append(project.training.dropout)
    assert values == [0.2, 0.3, 0.4, 0.5]


def test_validation_grows_and_leaves_enough_to_train_on() -> None:
    project = Project(split=SplitChoice(validation=0.1, test=0.15))
    assert done(project, Remedy.MORE_VALIDATION).split.validation == 0.2
    full = Project(split=SplitChoice(validation=0.3, test=0.15))
    assert remedied(full, Remedy.MORE_VALIDATION) is None


def test_rare_labels_are_weighed_unless_something_is_done_for_them_already() -> None:
    after = done(Project(), Remedy.WEIGH_LABELS)
    assert after.training.balancing is Balancing.WEIGHTS
    assert remedied(after, Remedy.WEIGH_LABELS) is None


def test_an_edit_is_taken_until_it_is_taken_back() -> None:
    before = deep(FreezePreset.LAST_BLOCKS, 2)
    for remedy in Remedy:
        after = remedied(before, remedy, BLOCKS)
        assert not taken(before, before, remedy)
        assert after is None or taken(before, after, remedy)
    frozen = done(before, Remedy.FREEZE)
    assert not taken(before, frozen, Remedy.HALVE_RATE)


NO_EDITS = (Remedy.GO_BACK, Remedy.STOP, Remedy.LOOK_AT_DATA)


@pytest.mark.parametrize("remedy", NO_EDITS)
def test_what_is_done_to_the_run_edits_no_project(remedy: Remedy) -> None:
    assert remedied(Project(), remedy) is None


def test_every_other_remedy_edits_one_and_says_when_it_counts() -> None:
    ready = deep(FreezePreset.LAST_BLOCKS, 2)
    for remedy in Remedy:
        if remedy not in NO_EDITS:
            assert done(ready, remedy) != ready
            assert "next run" in remedy.help_text
