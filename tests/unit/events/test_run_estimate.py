from __future__ import annotations

import pytest

from finetune_studio.events.estimates import estimate
from finetune_studio.events.run_estimate import estimate_run
from finetune_studio.project.choices import (
    Adapters,
    Augmentation,
    FreezePreset,
    Optimizer,
    Task,
    Unfreezing,
)
from finetune_studio.project.freeze_plan import FreezePlan
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.project import Project
from tests.unit.events.test_estimates import measured

MODEL = measured()
ALL = FreezePlan(preset=FreezePreset.EVERYTHING)


def project(plan: FreezePlan, **training: object) -> Project:
    settings = {"epochs": 10, "batch_size": 8, "augmentation": Augmentation.OFF, **training}
    return Project(task=Task.IMAGE, freeze=plan, training=Hyperparameters(**settings))


def milliseconds(plan: FreezePlan, **training: object) -> float:
    return 1e3 * estimate_run(MODEL, project(plan, **training)).seconds(1)


def test_stored_features_make_all_epochs_but_the_first_shorter() -> None:
    assert milliseconds(FreezePlan()) == pytest.approx(6 + 9 * 4)


@pytest.mark.parametrize("task", list(Task))
def test_words_that_mislead_are_learned_from_a_second_time(task: Task) -> None:
    def seconds(plan: FreezePlan, **training: object) -> tuple[float, float]:
        (phase,) = estimate_run(MODEL, project(plan, **training).edited(task=task)).phases
        return phase.seconds_per_sample, phase.looking_seconds

    once, looking = seconds(ALL)
    twice, looking_still = seconds(ALL, adversarial=0.5)
    assert looking_still == looking
    assert twice == pytest.approx(2 * once if task is Task.TEXT else once)
    assert seconds(FreezePlan(), adversarial=0.5) == seconds(FreezePlan())


@pytest.mark.parametrize(
    ("training", "whole"),
    [
        ({"reuse_frozen": False}, 10),
        ({"epochs": 1}, 1),
        ({"augmentation": Augmentation.LIGHT, "augmented_views": 4}, 4),
        ({"augmentation": Augmentation.LIGHT, "augmented_views": 0}, 10),
        ({"augmentation": Augmentation.LIGHT, "augmented_views": 40}, 10),
    ],
)
def test_frozen_layers_are_passed_as_often_as_a_run_needs_them(
    training: dict[str, object], whole: int
) -> None:
    (phase,) = estimate_run(MODEL, project(FreezePlan(), **training)).phases
    assert phase.whole == whole
    assert phase.stores == (whole < 10 and phase.last > 1)


def test_each_phase_costs_what_trains_in_it() -> None:
    plan = ALL.edited(unfreezing=Unfreezing.HEAD_FIRST, head_epochs=3)
    found = estimate_run(MODEL, project(plan))
    assert [(phase.first, phase.last) for phase in found.phases] == [(1, 3), (4, 10)]
    assert found.phases[0].cost == estimate(MODEL, FreezePlan(), 8)
    assert found.end == estimate(MODEL, ALL, 8)
    assert found.memory == found.end.memory
    assert milliseconds(plan) == pytest.approx(6 + 2 * 4 + 7 * 12)


@pytest.mark.parametrize(
    ("settings", "copies", "of_head"),
    [
        ({"weight_average": 0.99}, 1, 1),
        ({"l2_sp": 0.1}, 1, 0),
        ({"distillation": 1.0}, 1, 1),
        ({"weight_average": 0.99, "l2_sp": 0.1, "distillation": 1.0}, 3, 2),
    ],
)
def test_memory_holds_the_copies_of_weights_that_remedies_keep(
    settings: dict[str, object], copies: int, of_head: int
) -> None:
    head = estimate(MODEL, FreezePlan(), 8).trainable
    for plan in (ALL, FreezePlan()):
        without, held = (estimate_run(MODEL, project(plan, **more)) for more in ({}, settings))
        backbone = without.end.trainable - head
        expected = 4 * (copies * backbone + of_head * head)
        assert held.memory - without.memory == expected


@pytest.mark.parametrize(
    ("settings", "states"),
    [
        ({"optimizer": Optimizer.ADAM}, 2),
        ({"optimizer": Optimizer.SGD, "momentum": 0.0}, 0),
        ({"optimizer": Optimizer.SGD}, 1),
        ({"optimizer": Optimizer.ADAFACTOR}, 0),
    ],
)
def test_memory_holds_what_the_chosen_optimizer_remembers(
    settings: dict[str, object], states: int
) -> None:
    model = MODEL.edited(transformer=True)
    of_adamw, held = (estimate_run(model, project(ALL, **more)) for more in ({}, settings))
    assert of_adamw.memory - held.memory == 4 * (2 - states) * held.end.trainable


def test_every_epoch_costs_something_beside_its_samples() -> None:
    model = MODEL.edited(epoch_seconds=0.5)
    without, counted = (estimate_run(one, project(ALL)).seconds(1) for one in (MODEL, model))
    assert counted - without == pytest.approx(10 * 0.5, rel=1e-3)


def test_every_epoch_saves_what_trains_and_what_the_optimizer_remembers() -> None:
    model = MODEL.edited(epoch_seconds=0.5, parameters=10**9)
    tree = model.tree.edited(children=(model.tree.children[0].edited(parameters=10**9),))
    model = model.edited(tree=tree)
    plain, adam = (
        estimate_run(model, project(ALL, optimizer=optimizer, momentum=0.0)).epoch_seconds
        for optimizer in (Optimizer.SGD, Optimizer.ADAM)
    )
    assert plain > 1.0
    assert adam - 0.5 == pytest.approx(3 * (plain - 0.5))


def test_validation_updates_nothing() -> None:
    plain, slow = MODEL, MODEL.edited(step_seconds=0.8)
    looking = [
        estimate_run(one, project(ALL)).seconds(8, 9) - estimate_run(one, project(ALL)).seconds(8)
        for one in (plain, slow)
    ]
    assert looking[0] == pytest.approx(looking[1])


def test_adapters_take_time_for_what_they_move_and_none_below_the_lowest() -> None:
    fits = {
        "adapter": "linear",
        "adapter_parameters": 7,
        "adapter_moves": 7,
        "output_shape": (4, 3),
    }
    stem, body, head = MODEL.tree.children
    adapted = body.edited(children=tuple(layer.edited(**fits) for layer in body.children))
    tree = MODEL.tree.edited(children=(stem, adapted, head))
    model = MODEL.edited(tree=tree, adapter_seconds=1e-5)
    settings = {"adapters": Adapters.LORA, "adapter_rank": 8}
    cost = estimate_run(model, project(ALL, **settings)).end
    # The body passes gradients on; the stem, with no adapter, only forward and once.
    own = 1e-5 * 4 * 7
    assert cost.later_seconds_per_sample == pytest.approx(0.0025 + own + 0.004)
    assert cost.seconds_per_sample == pytest.approx(0.001 + cost.later_seconds_per_sample)


def test_samples_of_validation_cost_a_third() -> None:
    run = estimate_run(MODEL, project(ALL))
    assert run.seconds(30, 9) == pytest.approx(run.seconds(33))


def test_adapters_cost_less_than_what_they_stand_beside() -> None:
    fits = {"adapter": "linear", "adapter_parameters": 7, "seconds": 0.0001}
    children = tuple(
        part.edited(children=tuple(layer.edited(**fits) for layer in part.children))
        for part in MODEL.tree.children
    )
    model = MODEL.edited(tree=MODEL.tree.edited(children=children))
    whole, adapted, wide = (
        estimate_run(model, project(ALL, **settings)).end
        for settings in (
            {},
            {"adapters": Adapters.LORA, "adapter_rank": 2},
            {"adapters": Adapters.LORA, "adapter_rank": 4},
        )
    )
    head = model.tree.children[-1].parameters
    assert adapted.trainable == head + 2 * 7 * (len(children) - 1)
    assert wide.trainable == head + 4 * 7 * (len(children) - 1)
    assert adapted.seconds_per_sample < whole.seconds_per_sample
    layers = [layer for part in model.tree.children[:-1] for layer in part.children]
    # Two ranks more: three products of seven parameters for each.
    own = sum(3 * 2 * 7 * layer.seconds / layer.parameters for layer in layers)
    update = model.update_seconds * (wide.trainable - adapted.trainable) / 8
    grown = wide.seconds_per_sample - adapted.seconds_per_sample
    assert own > 0
    assert grown == pytest.approx(own + update)
    assert adapted.memory < whole.memory
