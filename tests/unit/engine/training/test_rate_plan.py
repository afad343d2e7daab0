"""Our schedules against PyTorch's and transformers', where these have them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.optim import lr_scheduler as theirs
from transformers import optimization

from finetune_studio.engine.training.optimizer import build_optimizer, set_learning_rate
from finetune_studio.project.choices import Optimizer, Schedule
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.rate_plan import RatePlan
from tests.unit.engine.training.tiny import BLOCKS, tiny_net

PER_EPOCH, EPOCHS = 10, 6
STEPS = PER_EPOCH * EPOCHS


def plan(schedule: Schedule, **changes: Any) -> RatePlan:
    training = Hyperparameters(
        schedule=schedule,
        epochs=EPOCHS,
        learning_rate=0.5,
        **{"warmup": 0.0, **changes},
    )
    return RatePlan(training, PER_EPOCH)


def our_rates(made: RatePlan) -> list[float]:
    return [made.rate(step) for step in range(1, STEPS + 1)]


def their_rates(make: Callable[[torch.optim.Optimizer], theirs.LRScheduler]) -> list[float]:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.5, momentum=0.9)
    scheduler, rates = make(optimizer), []
    for step in range(STEPS):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if step < STEPS - 1:  # OneCycleLR refuses to go beyond its end
            scheduler.step()
    return rates


@pytest.mark.parametrize(
    ("ours", "make"),
    [
        (plan(Schedule.CONSTANT), lambda o: theirs.ConstantLR(o, factor=1.0)),
        (
            plan(Schedule.LINEAR),
            lambda o: optimization.get_linear_schedule_with_warmup(o, 0, STEPS),
        ),
        (plan(Schedule.COSINE), lambda o: theirs.CosineAnnealingLR(o, STEPS)),
        (
            plan(Schedule.COSINE_RESTARTS, cycles=3, cycle_growth=1.0),
            lambda o: optimization.get_cosine_with_hard_restarts_schedule_with_warmup(
                o, 0, STEPS, num_cycles=3
            ),
        ),
        (  # 60 steps are 4 + 8 + 16 + 32
            plan(Schedule.COSINE_RESTARTS, cycles=4, cycle_growth=2.0),
            lambda o: theirs.CosineAnnealingWarmRestarts(o, T_0=4, T_mult=2),
        ),
        (
            plan(Schedule.POLYNOMIAL, decay_power=3.0),
            lambda o: theirs.PolynomialLR(o, total_iters=STEPS, power=3.0),
        ),
        (
            plan(Schedule.EXPONENTIAL, rate_left=0.01),
            lambda o: theirs.ExponentialLR(o, gamma=0.01 ** (1 / STEPS)),
        ),
        (
            plan(Schedule.STEP, step_every=2, step_factor=0.3),
            lambda o: theirs.StepLR(o, step_size=2 * PER_EPOCH, gamma=0.3),
        ),
        (
            plan(Schedule.ONE_CYCLE, warmup=0.3, start_divisor=25.0),
            lambda o: theirs.OneCycleLR(o, max_lr=0.5, total_steps=STEPS, pct_start=0.3),
        ),
    ],
    ids=lambda value: value.training.schedule.value if isinstance(value, RatePlan) else "",
)
def test_every_step_has_the_rate_of_the_scheduler_of_that_name(
    ours: RatePlan, make: Callable[[torch.optim.Optimizer], theirs.LRScheduler]
) -> None:
    assert our_rates(ours) == pytest.approx(their_rates(make), rel=1e-6, abs=1e-12)


def test_warm_up_by_steps_is_transformers_a_step_ahead_so_that_none_is_wasted_on_zero() -> None:
    ours = our_rates(plan(Schedule.CONSTANT, warmup_unit="steps", warmup_steps=7))
    warmed = their_rates(lambda o: optimization.get_constant_schedule_with_warmup(o, 7))
    assert ours[:-1] == pytest.approx(warmed[1:])


def test_slanted_triangles_follow_the_papers_equation() -> None:
    cut, ratio = round(0.1 * STEPS), 32
    expected = []
    for t in range(STEPS):
        p = t / cut if t < cut else 1 - (t - cut) / (cut * (1 / 0.1 - 1))
        expected.append(0.5 * (1 + p * (ratio - 1)) / ratio)
    ours = plan(Schedule.SLANTED_TRIANGLE, warmup=0.1, start_divisor=float(ratio))
    assert our_rates(ours) == pytest.approx(expected)


def test_momentum_goes_down_where_one_cycle_goes_up_as_pytorchs_does() -> None:
    made = plan(Schedule.ONE_CYCLE, warmup=0.3)
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.5, momentum=0.9)
    scheduler = theirs.OneCycleLR(optimizer, max_lr=0.5, total_steps=STEPS, pct_start=0.3)
    for step in range(1, STEPS):
        assert made.momentum(step) == pytest.approx(optimizer.param_groups[0]["momentum"])
        optimizer.step()
        scheduler.step()


def test_momentum_stays_as_it_is_in_every_other_case() -> None:
    assert plan(Schedule.COSINE).momentum(3) is None
    assert plan(Schedule.ONE_CYCLE, cycle_momentum=False).momentum(3) is None
    assert plan(Schedule.ONE_CYCLE, momentum=0.0).momentum(3) is None


@pytest.mark.parametrize("kind", list(Optimizer))
def test_the_momentum_of_a_step_reaches_every_optimizer_that_has_one(kind: Optimizer) -> None:
    training = Hyperparameters(optimizer=kind, learning_rate=0.01)
    optimizer = build_optimizer(tiny_net(), BLOCKS, training)
    set_learning_rate(optimizer, 0.01, 0.83)
    for group in optimizer.param_groups:
        known = group["betas"][0] if "betas" in group else group.get("momentum")
        has_none = kind in (Optimizer.ADAGRAD, Optimizer.ADAFACTOR)
        assert known == (None if has_none else 0.83)


def test_a_lowered_plan_lowers_every_step_to_come() -> None:
    assert RatePlan(plan(Schedule.COSINE).training, PER_EPOCH, 0.5).rate(20) == pytest.approx(
        0.5 * plan(Schedule.COSINE).rate(20)
    )
