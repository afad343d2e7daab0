from __future__ import annotations

import pytest

from finetune_studio.events import events as ev
from finetune_studio.events.history import RunHistory, replay
from finetune_studio.events.savings import phase_savings, savings


def planned(*, used: bool = True) -> list[ev.Event]:
    return [
        ev.RunStarted(run="r", folder="/r", epochs=4),
        ev.FrozenPartPlanned(used=used, reason="why", size=14_000_000, place="memory"),
    ]


def computed(
    part: str, seconds: float, view: int = 0, *, reused: bool = False
) -> ev.FrozenPartComputed:
    return ev.FrozenPartComputed.model_validate(
        {"part": part, "samples": 9, "seconds": seconds, "view": view, "reused": reused}
    )


def epoch(number: int, seconds: float, *passes: ev.FrozenPartComputed) -> list[ev.Event]:
    finished = ev.EpochFinished(
        epoch=number,
        step=number,
        train_loss=1.0,
        train_accuracy=0.5,
        val_loss=1.0,
        val_accuracy=0.5,
        val_macro_f1=0.5,
        learning_rates={},
        seconds=seconds,
    )
    return [ev.EpochStarted(epoch=number, steps=1), *passes, finished]


BOTH = (computed("training", 20.0), computed("validation", 10.0))


def test_a_later_epoch_spares_what_the_first_one_computed() -> None:
    told = [*planned(), *epoch(1, 30.5, *BOTH), *epoch(2, 0.4), *epoch(3, 0.6), *epoch(4, 0.5)]
    found = savings(replay(told))
    assert found is not None
    assert found.epoch == 0.5
    assert found.plain_epoch == pytest.approx(30.5)
    assert found.seconds == pytest.approx(3 * 30)
    assert found.size == 14_000_000


def test_the_first_epoch_alone_has_saved_nothing_yet() -> None:
    found = savings(replay([*planned(), *epoch(1, 30.5, *BOTH)]))
    assert found is not None
    assert found.epoch == pytest.approx(0.5)
    assert found.seconds == 0.0


def test_what_an_earlier_run_computed_is_saved_from_the_first_epoch_on() -> None:
    reused = (computed("training", 20.0, reused=True), computed("validation", 10.0, reused=True))
    found = savings(replay([*planned(), *epoch(1, 0.5, *reused)]))
    assert found is not None
    assert (found.epoch, found.plain_epoch, found.seconds) == (0.5, 30.5, 30.0)


def test_an_epoch_would_pass_one_view_of_each_sample() -> None:
    told = [
        *planned(),
        *epoch(1, 31.0, computed("training", 20.0, 1), computed("validation", 10.0)),
        *epoch(2, 23.0, computed("training", 22.0, 2)),
        *epoch(3, 1.0),
    ]
    found = savings(replay(told))
    assert found is not None
    assert found.plain_epoch == pytest.approx(1.0 + 21.0 + 10.0)
    assert found.seconds == pytest.approx(3 * 31.0 - 52.0)


def test_a_resumed_run_counts_an_epoch_once_and_computing_twice() -> None:
    resumed = ev.RunStarted(run="r", folder="/r", epochs=4, resumed_from=1)
    told = [*planned(), *epoch(1, 30.5, *BOTH), resumed, *planned()[1:], *epoch(2, 30.4, *BOTH)]
    found = savings(replay(told))
    assert found is not None
    assert found.plain_epoch == pytest.approx(30.45)
    assert found.seconds == 0.0


@pytest.mark.parametrize(
    "told",
    [
        [],
        planned(),
        [*planned(), ev.EpochStarted(epoch=1, steps=1), *BOTH],
        [*planned(used=False), *epoch(1, 3.0)],
    ],
)
def test_without_something_stored_or_an_epoch_there_is_nothing_to_say(
    told: list[ev.Event],
) -> None:
    assert savings(replay(told) if told else RunHistory()) is None


def test_each_phase_saves_for_itself_and_the_run_adds_up() -> None:
    later = ev.FrozenPartPlanned(used=True, reason="why", size=2_000_000, first_epoch=3)
    second = (computed("training", 8.0), computed("validation", 4.0))
    told = [
        *planned(),
        *epoch(1, 30.5, *BOTH),
        *epoch(2, 0.5),
        later,
        *epoch(3, 15.0, *second),
        *epoch(4, 3.0),
    ]
    history = replay(told)
    assert [plan.first_epoch for plan in history.frozen_plans] == [1, 3]
    assert history.frozen == later
    first, last = phase_savings(history)
    assert (first.epoch, first.plain_epoch, first.first, first.last) == (0.5, 30.5, 1, 2)
    assert (last.epoch, last.plain_epoch, last.first, last.last) == (3.0, 15.0, 3, 0)
    found = savings(history)
    assert found is not None
    assert found.seconds == pytest.approx((2 * 30 - 30) + (2 * 12 - 12))
    assert found.size == 2_000_000


def test_what_the_first_phase_saved_is_not_forgotten_where_the_next_stores_nothing() -> None:
    nothing = ev.FrozenPartPlanned(used=False, reason="why", first_epoch=3)
    told = [*planned(), *epoch(1, 30.5, *BOTH), *epoch(2, 0.5), nothing, *epoch(3, 40.0)]
    found = savings(replay(told))
    assert found is not None
    assert (found.epoch, found.last) == (0.5, 2)


def test_a_phase_planned_again_after_a_stop_counts_once() -> None:
    told = [*planned(), *epoch(1, 30.5, *BOTH)]
    again = [ev.RunStarted(run="r", folder="/r", epochs=4, resumed_from=1), *planned()[1:]]
    history = replay([*told, *again, *epoch(2, 0.5)])
    assert len(history.frozen_plans) == 1
