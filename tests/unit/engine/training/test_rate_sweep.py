from __future__ import annotations

import itertools

import pytest
import torch

from finetune_studio.engine.stopping import Stopped
from finetune_studio.engine.training.loop import StepSizes
from finetune_studio.engine.training.optimizer import build_optimizer
from finetune_studio.engine.training.rate_sweep import rising_rates, sweep, undone
from finetune_studio.engine.training.step import Stepper
from finetune_studio.project.choices import Optimizer
from finetune_studio.project.hyperparameters import Hyperparameters
from tests.unit.engine.training.tiny import BLOCKS, CPU, TinyBatches, TinyNet, tiny_net

RATES = rising_rates(40)


class Table:
    """A tiny model on which rates are tried."""

    def __init__(
        self,
        choice: Optimizer = Optimizer.ADAMW,
        gradient_clip: float = 1.0,
        rates: list[float] = RATES,
    ) -> None:
        self.rates = rates
        self.module: TinyNet = tiny_net().train()
        self.batches = TinyBatches(samples=20, batch_size=4)
        training = Hyperparameters(optimizer=choice)
        self.optimizer = build_optimizer(self.module, BLOCKS, training)
        self.stepper = Stepper(
            lambda inputs: self.module(inputs["x"]),
            self.module,
            self.optimizer,
            CPU,
            gradient_clip=gradient_clip,
        )
        self.tried: list[tuple[int, float, float, float]] = []

    def sweep(self, stop_after: int = 1000) -> bool:
        return sweep(
            self.stepper,
            self.batches,
            StepSizes(20, 4, accumulation=2),
            self.rates,
            seed=1,
            tried=lambda *figures: self.tried.append(figures),
            stop_requested=lambda: len(self.tried) >= stop_after,
        )

    def bits(self) -> list[torch.Tensor]:
        state = [value for one in self.optimizer.state.values() for value in one.values()]
        return [value.clone() for value in (*self.module.state_dict().values(), *state)]


def test_rates_rise_by_the_same_factor() -> None:
    assert (RATES[0], RATES[-1]) == pytest.approx((1e-7, 10.0))
    factors = [b / a for a, b in itertools.pairwise(RATES)]
    assert factors == pytest.approx([factors[0]] * 39)


def test_each_rate_makes_one_step_and_epochs_follow_one_another() -> None:
    table = Table(Optimizer.LION)
    table.sweep(stop_after=1000)
    assert [number for number, *_ in table.tried] == list(range(1, len(table.tried) + 1))
    assert [rate for _, rate, *_ in table.tried] == RATES[: len(table.tried)]
    # 5 batches an epoch, two a step: the third step of an epoch has the one left over.
    assert table.batches.read[:6] == [(1, 0), (1, 1), (1, 2), (1, 3), (1, 4), (2, 0)]


def test_it_ends_when_the_loss_shoots_up() -> None:
    table = Table(Optimizer.SGD, gradient_clip=0.0)
    assert table.sweep()
    smooth = [figures[3] for figures in table.tried]
    assert all(value <= 4 * min(smooth) for value in smooth[:-1])


def test_it_ends_when_the_loss_is_no_number_any_more() -> None:
    table = Table(Optimizer.SGD, gradient_clip=0.0, rates=[1e-3] * 3 + [1e30] * 20)
    assert table.sweep()
    assert len(table.tried) < 10


def test_it_ends_when_asked_to() -> None:
    table = Table()
    with pytest.raises(Stopped):
        table.sweep(stop_after=5)
    assert len(table.tried) == 5


@pytest.mark.parametrize("choice", list(Optimizer))
@pytest.mark.parametrize("stop_after", [7, 1000])
def test_afterwards_everything_is_as_before_to_the_bit(choice: Optimizer, stop_after: int) -> None:
    table = Table(choice)
    for batch in table.batches.training(1):  # so that there are moments to keep
        table.stepper.begin(3, 4, 0.01)
        table.stepper.gather(batch)
        table.stepper.update()
    table.optimizer.zero_grad(set_to_none=True)
    before, rates = table.bits(), [group["lr"] for group in table.optimizer.param_groups]
    torch.manual_seed(123)
    chance = torch.get_rng_state()
    try:
        with undone(table.module, table.optimizer, CPU):
            table.module.eval()
            table.sweep(stop_after)
    except Stopped:
        assert stop_after == 7
    after = table.bits()
    assert len(before) == len(after)
    assert all(torch.equal(one, other) for one, other in zip(before, after, strict=True))
    assert [group["lr"] for group in table.optimizer.param_groups] == rates
    assert torch.equal(torch.get_rng_state(), chance)
    assert table.module.training
    assert all(parameter.grad is None for parameter in table.module.parameters())


def test_the_same_seed_tries_the_same() -> None:
    one, other = Table(), Table()
    one.sweep()
    other.sweep()
    assert one.tried == other.tried
