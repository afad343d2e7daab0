from __future__ import annotations

import pytest

from finetune_studio.events.descriptions import BlockDescription, LayerNode, ModelDescription
from finetune_studio.events.estimates import estimate
from finetune_studio.events.layer_tree import trainable_parameters
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
    assert estimate(MODEL, ALL, 16).memory - estimate(MODEL, ALL, 8).memory == int(8 * 1.3 * 1110)


def custom(*paths: str) -> FreezePlan:
    return FreezePlan(preset=FreezePreset.CUSTOM, trainable=paths)


def measured(**changes: object) -> ModelDescription:
    """Every block takes 1 ms forward, and 4 ms forward and backward."""
    blocks = tuple(
        block.edited(seconds=0.001, training_seconds=0.004, parameters=block.parameters)
        for block in MODEL.blocks
    )
    return MODEL.edited(blocks=blocks, **changes)


def milliseconds(plan: FreezePlan, model: ModelDescription | None = None) -> tuple[float, float]:
    cost = estimate(model or measured(), plan, 8)
    return 1e3 * cost.seconds_per_sample, 1e3 * cost.later_seconds_per_sample


def test_what_is_stored_is_passed_in_the_first_epoch_only() -> None:
    assert milliseconds(HEAD) == pytest.approx((1 + 1 + 4, 4))
    assert milliseconds(ALL) == pytest.approx((12, 12))


def test_a_frozen_block_behind_one_that_trains_passes_gradients_on() -> None:
    # Forward 1 ms, backward only for its inputs: half of 3 ms.
    assert milliseconds(custom("stem", "head")) == pytest.approx((4 + 2.5 + 4,) * 2)


def test_a_block_is_divided_where_its_first_layer_trains() -> None:
    layers = tuple(
        LayerNode(path=f"body.{i}", name=str(i), kind="Linear", parameters=250, seconds=0.00025)
        for i in range(4)
    )
    stem, body, head = TREE.children
    tree = TREE.edited(children=(stem, body.edited(children=layers), head))
    whole, later = milliseconds(custom("body.3", "head"), measured(tree=tree))
    assert whole == pytest.approx(1 + 0.75 + 0.25 * 4 + 4)
    assert later == pytest.approx(0.25 * 4 + 4)


def test_updating_is_shared_by_the_samples_of_a_step() -> None:
    model = measured(update_seconds=1e-6)
    assert milliseconds(ALL, model)[0] == pytest.approx(12 + 1110e-3 / 8)
    assert milliseconds(HEAD, model)[1] == pytest.approx(4 + 10e-3 / 8)


def test_longer_texts_take_longer() -> None:
    model = measured(measured_tokens=64)
    short, long = (estimate(model, ALL, 8, tokens=count) for count in (32, 128))
    assert long.seconds_per_sample == pytest.approx(4 * short.seconds_per_sample)
    assert estimate(model, ALL, 8).seconds_per_sample == pytest.approx(0.012)


def test_what_a_batch_takes_whatever_its_size_is_shared_by_its_samples() -> None:
    model = measured(fixed_share=0.5, measured_tokens=64)
    of_usual, of_few = (estimate(model, ALL, size).seconds_per_sample for size in (32, 8))
    assert 1e3 * of_usual == pytest.approx(12)
    assert 1e3 * of_few == pytest.approx(12 * (0.5 + 0.5 * 4))
    short = estimate(model, ALL, 8, tokens=16).seconds_per_sample
    assert 1e3 * short == pytest.approx(12 * (0.5 / 4 + 0.5 * 4))


def test_a_step_and_each_layer_that_trains_take_something_of_their_own() -> None:
    model = measured(step_seconds=0.01, layer_seconds=0.001)
    assert milliseconds(ALL, model)[0] == pytest.approx(12 + (10 + 3) / 8)
    assert milliseconds(HEAD, model)[1] == pytest.approx(4 + (10 + 1) / 8)


def test_what_gradients_take_through_a_frozen_block_is_measured() -> None:
    blocks = tuple(block.edited(passing_seconds=0.003) for block in measured().blocks)
    model = measured().edited(blocks=blocks)
    assert milliseconds(custom("stem", "head"), model) == pytest.approx((4 + 3 + 4,) * 2)
    assert milliseconds(ALL, model)[0] == pytest.approx(12)
