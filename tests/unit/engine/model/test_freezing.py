from __future__ import annotations

import pytest
import torch
from torch import nn

from finetune_studio.engine.model.freezing import freeze, set_training_mode
from finetune_studio.project.problems import ProblemError


def _network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Dropout(0.5)),
        nn.Sequential(nn.Conv2d(4, 4, 3), nn.BatchNorm2d(4), nn.Dropout(0.5)),
        nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.5), nn.Linear(4, 2)),
    )


def _step(module: nn.Module, paths: frozenset[str]) -> None:
    freeze(module, paths)
    set_training_mode(module, paths)
    optimizer = torch.optim.SGD([p for p in module.parameters() if p.requires_grad], lr=1.0)
    module(torch.randn(8, 3, 8, 8)).square().sum().backward()
    optimizer.step()


def test_only_what_lies_in_the_paths_trains() -> None:
    module = _network()
    assert freeze(module, frozenset({"1.0", "2"})) == (
        "1.0.weight",
        "1.0.bias",
        "2.3.weight",
        "2.3.bias",
    )
    assert not any(parameter.requires_grad for parameter in module[0].parameters())


def test_a_frozen_part_keeps_weights_and_statistics_to_the_last_bit() -> None:
    module = _network()
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    _step(module, frozenset({"2"}))
    after = module.state_dict()
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed == {"2.3.weight", "2.3.bias"}


def test_batch_norm_in_a_part_that_trains_follows_the_data() -> None:
    module = _network()
    before = module.state_dict()["1.1.running_mean"].clone()
    _step(module, frozenset({"1", "2"}))
    assert not torch.equal(module.state_dict()["1.1.running_mean"], before)


def test_dropout_works_only_where_something_trains() -> None:
    module = _network()
    set_training_mode(module, frozenset({"2"}))
    assert [part.training for part in (module, module[0], module[0][2], module[2][2])] == [
        False,
        False,
        False,
        True,
    ]
    frozen = module[:2]
    inputs = torch.randn(2, 3, 8, 8)
    assert torch.equal(frozen(inputs), frozen(inputs))


def test_the_empty_path_is_everything() -> None:
    module = _network()
    assert len(freeze(module, frozenset({""}))) == len(list(module.parameters()))
    set_training_mode(module, frozenset({""}))
    assert all(part.training for part in module.modules())


def test_another_plan_takes_the_place_of_the_first() -> None:
    module = _network()
    _step(module, frozenset({"0", "2"}))
    freeze(module, frozenset({"2"}))
    set_training_mode(module, frozenset({"2"}))
    assert all(parameter.grad is None for parameter in module[0].parameters())
    assert not module[0].training


def test_a_path_is_not_mistaken_for_one_that_begins_alike() -> None:
    module = nn.ModuleDict({"layer": nn.Linear(1, 1), "layer2": nn.Linear(1, 1)})
    assert freeze(module, frozenset({"layer"})) == ("layer.weight", "layer.bias")


def test_a_plan_under_which_nothing_trains_is_refused() -> None:
    with pytest.raises(ProblemError) as caught:
        freeze(_network(), frozenset({"7"}))
    assert caught.value.problem.code == "nothing_trains"
