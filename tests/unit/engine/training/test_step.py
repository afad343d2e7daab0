from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from finetune_studio.engine.compute import Compute
from finetune_studio.engine.training.averaging import Average
from finetune_studio.engine.training.criterion import LabelLoss
from finetune_studio.engine.training.optimizer import build_optimizer
from finetune_studio.engine.training.step import Stepper
from finetune_studio.project.choices import Optimizer, Precision
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.problems import ProblemError
from tests.unit.engine.training.tiny import BLOCKS, CPU, TinyBatch, TinyBatches, same_bits, tiny_net

PLAIN = Hyperparameters(optimizer=Optimizer.SGD, learning_rate=0.1, weight_decay=0, momentum=0)


def stepper_for(module: nn.Module, **more: Any) -> Stepper:
    optimizer = build_optimizer(module, BLOCKS, PLAIN)
    return Stepper(lambda inputs: module(inputs["x"]), module, optimizer, CPU, **more)


def still_net() -> nn.Module:
    """Without dropout and batch norm, so that dividing a batch changes nothing."""
    torch.manual_seed(1)
    return nn.ModuleDict({"body": nn.Linear(6, 8), "head": nn.Linear(8, 3)})


def through(module: nn.Module, x: Tensor) -> Tensor:
    return module["head"](torch.tanh(module["body"](x)))  # type: ignore[index]


def divided(pieces: list[int], *, micro_batch: int = 0) -> nn.Module:
    module = still_net()
    stepper = Stepper(
        lambda inputs: through(module, inputs["x"]),
        module,
        build_optimizer(module, BLOCKS, PLAIN),
        CPU,
    )
    stepper.micro_batch = micro_batch
    data = TinyBatches(samples=sum(pieces))
    stepper.begin(seed=0, samples=sum(pieces), rate=0.1)
    for inputs, targets in zip(data.inputs.split(pieces), data.targets.split(pieces), strict=True):
        stepper.gather(TinyBatch({"x": inputs}, targets, targets))
    stepper.update()
    return module


def far_apart(one: nn.Module, other: nn.Module) -> float:
    pairs = zip(one.parameters(), other.parameters(), strict=True)
    return max(float((a - b).detach().abs().max()) for a, b in pairs)


@pytest.mark.parametrize("pieces", [[4, 4, 4], [5, 5, 2], [11, 1]])
def test_a_step_of_several_batches_is_a_step_of_one_large_batch(pieces: list[int]) -> None:
    assert far_apart(divided(pieces), divided([12])) < 1e-6


@pytest.mark.parametrize("micro_batch", [1, 3, 5, 8])
def test_micro_batches_change_nothing_but_memory(micro_batch: int) -> None:
    assert far_apart(divided([12], micro_batch=micro_batch), divided([12])) < 1e-6


def test_a_step_in_one_piece_is_pytorchs_to_the_last_bit() -> None:
    plain, data = still_net(), TinyBatches(samples=12)
    loss = functional.cross_entropy(through(plain, data.inputs), data.targets)
    loss.backward()
    torch.optim.SGD(plain.parameters(), lr=0.1, fused=True).step()  # as ours is
    ours = divided([12])
    pairs = zip(plain.parameters(), ours.parameters(), strict=True)
    assert all(torch.equal(one, other) for one, other in pairs)


def test_no_step_starts_with_the_gradient_of_the_last() -> None:
    module = still_net()
    stepper = stepper_for(module)
    for parameter in module.parameters():
        parameter.grad = torch.ones_like(parameter)
    stepper.begin(seed=0, samples=1, rate=0.1)
    assert all(parameter.grad is None for parameter in module.parameters())


def test_statistics_of_what_came_later_are_taken_back_too() -> None:
    module = nn.ModuleDict({"body": nn.Linear(6, 8), "head": nn.Linear(8, 3)})
    stepper = stepper_for(module)
    module["norm"] = nn.BatchNorm1d(6)
    norm = module["norm"]
    stepper.turn_to(lambda inputs: through(module, norm(inputs["x"])))
    data = TinyBatches(samples=12)
    stepper.begin(seed=0, samples=12, rate=0.1)
    stepper.gather(TinyBatch({"x": data.inputs}, data.targets, data.targets))
    assert norm.num_batches_tracked == 1
    stepper.take_back()
    assert norm.num_batches_tracked == 0
    assert all(parameter.grad is None for parameter in module.parameters())


def test_the_loss_told_is_the_mean_over_all_samples_of_the_step() -> None:
    module = still_net()
    stepper = Stepper(
        lambda inputs: through(module, inputs["x"]),
        module,
        build_optimizer(module, BLOCKS, PLAIN),
        CPU,
    )
    data = TinyBatches(samples=7)
    expected = functional.cross_entropy(through(module, data.inputs), data.targets)
    right = (through(module, data.inputs).argmax(1) == data.targets).float().mean()
    stepper.begin(seed=0, samples=7, rate=0.1)
    for x, y in zip(data.inputs.split([5, 2]), data.targets.split([5, 2]), strict=True):
        stepper.gather(TinyBatch({"x": x}, y, y))
    loss, accuracy, norm = stepper.update().tolist()
    assert loss == pytest.approx(expected.item(), rel=1e-6)
    assert accuracy == pytest.approx(right.item())
    assert norm > 0


def test_a_sample_that_could_not_be_read_does_not_weaken_the_step() -> None:
    module, short = still_net(), still_net()
    for net, promised in ((module, 10), (short, 12)):
        stepper = Stepper(
            lambda inputs, net=net: through(net, inputs["x"]),  # type: ignore[misc]
            net,
            build_optimizer(net, BLOCKS, PLAIN),
            CPU,
        )
        data = TinyBatches(samples=10)
        stepper.begin(seed=0, samples=promised, rate=0.1)
        stepper.gather(TinyBatch({"x": data.inputs}, data.targets, data.targets))
        stepper.update()
    assert far_apart(module, short) < 1e-6


def test_clipping_caps_the_length_of_the_gradient_and_tells_the_length_before() -> None:
    module = still_net()
    before = [parameter.detach().clone() for parameter in module.parameters()]
    stepper = Stepper(
        lambda inputs: 100 * through(module, inputs["x"]),
        module,
        build_optimizer(module, BLOCKS, PLAIN),
        CPU,
        gradient_clip=0.5,
    )
    data = TinyBatches(samples=8)
    stepper.begin(seed=0, samples=8, rate=1.0)
    stepper.gather(TinyBatch({"x": data.inputs}, data.targets, data.targets))
    norm = stepper.update()[2]
    moved = [p.detach() - b for p, b in zip(module.parameters(), before, strict=True)]
    assert float(norm) > 5
    assert float(torch.cat([m.flatten() for m in moved]).norm()) == pytest.approx(0.5, rel=1e-3)


def test_label_smoothing_is_pytorchs() -> None:
    module = tiny_net(dropout=0.0).eval()
    data = TinyBatches(samples=8)
    expected = functional.cross_entropy(module(data.inputs), data.targets, label_smoothing=0.2)
    stepper = stepper_for(module, criterion=LabelLoss(smoothing=0.2))
    stepper.begin(seed=0, samples=8, rate=0.1)
    stepper.gather(TinyBatch({"x": data.inputs}, data.targets, data.targets))
    assert stepper.update()[0].item() == expected.item()


def test_taking_a_step_back_leaves_no_trace() -> None:
    module, untouched = tiny_net().train(), tiny_net()
    stepper = stepper_for(module)
    data = TinyBatches(samples=8)
    stepper.begin(seed=0, samples=8, rate=0.1)
    stepper.gather(TinyBatch({"x": data.inputs}, data.targets, data.targets))
    assert not same_bits(module, untouched)  # batch norm has counted
    stepper.take_back()
    assert same_bits(module, untouched)
    assert all(parameter.grad is None for parameter in module.parameters())


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_loss_that_is_no_number_stops_before_the_weights_are_touched(value: float) -> None:
    module = tiny_net().train()
    before = {name: p.clone() for name, p in module.named_parameters()}
    stepper = stepper_for(module)
    data = TinyBatches(samples=8)
    data.inputs[3, 2] = value
    stepper.begin(seed=0, samples=8, rate=0.1)
    stepper.gather(TinyBatch({"x": data.inputs}, data.targets, data.targets))
    with pytest.raises(ProblemError) as caught:
        stepper.update()
    assert caught.value.problem.code == "loss_not_finite"
    assert all(torch.equal(p, before[name]) for name, p in module.named_parameters())


def test_the_same_seed_hides_the_same_features() -> None:
    losses = []
    for seed in (5, 5, 6):
        stepper = stepper_for(tiny_net().train())
        data = TinyBatches(samples=8)
        stepper.begin(seed=seed, samples=8, rate=0.1)
        stepper.gather(TinyBatch({"x": data.inputs}, data.targets, data.targets))
        losses.append(float(stepper.update()[0]))
    assert losses[0] == losses[1]
    assert losses[0] != losses[2]


def test_a_single_sample_that_batch_norm_cannot_learn_from_is_a_plain_problem() -> None:
    stepper = stepper_for(tiny_net().train())
    data = TinyBatches(samples=1)
    stepper.begin(seed=0, samples=1, rate=0.1)
    with pytest.raises(ProblemError) as caught:
        stepper.gather(TinyBatch({"x": data.inputs}, data.targets, data.targets))
    assert caught.value.problem.code == "batch_of_one"
    assert caught.value.problem.where == "training.batch_size"


# ------------------------------------------------------------------------------- gradient scaling

HALF = Compute(torch.device("cpu"), Precision.FP16, threads=1)


def scaled_steps(factor: float, steps: int) -> tuple[list[list[float]], nn.Module, Average]:
    """Some steps whose loss is scaled, with logits that are as much too large."""
    module = still_net()
    average = Average(module, 0.9)
    stepper = Stepper(
        lambda inputs: through(module, inputs["x"]) * factor,
        module,
        build_optimizer(module, BLOCKS, PLAIN),
        HALF,
        average=average,
    )
    data = TinyBatches(samples=8)
    told = []
    for _ in range(steps):
        stepper.begin(seed=0, samples=8, rate=0.1)
        stepper.gather(TinyBatch({"x": data.inputs}, data.targets, data.targets))
        told.append(stepper.update().tolist())
    return told, module, average


def test_a_step_with_a_scaler_tells_its_scale() -> None:
    told, module, _ = scaled_steps(1.0, 2)
    assert [figures[3] for figures in told] == [2.0**14, 2.0**14]
    assert far_apart(module, still_net()) > 1e-3


def test_a_gradient_that_does_not_fit_is_skipped_and_the_scale_falls() -> None:
    told, module, average = scaled_steps(1e36, 3)
    assert not any(math.isfinite(figures[2]) for figures in told)
    assert [figures[3] for figures in told] == [2.0**14, 2.0**13, 2.0**12]
    assert far_apart(module, still_net()) == 0
    with average.in_force():
        assert far_apart(module, still_net()) == 0


def test_scaling_changes_nothing_but_rounding() -> None:
    _, scaled, _ = scaled_steps(1.0, 1)
    assert far_apart(scaled, divided([8])) < 1e-3
