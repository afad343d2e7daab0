from __future__ import annotations

import pytest
import torch
from timm.optim import Lion

from finetune_studio.engine.model.bundle import Block
from finetune_studio.engine.training.groups import parameter_groups
from finetune_studio.engine.training.optimizer import build_optimizer, regroup, set_learning_rate
from finetune_studio.project.choices import Optimizer
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.optimizer_memory import states_of
from tests.unit.engine.training.tiny import BLOCKS, same_bits, tiny_net

THREE = (
    Block("Below", ("backbone.0", "backbone.1")),
    Block("Above", ("backbone.3",)),
    Block("Head", ("head",)),
)
SETTINGS = Hyperparameters(learning_rate=0.3, weight_decay=0.2, momentum=0.7)


def test_biases_and_norms_do_not_decay_and_everything_else_does() -> None:
    module = tiny_net()
    decays = {
        id(parameter): group["weight_decay"]
        for group in parameter_groups(module, BLOCKS, SETTINGS)
        for parameter in group["params"]  # type: ignore[attr-defined]
    }
    for name, parameter in module.named_parameters():
        plain = name.endswith("bias") or name.startswith("backbone.1")
        assert decays[id(parameter)] == (0.0 if plain else 0.2), name


def test_head_and_backbone_are_told_apart_and_no_more_where_their_blocks_are_alike() -> None:
    groups = parameter_groups(tiny_net(), THREE, SETTINGS)
    assert sorted({str(group["name"]) for group in groups}) == ["backbone", "head"]
    assert {group["factor"] for group in groups} == {1.0}


def test_each_block_is_a_group_whose_rate_is_divided_once_more_than_that_of_the_block_above() -> (
    None
):
    module = tiny_net()
    settings = SETTINGS.edited(rate_decay=2.0, head_rate=5.0)
    optimizer = build_optimizer(module, THREE, settings)
    rates = set_learning_rate(optimizer, 0.1)
    assert rates == pytest.approx({"Below": 0.05, "Above": 0.1, "head": 0.5})
    of_parameter = {id(p): g["lr"] for g in optimizer.param_groups for p in g["params"]}
    for name, parameter in module.named_parameters():
        part = {"0": "Below", "1": "Below", "3": "Above"}[name.split(".")[1]]
        expected = rates["head" if name.startswith("head") else part]
        assert of_parameter[id(parameter)] == expected, name


def test_a_block_at_a_hundredth_of_the_rate_takes_a_hundredth_of_the_step() -> None:
    module = tiny_net(dropout=0.0, norm=False)
    before = {name: p.detach().clone() for name, p in module.named_parameters()}
    settings = SETTINGS.edited(
        optimizer=Optimizer.SGD, momentum=0.0, weight_decay=0.0, rate_decay=100.0
    )
    optimizer = build_optimizer(module, THREE, settings)
    set_learning_rate(optimizer, 0.1)
    module(torch.ones(2, 6)).square().sum().backward()
    optimizer.step()
    for name, parameter in module.named_parameters():
        rate = 0.001 if name.startswith("backbone.0") else 0.1
        assert parameter.grad is not None
        assert torch.allclose(parameter, before[name] - rate * parameter.grad), name


def test_what_is_frozen_is_in_no_group() -> None:
    module = tiny_net()
    module.backbone.requires_grad_(requires_grad=False)
    optimizer = build_optimizer(module, BLOCKS, SETTINGS)
    stepped = {id(p) for group in optimizer.param_groups for p in group["params"]}
    assert stepped == {id(parameter) for parameter in module.head.parameters()}


@pytest.mark.parametrize(
    ("choice", "kind"),
    [
        (Optimizer.ADAMW, torch.optim.AdamW),
        (Optimizer.ADAM, torch.optim.Adam),
        (Optimizer.SGD, torch.optim.SGD),
        (Optimizer.ADAGRAD, torch.optim.Adagrad),
        (Optimizer.RMSPROP, torch.optim.RMSprop),
        (Optimizer.ADAFACTOR, torch.optim.Adafactor),
        (Optimizer.LION, Lion),
    ],
)
def test_each_choice_is_the_optimizer_of_that_name(choice: Optimizer, kind: type) -> None:
    optimizer = build_optimizer(tiny_net(), BLOCKS, SETTINGS.edited(optimizer=choice))
    assert type(optimizer) is kind
    assert all(group["lr"] == 0.3 for group in optimizer.param_groups)
    if choice is Optimizer.SGD:
        assert all(group["momentum"] == 0.7 for group in optimizer.param_groups)


def test_the_rate_of_a_step_reaches_every_group_and_is_told_by_part() -> None:
    optimizer = build_optimizer(tiny_net(), BLOCKS, SETTINGS)
    assert set_learning_rate(optimizer, 0.05) == {"head": 0.05, "backbone": 0.05}
    assert {group["lr"] for group in optimizer.param_groups} == {0.05}


_FUSED = (Optimizer.ADAMW, Optimizer.ADAM, Optimizer.SGD, Optimizer.ADAGRAD)


@pytest.mark.parametrize("kind", _FUSED)
def test_everything_is_updated_in_one_pass_on_the_processor(kind: Optimizer) -> None:
    module = tiny_net()
    optimizer = build_optimizer(module, BLOCKS, SETTINGS.edited(optimizer=kind))
    assert all(group["fused"] for group in optimizer.param_groups)


def test_nothing_is_remembered_of_what_is_frozen() -> None:
    module = tiny_net()
    module.backbone.requires_grad_(requires_grad=False)
    optimizer = build_optimizer(module, BLOCKS, SETTINGS)
    module(torch.ones(2, 6)).sum().backward()
    optimizer.step()
    assert set(optimizer.state) == set(module.head.parameters())


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        (Optimizer.ADAMW, {"momentum": 0.5}),
        (Optimizer.ADAMW, {"second_momentum": 0.5}),
        (Optimizer.ADAM, {"epsilon": 0.1}),
        (Optimizer.ADAM, {"weight_decay": 0.9}),
        (Optimizer.SGD, {"nesterov": True}),
        (Optimizer.SGD, {"momentum": 0.0, "nesterov": True}),
        (Optimizer.RMSPROP, {"second_momentum": 0.5}),
        (Optimizer.RMSPROP, {"momentum": 0.0}),
        (Optimizer.ADAFACTOR, {"weight_decay": 0.9}),
        (Optimizer.ADAGRAD, {"weight_decay": 0.9}),
        (Optimizer.LION, {"second_momentum": 0.1, "momentum": 0.0}),
        (Optimizer.LION, {"weight_decay": 0.9}),
    ],
)
def test_each_setting_changes_the_steps_of_the_optimizers_that_have_it(
    kind: Optimizer, changes: dict[str, float]
) -> None:
    nets = [tiny_net(dropout=0.0), tiny_net(dropout=0.0)]
    plain = SETTINGS.edited(optimizer=kind, learning_rate=0.01)
    for module, settings in zip(nets, (plain, plain.edited(**changes)), strict=True):
        optimizer = build_optimizer(module, THREE, settings)
        for power in range(4):
            _stepped(module, optimizer, scale=(-2.0) ** power)
    assert not same_bits(*nets)


def _stepped(module: torch.nn.Module, optimizer: torch.optim.Optimizer, scale: float = 1.0) -> None:
    optimizer.zero_grad()
    torch.manual_seed(0)
    (scale * module(torch.linspace(-1, 1, 24).view(4, 6)).square().sum()).backward()
    optimizer.step()


@pytest.mark.parametrize("kind", list(Optimizer))
def test_layers_that_wake_join_and_those_that_trained_already_lose_nothing(
    kind: Optimizer,
) -> None:
    module = tiny_net()
    settings = SETTINGS.edited(optimizer=kind, rate_decay=2.6, learning_rate=0.01)
    module.backbone.requires_grad_(requires_grad=False)
    optimizer = build_optimizer(module, THREE, settings)
    _stepped(module, optimizer)
    remembered = {
        p: {key: value.clone() for key, value in state.items() if torch.is_tensor(value)}
        for p, state in optimizer.state.items()
    }
    module.get_submodule("backbone.3").requires_grad_(requires_grad=True)
    regroup(optimizer, module, THREE, settings)
    assert {str(group["name"]) for group in optimizer.param_groups} == {"Above", "head"}
    for parameter, state in remembered.items():
        kept = optimizer.state[parameter]
        assert all(torch.equal(kept[key], value) for key, value in state.items())
    before = module.get_parameter("backbone.3.weight").detach().clone()
    _stepped(module, optimizer)
    assert not torch.equal(module.get_parameter("backbone.3.weight"), before)


def test_regrouping_where_nothing_changed_changes_nothing() -> None:
    nets = [tiny_net(), tiny_net()]
    for index, module in enumerate(nets):
        optimizer = build_optimizer(module, THREE, SETTINGS)
        for _ in range(3):
            _stepped(module, optimizer)
            if index:
                regroup(optimizer, module, THREE, SETTINGS)
    assert same_bits(*nets)


def test_what_falls_asleep_is_forgotten_and_stays_as_it_is() -> None:
    module = tiny_net()
    optimizer = build_optimizer(module, THREE, SETTINGS)
    _stepped(module, optimizer)
    module.backbone.requires_grad_(requires_grad=False)
    regroup(optimizer, module, THREE, SETTINGS)
    assert set(optimizer.state) == set(module.head.parameters())


@pytest.mark.parametrize("optimizer", list(Optimizer))
@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_what_an_optimizer_remembers_is_what_the_memory_estimate_counts(
    optimizer: Optimizer, momentum: float
) -> None:
    module = torch.nn.Sequential(torch.nn.Linear(64, 64, bias=False))
    training = SETTINGS.edited(optimizer=optimizer, momentum=momentum)
    made = build_optimizer(module, (Block("Head", ("0",)),), training)
    module(torch.ones(2, 64)).square().sum().backward()
    made.step()
    held = sum(
        value.numel() for state in made.state.values() for value in state.values() if value.dim()
    )
    expected = states_of(training, convolutions=False)
    assert held / 64**2 == pytest.approx(expected, abs=0.05)


def test_of_convolutions_adafactor_remembers_about_a_number_each() -> None:
    layers = [torch.nn.Conv2d(32, 32, 1, bias=False), torch.nn.Conv2d(32, 32, 3, bias=False)]
    shares = []
    for layer in layers:
        module = torch.nn.Sequential(layer)
        training = SETTINGS.edited(optimizer=Optimizer.ADAFACTOR)
        made = build_optimizer(module, (Block("Head", ("0",)),), training)
        module(torch.ones(1, 32, 8, 8)).square().sum().backward()
        made.step()
        (state,) = made.state.values()
        held = sum(value.numel() for value in state.values() if value.dim())
        shares.append(held / layer.weight.numel())
    assert min(shares) < states_of(training, convolutions=True) < max(shares)
