from __future__ import annotations

import itertools
import math

import pytest

from finetune_studio.project.choices import Schedule
from finetune_studio.project.schedule_curve import learning_rate_factor


def curve(schedule: Schedule, steps: int = 100, warmup: float = 0.0, **more: float) -> list[float]:
    return [
        learning_rate_factor(schedule, step, steps, warmup, steps_per_epoch=10, **more)  # type: ignore[arg-type]
        for step in range(1, steps + 1)
    ]


@pytest.mark.parametrize("schedule", list(Schedule))
def test_no_step_has_a_rate_of_zero_or_above_the_chosen_one(schedule: Schedule) -> None:
    factors = curve(schedule, warmup=0.1, step_every=2, step_factor=0.5)
    assert min(factors) > 0
    assert max(factors) == 1.0


@pytest.mark.parametrize("schedule", list(Schedule))
def test_warm_up_climbs_evenly_and_ends_at_the_full_rate(schedule: Schedule) -> None:
    factors = curve(schedule, warmup=0.2)
    assert factors[:20] == pytest.approx([(i + 1) / 20 for i in range(20)])
    assert factors[20] == 1.0


def test_constant_stays_constant() -> None:
    assert set(curve(Schedule.CONSTANT)) == {1.0}


def test_linear_falls_by_the_same_amount_each_step_down_to_almost_nothing() -> None:
    factors = curve(Schedule.LINEAR)
    drops = [a - b for a, b in itertools.pairwise(factors)]
    assert drops == pytest.approx([0.01] * 99)
    assert factors[-1] == pytest.approx(0.01)


def test_cosine_is_at_half_height_halfway() -> None:
    factors = curve(Schedule.COSINE)
    assert factors[50] == pytest.approx(0.5)
    assert factors[25] == pytest.approx(0.5 * (1 + math.cos(math.pi / 4)))


def test_step_drops_at_the_start_of_an_epoch() -> None:
    factors = curve(Schedule.STEP, step_every=3, step_factor=0.1)
    assert factors[29] == 1.0
    assert factors[30] == pytest.approx(0.1)
    assert factors[59] == pytest.approx(0.1)
    assert factors[60] == pytest.approx(0.01)


@pytest.mark.parametrize("schedule", list(Schedule))
def test_a_run_of_one_step_uses_the_full_rate(schedule: Schedule) -> None:
    assert learning_rate_factor(schedule, 1, 1, 0.1, 1) == 1.0
    assert learning_rate_factor(schedule, 1, 1, 0.9, 1) == 1.0
