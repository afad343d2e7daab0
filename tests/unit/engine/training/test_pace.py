from __future__ import annotations

import pytest

from finetune_studio.engine.training.pace import Pace


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_before_the_first_step_nothing_is_known() -> None:
    assert Pace(10, 1, 0).seconds_left is None


def test_time_left_counts_steps_and_validations() -> None:
    clock = Clock()
    pace = Pace(steps_left=20, epochs_left=2, validation_samples=30, clock=clock)
    clock.now += 5
    pace.stepped(5, 50)
    assert pace.samples_per_second == pytest.approx(10)
    # 15 steps of one second, and twice 30 samples looked at three times as fast.
    assert pace.seconds_left == pytest.approx(15 + 2 * 1)
    pace.validated(4)
    assert pace.seconds_left == pytest.approx(15 + 4)


def test_a_pause_does_not_count() -> None:
    clock = Clock()
    pace = Pace(10, 1, 0, clock)
    clock.now += 2
    pace.stepped(2, 20)
    clock.now += 1000
    pace.start()
    clock.now += 2
    pace.stepped(2, 20)
    assert pace.samples_per_second == pytest.approx(10)
    assert pace.seconds_left == pytest.approx(6)


def test_the_estimate_follows_a_change_of_speed() -> None:
    clock = Clock()
    pace = Pace(1000, 1, 0, clock)
    clock.now += 1
    pace.stepped(10, 10)
    for _ in range(30):
        clock.now += 1
        pace.stepped(1, 1)
    assert pace.samples_per_second == pytest.approx(1, rel=0.05)


def test_at_the_end_nothing_is_left() -> None:
    clock = Clock()
    pace = Pace(2, 1, 0, clock)
    clock.now += 1
    pace.stepped(2, 2)
    pace.validated(1)
    assert pace.seconds_left == 0


def test_views_that_are_still_to_be_stored_are_waited_for() -> None:
    clock = Clock()
    pace = Pace(20, 2, 0, clock)
    pace.stored(30.0, more=3)
    clock.now += 5
    pace.stepped(5, 50)
    assert pace.seconds_left == pytest.approx(15 + 3 * 30)
    pace.stored(30.0, more=0)
    assert pace.seconds_left == pytest.approx(15)


def test_steps_that_take_as_long_say_by_themselves_how_far_the_run_is() -> None:
    pace = Pace(20, 2, 0)
    pace.stepped(5, 50)
    assert pace.share is None
