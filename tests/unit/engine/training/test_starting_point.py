from __future__ import annotations

from pathlib import Path

import pytest
import torch

from finetune_studio.engine.training.groups import parameter_groups
from finetune_studio.engine.training.optimizer import build_optimizer
from finetune_studio.engine.training.starting_point import save_start, starting_point
from finetune_studio.engine.training.step import Stepper
from finetune_studio.project.choices import Optimizer
from finetune_studio.project.hyperparameters import Hyperparameters
from tests.unit.engine.training.tiny import BLOCKS, CPU, TinyBatch, TinyBatches, TinyNet, tiny_net

ALPHA, BETA = 0.3, 0.05
SETTINGS = Hyperparameters(
    optimizer=Optimizer.SGD, learning_rate=0.1, momentum=0, l2_sp=ALPHA, l2_sp_head=BETA
)


def moved_away(folder: Path, *, frozen: bool = False) -> tuple[TinyNet, dict[str, torch.Tensor]]:
    """A network whose start is written down, some way from it; and its start."""
    module = tiny_net(dropout=0.0, norm=False)
    if frozen:
        module.backbone.requires_grad_(False)
    save_start(module, ["head"], folder)
    start = {name: p.detach().clone() for name, p in module.named_parameters()}
    torch.manual_seed(9)
    with torch.no_grad():
        for parameter in module.parameters():
            if parameter.requires_grad:
                parameter.add_(0.1 * torch.randn_like(parameter))
    return module, start


def gradients(module: TinyNet, folder: Path | None, micro_batch: int = 0) -> list[torch.Tensor]:
    """Of a step, with the pull or without."""
    pull = starting_point(SETTINGS, module, folder) if folder else None
    stepper = Stepper(
        lambda inputs: module(inputs["x"]),
        module,
        build_optimizer(module, BLOCKS, SETTINGS),
        CPU,
        start=pull,
    )
    stepper.micro_batch = micro_batch
    data = TinyBatches(samples=8)
    stepper.begin(seed=0, samples=8, rate=0.0)
    stepper.gather(TinyBatch({"x": data.inputs}, data.targets, data.targets))
    stepper.update()
    return [p.grad.clone() for p in module.parameters() if p.grad is not None]


@pytest.mark.parametrize("micro_batch", [0, 3])
def test_the_gradient_is_that_of_the_loss_with_the_penalty(
    tmp_path: Path, micro_batch: int
) -> None:
    module, start = moved_away(tmp_path)
    found = gradients(module, tmp_path, micro_batch)
    module.zero_grad()
    data = TinyBatches(samples=8)
    loss = torch.nn.functional.cross_entropy(module(data.inputs), data.targets)
    for name, parameter in module.named_parameters():
        if not name.startswith("head"):
            loss = loss + ALPHA / 2 * (parameter - start[name]).square().sum()
        elif parameter.ndim > 1:
            loss = loss + BETA / 2 * parameter.square().sum()
    loss.backward()
    expected = [p.grad for p in module.parameters() if p.grad is not None]
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other)


def test_without_a_way_gone_only_the_heads_weights_are_pulled(tmp_path: Path) -> None:
    module = tiny_net(dropout=0.0, norm=False)
    save_start(module, ["head"], tmp_path)
    pulled, plain = gradients(module, tmp_path), gradients(module, None)
    names = [name for name, _ in module.named_parameters()]
    differing = [n for n, a, b in zip(names, pulled, plain, strict=True) if not torch.equal(a, b)]
    assert differing == ["head.1.weight"]


def test_what_is_frozen_has_no_start_and_is_not_pulled(tmp_path: Path) -> None:
    module, start = moved_away(tmp_path, frozen=True)
    gradients(module, tmp_path)
    assert all(
        torch.equal(p, start[n]) and p.grad is None
        for n, p in module.named_parameters()
        if n.startswith("backbone")
    )


def test_it_takes_the_place_of_weight_decay() -> None:
    module = tiny_net()
    decayed = Hyperparameters(weight_decay=0.1)
    assert any(group["weight_decay"] for group in parameter_groups(module, BLOCKS, decayed))
    pulled = decayed.edited(l2_sp=0.1)
    assert not any(group["weight_decay"] for group in parameter_groups(module, BLOCKS, pulled))


def test_it_is_off_unless_asked(tmp_path: Path) -> None:
    assert starting_point(Hyperparameters(), tiny_net(), tmp_path) is None
