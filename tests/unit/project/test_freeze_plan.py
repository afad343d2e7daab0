from __future__ import annotations

import pytest

from finetune_studio.project.choices import FreezePreset
from finetune_studio.project.freeze_plan import (
    FreezePlan,
    covers,
    frost_line,
    plan_from_frost_line,
    trainable_paths,
)

BLOCKS = (("stem", "norm"), ("layer1",), ("layer2",), ("pool", "fc"))


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        (FreezePlan(), {"pool", "fc"}),
        (FreezePlan(preset=FreezePreset.LAST_BLOCKS, last_blocks=1), {"layer2", "pool", "fc"}),
        (
            FreezePlan(preset=FreezePreset.LAST_BLOCKS, last_blocks=99),
            {"stem", "norm", "layer1", "layer2", "pool", "fc"},
        ),
        (
            FreezePlan(preset=FreezePreset.EVERYTHING),
            {"stem", "norm", "layer1", "layer2", "pool", "fc"},
        ),
        (FreezePlan(preset=FreezePreset.CUSTOM, trainable=("layer1.0",)), {"layer1.0"}),
    ],
)
def test_each_preset_trains_what_it_says(plan: FreezePlan, expected: set[str]) -> None:
    assert trainable_paths(plan, BLOCKS) == expected


@pytest.mark.parametrize(
    ("paths", "parameter", "expected"),
    [
        (["layer1"], "layer1.0.conv.weight", True),
        (["layer1"], "layer10.0.conv.weight", False),
        (["layer1.0"], "layer1.1.weight", False),
        (["fc.weight"], "fc.weight", True),
        ([""], "anything.at.all", True),
        ([], "fc.weight", False),
    ],
)
def test_a_path_covers_what_lies_below_it(paths: list[str], parameter: str, expected: bool) -> None:
    assert covers(paths, parameter) is expected


@pytest.mark.parametrize("first", range(5))
def test_dragging_the_frost_line_gives_a_plan_with_that_frost_line(first: int) -> None:
    plan = plan_from_frost_line(first, len(BLOCKS))
    assert frost_line(plan, BLOCKS) == min(first, 3)  # the head always trains


def test_a_single_layer_inside_a_block_moves_the_frost_line_to_its_block() -> None:
    plan = FreezePlan(preset=FreezePreset.CUSTOM, trainable=("layer1.0.conv",))
    assert frost_line(plan, BLOCKS) == 1


def test_a_plan_in_which_nothing_trains_has_its_frost_line_behind_the_head() -> None:
    assert frost_line(FreezePlan(preset=FreezePreset.CUSTOM), BLOCKS) == len(BLOCKS)


@pytest.mark.parametrize("parameter", ["", "layer1", "layer1.0.weight", "layer10.weight", "stem"])
@pytest.mark.parametrize(
    "paths", [(), ("",), ("layer1",), ("layer1.0", "stem"), ("layer1.0.weight",)]
)
def test_a_set_of_paths_covers_what_a_list_of_them_does(
    paths: tuple[str, ...], parameter: str
) -> None:
    assert covers(frozenset(paths), parameter) == covers(paths, parameter)
