from __future__ import annotations

import pytest
import torch
from torch import nn

from finetune_studio.engine.training.averaging import Average, average_for
from finetune_studio.engine.training.optimizer import build_optimizer
from finetune_studio.engine.training.step import Stepper
from finetune_studio.project.choices import Optimizer
from finetune_studio.project.hyperparameters import Hyperparameters
from tests.unit.engine.training.tiny import BLOCKS, CPU, TinyBatch, TinyBatches, same_bits, tiny_net

SETTINGS = Hyperparameters(optimizer=Optimizer.SGD, learning_rate=0.1, weight_decay=0)


def state(module: nn.Module) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in module.state_dict().items()}


def stepped(steps: int, decay: float) -> tuple[nn.Module, Average, list[dict[str, torch.Tensor]]]:
    """A network trained for some steps, its average, and its state before and after each."""
    module = tiny_net().train()
    average = Average(module, decay)
    stepper = Stepper(
        lambda inputs: module(inputs["x"]),
        module,
        build_optimizer(module, BLOCKS, SETTINGS),
        CPU,
        average=average,
    )
    data = TinyBatches(samples=8)
    states = [state(module)]
    for step in range(steps):
        stepper.begin(seed=step, samples=8, rate=0.1)
        stepper.gather(TinyBatch({"x": data.inputs}, data.targets, data.targets))
        stepper.update()
        states.append(state(module))
    return module, average, states


@pytest.mark.parametrize("decay", [0.5, 0.999])
def test_the_average_is_the_recursion_by_hand(decay: float) -> None:
    module, average, states = stepped(6, decay)
    expected = states[0]
    for step, now in enumerate(states[1:], start=1):
        d = min(decay, (1 + step) / (10 + step))
        for name in expected:
            mixed = d * expected[name] + (1 - d) * now[name]
            expected[name] = mixed if now[name].is_floating_point() else now[name]
    with average.in_force():
        torch.testing.assert_close(state(module), expected)
        assert not torch.allclose(module.head[1].weight, states[-1]["head.1.weight"])  # type: ignore[index,union-attr]


def test_batch_statistics_are_averaged_and_batches_counted() -> None:
    module, average, states = stepped(3, 0.9)
    with average.in_force():
        found = state(module)
    assert found["backbone.1.num_batches_tracked"] == 3
    means = torch.stack([one["backbone.1.running_mean"] for one in states])
    assert not torch.equal(found["backbone.1.running_mean"], means[-1])
    assert bool((found["backbone.1.running_mean"] >= means.amin(0) - 1e-6).all())
    assert bool((found["backbone.1.running_mean"] <= means.amax(0) + 1e-6).all())


def test_training_goes_on_with_its_own_weights_to_the_bit() -> None:
    plain, _, _ = stepped(4, 0.5)
    module, average, states = stepped(4, 0.5)
    with average.in_force():
        pass
    assert same_bits(module, plain)
    assert all(torch.equal(state(module)[name], states[-1][name]) for name in states[-1])


def test_what_is_frozen_is_no_part_of_it_and_what_wakes_is_taken_in() -> None:
    module = tiny_net()
    module.backbone.requires_grad_(False)
    average = Average(module, 0.9)
    module.backbone.requires_grad_(True)
    woken = state(module)
    average.follow()
    with torch.no_grad():
        module.get_parameter("backbone.0.weight").add_(1.0)
    average.update()
    share = 1 - min(0.9, 2 / 11)
    with average.in_force():
        torch.testing.assert_close(module.backbone[0].weight, woken["backbone.0.weight"] + share)


def test_there_is_none_unless_asked() -> None:
    assert average_for(Hyperparameters(), tiny_net()) is None
    assert average_for(Hyperparameters(weight_average=0.9), tiny_net()) is not None
