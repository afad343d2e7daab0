from __future__ import annotations

import pytest

from finetune_studio.engine.trials import budget as budget_module
from finetune_studio.engine.trials.budget import Budget


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr(budget_module.time, "perf_counter", lambda: now[0])
    return now


def test_three_percent_of_the_run_may_be_spent(clock: list[float]) -> None:
    budget = Budget(work_steps=1000)
    assert budget.opens
    budget.timed(2.0)
    assert budget.seconds == pytest.approx(60.0)
    clock[0] = 55.0
    assert budget.allows(steps=2)
    assert not budget.allows(steps=3)
    assert not budget.allows(steps=1, seconds=4.0)


def test_what_the_run_would_have_had_to_do_itself_does_not_count(clock: list[float]) -> None:
    budget = Budget(work_steps=1000)
    clock[0] = 50.0
    budget.begin()
    budget.timed(2.0)
    assert budget.allows(steps=29)


def test_a_quicker_step_makes_the_run_and_its_budget_shorter(clock: list[float]) -> None:
    del clock
    budget = Budget(work_steps=1000)
    for seconds in (2.0, 1.0, 3.0):
        budget.timed(seconds)
    assert budget.seconds == pytest.approx(30.0)


def test_a_run_of_seconds_opens_nothing(clock: list[float]) -> None:
    del clock
    assert not Budget(work_steps=100).opens
    brief = Budget(work_steps=1000)
    brief.timed(0.001)
    assert not brief.allows(steps=1)
