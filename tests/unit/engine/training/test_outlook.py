from __future__ import annotations

from pathlib import Path

import pytest

from finetune_studio.engine.training.outlook import Outlook
from finetune_studio.engine.training.pace import Pace
from finetune_studio.events import events as ev
from finetune_studio.events.estimates import Estimate
from finetune_studio.events.run_estimate import PhaseEstimate
from finetune_studio.project import storage
from finetune_studio.project.choices import FreezePreset, Unfreezing
from finetune_studio.project.freeze_plan import FreezePlan
from tests.unit.engine.tiny_project import make_pictures, make_project, trained

SAMPLES, STEPS, VALIDATION = 100, 10, 30


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def cost(whole: float, later: float) -> Estimate:
    return Estimate(
        trainable=1,
        total=2,
        memory=0,
        seconds_per_sample=whole,
        later_seconds_per_sample=later,
        speedup=1.0,
    )


HEAD_FIRST = (
    PhaseEstimate(1, 3, 1, cost(0.1, 0.0001)),  # a step: 1 s, or 1 ms from what is stored
    PhaseEstimate(4, 6, 3, cost(0.3, 0.3)),  # a step: 3 s
)


def outlook(phases: tuple[PhaseEstimate, ...] = HEAD_FIRST) -> Outlook:
    return Outlook(phases, SAMPLES, STEPS, VALIDATION)


def planned(first: int, *, used: bool) -> ev.FrozenPartPlanned:
    return ev.FrozenPartPlanned(used=used, reason="so", first_epoch=first)


def computed(seconds: float, samples: int = SAMPLES) -> ev.FrozenPartComputed:
    return ev.FrozenPartComputed(part="training", samples=samples, seconds=seconds)


def test_stored_layers_are_computed_before_the_first_epoch_and_spared_in_it() -> None:
    first, second, later = (outlook().of(epoch) for epoch in (1, 2, 4))
    assert first.frozen == pytest.approx((SAMPLES + VALIDATION) * 0.0999)
    assert second.frozen == later.frozen == 0
    assert first.step == second.step == pytest.approx(0.001)
    assert later.step == pytest.approx(3.0)
    assert later.looking == pytest.approx(0.3 * VALIDATION / 3)


def test_what_was_stored_says_how_long_later_epochs_take_and_a_fast_head_does_not() -> None:
    found = outlook()
    found.hear(planned(1, used=True))
    found.hear(computed(2 * SAMPLES * 0.0999))  # twice as long as expected
    before = found.factor
    assert 1.4 < before < 2  # the estimate still counts a little
    for _ in range(20):
        found.stepped(2, 0.02, 10)  # twenty times as long as expected, of next to nothing
    assert found.factor == pytest.approx(before, rel=0.01)


def test_later_epochs_cost_what_a_step_costs_now_and_the_layers_that_wake() -> None:
    left = outlook().after(3, step=0.05, validation=0.5)
    looking = 3.0 - 0.001 * 10 / 100 * VALIDATION / 3
    assert left == pytest.approx(3 * (10 * (0.05 + 2.999) + 0.5 + looking), rel=0.01)


def test_epochs_that_take_less_are_expected_to_take_less() -> None:
    assert outlook().expected(6.0, now=3.0, then=1.0) == pytest.approx(2)


def test_a_network_that_cannot_be_divided_is_not_expected_to_be_later() -> None:
    phases = (
        PhaseEstimate(1, 3, 1, cost(0.1, 0.01)),
        PhaseEstimate(4, 6, 1, cost(0.2, 0.1)),
    )
    found = outlook(phases)
    assert found.of(5).step == pytest.approx(1.0)
    found.hear(planned(1, used=False))
    assert found.of(2).step == pytest.approx(1.0)
    assert (found.of(2).frozen, found.of(4).frozen) == (0, 0)
    assert found.of(5).step == pytest.approx(2.0)


def test_of_a_run_with_its_head_first_the_time_left_is_right_from_the_first_step_on() -> None:
    """Steps of 20 ms, then of 4 s: everything takes a third longer than expected."""
    clock, found = Clock(), outlook()
    pace = Pace(6 * STEPS, 6, VALIDATION, clock, found)
    found.hear(planned(1, used=True))
    found.hear(computed(4 / 3 * SAMPLES * 0.0999))
    end = 3 * (10 * 0.02 + 0.1) + 3 * (10 * 4 + 4)
    spent, told = 0.0, []
    for epoch in range(1, 7):
        slow = epoch > 3
        pace.start()
        for step in range(STEPS):
            seconds = 4 if slow else 0.02
            seconds += 6 * (slow and epoch == 4 and step == 0)  # what is only done once
            end += 6 * (slow and epoch == 4 and step == 0)
            clock.now += seconds
            spent += seconds
            pace.stepped(1, 10)
            told.append((pace.seconds_left or 0) / max(1.0, end - spent))
        pace.validated(4 if slow else 0.1)
        spent += 4 if slow else 0.1
    assert min(told[:-5]) > 0.8, told
    assert max(told[:-5]) < 1.25, told
    assert pace.seconds_left == 0


def test_the_share_that_is_done_follows_time_and_not_steps() -> None:
    clock, found = Clock(), outlook()
    pace = Pace(6 * STEPS, 6, VALIDATION, clock, found)
    found.hear(planned(1, used=True))
    first = (SAMPLES + VALIDATION) * 0.0999 + 3 * (STEPS * 0.001 + 0.0001 * VALIDATION / 3)
    whole = first + 3 * (STEPS * 3.0 + 0.3 * VALIDATION / 3)
    shares = []
    for _ in range(6):
        pace.start()
        for _ in range(STEPS):
            clock.now += 1
            pace.stepped(1, 10)
            shares.append(pace.share)
        pace.validated(0.1)
    assert shares == sorted(shares)
    assert shares[3 * STEPS - 1] == pytest.approx(first / whole, rel=0.01)
    assert shares[4 * STEPS - 1] == pytest.approx((first + STEPS * 3.0) / whole, rel=0.01)
    assert shares[-1] > 0.9
    assert pace.share == 1.0


def test_what_is_not_stored_after_all_is_no_work_that_is_done() -> None:
    found = outlook()
    before = found.share(1, 0)
    found.hear(planned(1, used=False))
    assert found.share(1, 0) == 0.0 < before


def test_the_speed_told_is_of_these_layers_only() -> None:
    clock = Clock()
    pace = Pace(6 * STEPS, 6, VALIDATION, clock, outlook())
    pace.start()
    clock.now += 0.1
    pace.stepped(STEPS, SAMPLES)
    for _ in range(3):
        pace.validated(0.1)
    pace.start()
    clock.now += 4
    pace.stepped(1, 10)
    assert pace.samples_per_second == pytest.approx(2.5)


@pytest.mark.parametrize(("make", "adapters"), [(make_project, "lora"), (make_pictures, "off")])
def test_real_runs_whose_layers_wake_tell_the_time_left(
    tmp_path: Path, make: object, adapters: str
) -> None:
    folder = make(tmp_path / "p")  # type: ignore[operator]
    project = storage.load(folder)
    freeze = FreezePlan(preset=FreezePreset.EVERYTHING, unfreezing=Unfreezing.ONE_BY_ONE)
    training = project.training.edited(epochs=4, adapters=adapters)
    storage.save(project.edited(freeze=freeze, training=training), folder)
    events = trained(folder)
    assert any(isinstance(e, ev.Progress) and e.phase == "Timing the layers" for e in events)
    left = [e.seconds_left for e in events if isinstance(e, ev.StepFinished)]
    assert left
    assert all(one is not None and one >= 0 for one in left)
    shares = [e.share for e in events if isinstance(e, ev.StepFinished) and e.share is not None]
    assert len(shares) == len(left)
    assert 0 < shares[0] < shares[-1] <= 1


def test_nothing_is_timed_where_all_epochs_are_alike(tmp_path: Path) -> None:
    events = trained(make_project(tmp_path / "p", epochs=1))
    assert not any(isinstance(e, ev.Progress) and e.phase == "Timing the layers" for e in events)
