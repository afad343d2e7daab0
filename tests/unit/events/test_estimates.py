from __future__ import annotations

import pytest

from finetune_studio.events.descriptions import BlockDescription, LayerNode, ModelDescription
from finetune_studio.events.estimates import estimate, trainable_parameters
from finetune_studio.project.choices import FreezePreset, Task
from finetune_studio.project.freeze_plan import FreezePlan

SIZES = {"stem": 100, "body": 1000, "head": 10}
TREE = LayerNode(
    path="",
    name="Net",
    kind="Net",
    parameters=1110,
    children=tuple(
        LayerNode(
            path=name,
            name=name,
            kind="Part",
            parameters=size,
            children=(LayerNode(path=f"{name}.0", name="0", kind="Linear", parameters=size // 2),),
        )
        for name, size in SIZES.items()
    ),
)
MODEL = ModelDescription(
    id="a/b",
    title="B",
    task=Task.IMAGE,
    parameters=1110,
    input_size=8,
    transformer=False,
    licence="MIT",
    blocks=tuple(
        BlockDescription(
            name=name, paths=(name,), parameters=size, seconds=size / 1000, activation_bytes=size
        )
        for name, size in SIZES.items()
    ),
    tree=TREE,
)
HEAD = FreezePlan()
ALL = FreezePlan(preset=FreezePreset.EVERYTHING)


def test_trainable_parameters_are_counted_at_any_depth() -> None:
    assert trainable_parameters(TREE, frozenset({"head", "body.0"})) == 510
    assert estimate(MODEL, HEAD, 8).trainable == 10
    assert estimate(MODEL, ALL, 8).trainable == estimate(MODEL, ALL, 8).total == 1110


def test_a_head_is_faster_and_smaller_than_everything() -> None:
    head, everything = estimate(MODEL, HEAD, 8), estimate(MODEL, ALL, 8)
    assert head.seconds_per_sample < everything.seconds_per_sample
    assert head.memory < everything.memory
    assert head.speedup == pytest.approx(3.33 / 1.13)
    assert everything.speedup == 1.0


def test_memory_grows_with_the_batch() -> None:
    assert estimate(MODEL, ALL, 16).memory - estimate(MODEL, ALL, 8).memory == 8 * 1110
