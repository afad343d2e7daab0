from __future__ import annotations

import itertools
import math
from typing import Any

import pytest

from finetune_studio.project.choices import Schedule, WarmupUnit
from finetune_studio.project.schedule_curve import learning_rate_factor, momentum_swing
from finetune_studio.project.settings.scheduling import ScheduleSettings

STRAIGHT = [s for s in Schedule if s not in (Schedule.ONE_CYCLE, Schedule.SLANTED_TRIANGLE)]


def curve(schedule: Schedule, steps: int = 100, warmup: float = 0.0, **more: Any) -> list[float]:
    settings = ScheduleSettings(schedule=schedule, warmup=warmup, **more)
    return [
        learning_rate_factor(settings, step, steps, steps_per_epoch=10)
        for step in range(1, steps + 1)
    ]


@pytest.mark.parametrize("schedule", list(Schedule))
@pytest.mark.parametrize("steps", [1, 2, 3, 7, 100, 101])
@pytest.mark.parametrize("warmup", [0.0, 0.1, 0.5, 0.9])
def test_no_step_has_a_rate_of_zero_or_above_the_chosen_one(
    schedule: Schedule, steps: int, warmup: float
) -> None:
    factors = curve(schedule, steps, warmup, step_every=20, step_factor=0.5, cycles=5)
    assert min(factors) > 0
    assert max(factors) == pytest.approx(1.0)


@pytest.mark.parametrize("schedule", STRAIGHT)
def test_warm_up_climbs_evenly_and_ends_at_the_full_rate(schedule: Schedule) -> None:
    factors = curve(schedule, warmup=0.2)
    assert factors[:20] == pytest.approx([(i + 1) / 20 for i in range(20)])
    assert factors[20] == 1.0


@pytest.mark.parametrize("schedule", list(Schedule))
def test_warm_up_of_so_many_steps_is_the_warm_up_of_that_share(schedule: Schedule) -> None:
    by_steps = curve(schedule, warmup_unit=WarmupUnit.STEPS, warmup_steps=20)
    assert by_steps == curve(schedule, warmup=0.2)


def test_a_warm_up_longer_than_the_run_is_the_run() -> None:
    factors = curve(Schedule.COSINE, 10, warmup_unit=WarmupUnit.STEPS, warmup_steps=1000)
    assert factors == pytest.approx([(i + 1) / 10 for i in range(10)])


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


def test_restarts_begin_at_full_height_and_the_last_cycle_ends_with_the_run() -> None:
    factors = curve(Schedule.COSINE_RESTARTS, 70, cycles=3, cycle_growth=2.0)
    starts = [index for index, factor in enumerate(factors) if factor == 1.0]
    assert starts == [0, 10, 30]
    assert factors[-1] < 0.01
    assert factors[20] == pytest.approx(0.5)


def test_more_cycles_than_steps_are_no_trouble() -> None:
    assert all(factor > 0 for factor in curve(Schedule.COSINE_RESTARTS, 3, cycles=10))


def test_polynomials_of_power_one_are_lines_and_higher_ones_lie_below_them() -> None:
    line = curve(Schedule.LINEAR)
    assert curve(Schedule.POLYNOMIAL, decay_power=1.0) == line
    bent = curve(Schedule.POLYNOMIAL, decay_power=2.0)
    assert all(low < high for low, high in zip(bent[1:], line[1:], strict=True))


def test_exponential_loses_the_same_share_with_every_step() -> None:
    factors = curve(Schedule.EXPONENTIAL, rate_left=0.01)
    shares = {round(b / a, 9) for a, b in itertools.pairwise(factors)}
    assert shares == {round(0.01 ** (1 / 100), 9)}


def test_one_cycle_climbs_from_the_divided_rate_and_ends_far_below_it() -> None:
    factors = curve(Schedule.ONE_CYCLE, warmup=0.3, start_divisor=10.0)
    assert factors[0] == pytest.approx(0.1)
    assert factors.index(max(factors)) == 29
    assert factors[-1] == pytest.approx(0.1 / 1e4)


def test_slanted_triangles_climb_from_the_divided_rate_and_fall_in_a_line() -> None:
    factors = curve(Schedule.SLANTED_TRIANGLE, warmup=0.1, start_divisor=32.0)
    assert factors[0] == pytest.approx(1 / 32)
    assert factors.index(1.0) == 10
    drops = [a - b for a, b in itertools.pairwise(factors[10:])]
    assert drops == pytest.approx([drops[0]] * 89)


def test_momentum_is_low_where_the_rate_is_high() -> None:
    settings = ScheduleSettings(schedule=Schedule.ONE_CYCLE, warmup=0.3)
    assert momentum_swing(settings, 1, 100) == pytest.approx(0.05)
    assert momentum_swing(settings, 30, 100) == pytest.approx(-0.05)
    assert momentum_swing(settings, 100, 100) == pytest.approx(0.05)
    assert momentum_swing(settings.edited(cycle_momentum=False), 30, 100) is None
    assert momentum_swing(settings.edited(schedule=Schedule.COSINE), 30, 100) is None


@pytest.mark.parametrize("schedule", list(Schedule))
def test_a_run_of_one_step_uses_the_full_rate(schedule: Schedule) -> None:
    assert curve(schedule, 1, 0.1) == [1.0]
    assert curve(schedule, 1, 0.9) == [1.0]
