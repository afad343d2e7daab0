from __future__ import annotations

import pytest
import torch

from finetune_studio.engine.training.optimizer import (
    build_optimizer,
    parameter_groups,
    set_learning_rate,
)
from finetune_studio.project.choices import Optimizer
from finetune_studio.project.hyperparameters import Hyperparameters
from tests.unit.engine.training.tiny import tiny_net

SETTINGS = Hyperparameters(learning_rate=0.3, weight_decay=0.2, momentum=0.7)


def test_biases_and_norms_do_not_decay_and_everything_else_does() -> None:
    module = tiny_net()
    decays = {
        id(parameter): group["weight_decay"]
        for group in parameter_groups(module, ["head"], SETTINGS)
        for parameter in group["params"]  # type: ignore[attr-defined]
    }
    for name, parameter in module.named_parameters():
        plain = name.endswith("bias") or name.startswith("backbone.1")
        assert decays[id(parameter)] == (0.0 if plain else 0.2), name


def test_head_and_backbone_are_told_apart() -> None:
    names = [group["name"] for group in parameter_groups(tiny_net(), ["head"], SETTINGS)]
    assert sorted(set(names)) == ["backbone", "head"]  # type: ignore[type-var]


def test_what_is_frozen_is_in_no_group() -> None:
    module = tiny_net()
    module.backbone.requires_grad_(requires_grad=False)
    optimizer = build_optimizer(module, ["head"], SETTINGS)
    stepped = {id(p) for group in optimizer.param_groups for p in group["params"]}
    assert stepped == {id(parameter) for parameter in module.head.parameters()}


@pytest.mark.parametrize(
    ("choice", "kind"),
    [
        (Optimizer.ADAMW, torch.optim.AdamW),
        (Optimizer.ADAM, torch.optim.Adam),
        (Optimizer.SGD, torch.optim.SGD),
        (Optimizer.ADAGRAD, torch.optim.Adagrad),
    ],
)
def test_each_choice_is_the_optimizer_of_that_name(choice: Optimizer, kind: type) -> None:
    optimizer = build_optimizer(tiny_net(), ["head"], SETTINGS.edited(optimizer=choice))
    assert type(optimizer) is kind
    assert all(group["lr"] == 0.3 for group in optimizer.param_groups)
    if choice is Optimizer.SGD:
        assert all(group["momentum"] == 0.7 for group in optimizer.param_groups)


def test_the_rate_of_a_step_reaches_every_group_and_is_told_by_part() -> None:
    optimizer = build_optimizer(tiny_net(), ["head"], SETTINGS)
    assert set_learning_rate(optimizer, 0.05) == {"head": 0.05, "backbone": 0.05}
    assert {group["lr"] for group in optimizer.param_groups} == {0.05}


@pytest.mark.parametrize("kind", list(Optimizer))
def test_everything_is_updated_in_one_pass_on_the_processor(kind: Optimizer) -> None:
    module = tiny_net()
    optimizer = build_optimizer(module, ["head"], SETTINGS.edited(optimizer=kind))
    assert all(group["fused"] for group in optimizer.param_groups)


def test_nothing_is_remembered_of_what_is_frozen() -> None:
    module = tiny_net()
    module.backbone.requires_grad_(requires_grad=False)
    optimizer = build_optimizer(module, ["head"], SETTINGS)
    module(torch.ones(2, 6)).sum().backward()
    optimizer.step()
    assert set(optimizer.state) == set(module.head.parameters())
