from __future__ import annotations

from finetune_studio.events import events as ev
from finetune_studio.events.thinning import thinned


def step(number: int, at: float) -> ev.StepFinished:
    return ev.StepFinished(step=number, epoch=1, loss=1, accuracy=1, learning_rates={}, at=at)


def end(at: float) -> ev.RunPaused:
    return ev.RunPaused(step=1, at=at)


def kept(*events: ev.AnyEvent) -> list[int]:
    return [event.step for event in thinned(events) if isinstance(event, ev.StepFinished)]


def test_steps_that_can_be_seen_are_all_kept() -> None:
    assert kept(*(step(i, 100 + i / 30) for i in range(1, 50))) == list(range(1, 50))


def test_of_a_flood_a_hundred_steps_a_second_are_kept_and_the_last() -> None:
    seen = kept(*(step(i, 100 + i / 5000) for i in range(5001)))
    assert 90 <= len(seen) <= 102
    assert (seen[0], seen[-1]) == (0, 5000)


def test_the_last_step_before_anything_else_is_kept_and_in_its_place() -> None:
    told = list(thinned([step(1, 9.0), step(2, 9.001), step(3, 9.002), end(9.003), step(4, 9.004)]))
    assert [event.event for event in told] == [
        "StepFinished",
        "StepFinished",
        "RunPaused",
        "StepFinished",
    ]
    assert [event.step for event in told] == [1, 3, 1, 4]


def test_steps_without_a_time_and_after_a_clock_set_back_are_kept() -> None:
    assert kept(step(1, 0), step(2, 0)) == [1, 2]
    assert kept(step(1, 50.0), step(2, 20.0)) == [1, 2]
