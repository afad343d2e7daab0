from __future__ import annotations

from itertools import pairwise

import pytest
from pydantic import ValidationError

from finetune_studio.project.choices import FreezePreset, Unfreezing
from finetune_studio.project.freeze_plan import FreezePlan, Wake, covers, with_depth
from finetune_studio.project.problems import ProblemError
from finetune_studio.project.project import Project
from finetune_studio.project.settings_path import with_setting
from finetune_studio.project.timeline import (
    in_words,
    never_waking,
    phase_at,
    phases,
    require_beginning,
    stretches,
    trainable_at,
    waking_epochs,
    with_wakes,
    within_stretch,
)

BLOCKS = (("stem", "norm"), ("layer1",), ("layer2",), ("pool", "fc"))
NAMES = ("Stem", "Stage 1", "Stage 2", "Head")
ALL = FreezePlan(preset=FreezePreset.EVERYTHING)


def waking(plan: FreezePlan, rule: Unfreezing, **more: object) -> FreezePlan:
    return plan.edited(unfreezing=rule, **more)


def custom(*wakes: str, plan: FreezePlan = ALL) -> FreezePlan:
    return plan.edited(unfreezing=Unfreezing.CUSTOM, wakes=wakes)


@pytest.mark.parametrize(
    ("plan", "epochs", "expected"),
    [
        (ALL, 5, (1, 1, 1, 1)),
        (waking(ALL, Unfreezing.HEAD_FIRST), 5, (2, 2, 2, 1)),
        (waking(ALL, Unfreezing.HEAD_FIRST, head_epochs=3), 5, (4, 4, 4, 1)),
        (waking(ALL, Unfreezing.HEAD_FIRST, head_epochs=9), 5, (5, 5, 5, 1)),
        (waking(ALL, Unfreezing.HEAD_FIRST), 1, (1, 1, 1, 1)),
        (waking(ALL, Unfreezing.ONE_BY_ONE), 9, (4, 3, 2, 1)),
        (waking(ALL, Unfreezing.ONE_BY_ONE), 4, (4, 3, 2, 1)),
        (waking(ALL, Unfreezing.ONE_BY_ONE), 3, (3, 2, 2, 1)),
        (waking(ALL, Unfreezing.ONE_BY_ONE), 1, (1, 1, 1, 1)),
        (custom("layer2:2", "stem:7"), 5, (7, 1, 2, 1)),
    ],
)
def test_each_rule_wakes_blocks_when_it_says(
    plan: FreezePlan, epochs: int, expected: tuple[int, ...]
) -> None:
    assert waking_epochs(plan, BLOCKS, epochs) == expected


@pytest.mark.parametrize("epochs", range(1, 40))
@pytest.mark.parametrize("rule", [Unfreezing.HEAD_FIRST, Unfreezing.ONE_BY_ONE])
def test_a_rule_wakes_all_thirty_blocks_from_the_head_down_however_short_the_run(
    rule: Unfreezing, epochs: int
) -> None:
    blocks = tuple((f"block{number}",) for number in range(30))
    wakes = waking_epochs(waking(ALL, rule), blocks, epochs)
    assert wakes[-1] == 1
    assert list(wakes) == sorted(wakes, reverse=True)
    assert max(wakes) <= epochs
    assert phases(waking(ALL, rule), blocks, epochs)[-1].paths == {path for (path,) in blocks}


def test_blocks_that_the_plan_keeps_frozen_never_wake() -> None:
    plan = FreezePlan(preset=FreezePreset.LAST_BLOCKS, last_blocks=1)
    plan = waking(plan, Unfreezing.ONE_BY_ONE)
    assert waking_epochs(plan, BLOCKS, 9) == (0, 0, 2, 1)
    assert [phase.first for phase in phases(plan, BLOCKS, 9)] == [1, 2]


def test_what_trains_in_the_end_is_what_the_plan_says_to_the_letter() -> None:
    plan = FreezePlan(preset=FreezePreset.CUSTOM, trainable=("layer2.1", "fc"))
    plan = waking(plan, Unfreezing.HEAD_FIRST)
    assert trainable_at(plan, BLOCKS, 1, 3) == {"fc"}
    assert trainable_at(plan, BLOCKS, 2, 3) == {"layer2.1", "fc"}


def test_one_path_over_all_blocks_is_divided_while_some_of_them_sleep() -> None:
    plan = FreezePlan(preset=FreezePreset.CUSTOM, trainable=("",))
    plan = custom("layer1:3", plan=plan)
    before = trainable_at(plan, BLOCKS, 2, 4)
    assert not covers(before, "layer1.0.weight")
    assert all(covers(before, name) for name in ("stem.weight", "layer2.0.weight", "fc.bias"))
    assert trainable_at(plan, BLOCKS, 3, 4) == {""}


def test_phases_are_the_stretches_in_which_the_same_layers_train() -> None:
    found = phases(custom("stem:3", "layer1:3", "layer2:2"), BLOCKS, 6)
    assert [phase.first for phase in found] == [1, 2, 3]
    assert phase_at(found, 1).paths == {"pool", "fc"}
    assert phase_at(found, 2).paths == {"layer2", "pool", "fc"}
    assert phase_at(found, 6) == found[-1]
    assert stretches([phase.first for phase in found], 6) == ((1, 1), (2, 2), (3, 6))
    for earlier, later in pairwise(found):
        assert earlier.paths < later.paths


def test_a_plan_without_a_timeline_is_one_phase() -> None:
    assert [phase.first for phase in phases(ALL, BLOCKS, 8)] == [1]
    assert phases(FreezePlan(), BLOCKS, 8)[0].paths == {"pool", "fc"}


@pytest.mark.parametrize("firsts", [(1,), (1, 3)])
def test_a_step_is_counted_within_its_stretch(firsts: tuple[int, ...]) -> None:
    found = [within_stretch(firsts, 4, 5, step) for step in (1, 10, 11, 20)]
    if len(firsts) == 1:
        assert found == [(1, 20), (10, 20), (11, 20), (20, 20)]
    else:
        assert found == [(1, 10), (10, 10), (1, 10), (10, 10)]


def test_a_wake_closer_to_a_block_counts_more() -> None:
    assert waking_epochs(custom("layer1:2", ":4"), BLOCKS, 5) == (4, 2, 4, 4)


def test_words_name_blocks_from_the_head_down() -> None:
    one = waking(ALL, Unfreezing.ONE_BY_ONE)
    assert in_words(one, BLOCKS, NAMES, 3) == (
        "Head from epoch 1, Stage 2 and Stage 1 from epoch 2, Stem from epoch 3"
    )
    two = custom("stem:3", "layer1:3", "layer2:2")
    assert in_words(two, BLOCKS, NAMES, 6) == (
        "Head from epoch 1, Stage 2 from epoch 2, the rest from epoch 3"
    )
    assert in_words(ALL, BLOCKS, NAMES, 6) == ""


def test_the_rest_is_only_said_where_nothing_stays_frozen() -> None:
    plan = FreezePlan(preset=FreezePreset.LAST_BLOCKS, last_blocks=2)
    plan = waking(plan, Unfreezing.HEAD_FIRST)
    assert in_words(plan, BLOCKS, NAMES, 4) == (
        "Head from epoch 1, Stage 2 and Stage 1 from epoch 2"
    )


def test_a_block_that_wakes_after_the_last_epoch_is_told() -> None:
    problem = never_waking(custom("stem:9"), BLOCKS, NAMES, 8)
    assert problem is not None
    assert problem.what == "Stem wakes after the last epoch, so it stays frozen."
    assert "it would take 9" in problem.why
    assert never_waking(custom("stem:8"), BLOCKS, NAMES, 8) is None
    assert phases(custom("stem:9"), BLOCKS, 8)[-1].paths == {"layer1", "layer2", "pool", "fc"}


def test_a_run_in_which_nothing_trains_at_first_is_refused() -> None:
    with pytest.raises(ProblemError) as caught:
        require_beginning(custom(":2", "fc:3"), BLOCKS, 8)
    assert caught.value.problem.code == "nothing_trains_yet"
    require_beginning(custom("layer1:2"), BLOCKS, 8)


def test_waking_a_block_that_does_not_exist_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(ProblemError) as caught:
        require_beginning(custom("layer9:2"), BLOCKS, 8)
    assert "layer2" in caught.value.problem.remedy


@pytest.mark.parametrize(
    ("wakes", "rule"),
    [
        ((1, 1, 1, 1), Unfreezing.NONE),
        ((2, 2, 2, 1), Unfreezing.HEAD_FIRST),
        ((5, 5, 5, 1), Unfreezing.HEAD_FIRST),
        ((4, 3, 2, 1), Unfreezing.ONE_BY_ONE),
        ((4, 4, 2, 1), Unfreezing.CUSTOM),
        ((9, 1, 2, 1), Unfreezing.CUSTOM),
        ((1, 1, 1, 3), Unfreezing.CUSTOM),
    ],
)
def test_waking_epochs_become_the_simplest_plan_that_has_them(
    wakes: tuple[int, ...], rule: Unfreezing
) -> None:
    plan = with_wakes(ALL, BLOCKS, wakes, 8)
    assert plan.unfreezing is rule
    assert waking_epochs(plan, BLOCKS, 8) == wakes


def test_another_depth_keeps_when_blocks_wake() -> None:
    plan = with_depth(waking(FreezePlan(), Unfreezing.ONE_BY_ONE, restart_schedule=True), ALL)
    assert plan == waking(ALL, Unfreezing.ONE_BY_ONE, restart_schedule=True)


def test_a_timeline_can_be_set_in_text_and_is_kept() -> None:
    project = Project()
    for assignment in (
        "freeze.preset=everything",
        "freeze.unfreezing=custom",
        "freeze.wakes=layer4:2,layer3:3",
        "freeze.restart_schedule=true",
    ):
        project = with_setting(project, assignment)
    assert project.freeze.wakes == (Wake(path="layer4", epoch=2), Wake(path="layer3", epoch=3))
    assert Project.model_validate_json(project.model_dump_json()) == project


@pytest.mark.parametrize("text", ["layer4", "layer4:0", "layer4:soon"])
def test_a_wake_without_a_proper_epoch_is_refused_in_words(text: str) -> None:
    with pytest.raises(ProblemError):
        with_setting(Project(), f"freeze.wakes={text}")
    with pytest.raises(ValidationError):
        Wake.model_validate(text)


def test_of_many_phases_the_first_and_the_last_are_told() -> None:
    blocks = tuple((f"block{number}",) for number in range(30))
    names = [f"Layer {number}" for number in range(29)] + ["Head"]
    words = in_words(waking(ALL, Unfreezing.ONE_BY_ONE), blocks, names, 100)
    assert words == (
        "Head from epoch 1, Layer 28 from epoch 2, Layer 27 from epoch 3, …, Layer 0 from epoch 30"
    )
