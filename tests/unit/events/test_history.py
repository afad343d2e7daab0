from __future__ import annotations

import dataclasses
import math

import pytest

from finetune_studio.events import events as ev
from finetune_studio.events.descriptions import Figures, PhaseDescription
from finetune_studio.events.history import RunHistory, RunState, replay
from finetune_studio.project.problems import Problem

FIGURES = Figures(loss=0.4, accuracy=0.9, macro_f1=0.8, weighted_f1=0.85)


def begun(resumed_from: int = 0) -> ev.RunStarted:
    return ev.RunStarted(run="r", folder="/r", epochs=3, resumed_from=resumed_from, at=9.0)


def step(number: int) -> ev.StepFinished:
    return ev.StepFinished(
        step=number,
        epoch=(number - 1) // 2 + 1,
        loss=1 / number,
        accuracy=0.5,
        learning_rates={"head": 0.1, "backbone": 0.01},
    )


def finished(epoch: int, *, best: bool = False) -> ev.EpochFinished:
    return ev.EpochFinished(
        epoch=epoch,
        step=2 * epoch,
        train_loss=1.0,
        train_accuracy=0.5,
        val_loss=1.0,
        val_accuracy=0.5,
        val_macro_f1=0.5,
        learning_rates={"head": 0.1},
        seconds=1.0,
        best=best,
    )


def epoch(number: int, *, best: bool = False) -> list[ev.Event]:
    return [
        ev.EpochStarted(epoch=number, steps=2),
        step(2 * number - 1),
        step(2 * number),
        finished(number, best=best),
    ]


WHOLE = [begun(), *epoch(1, best=True), *epoch(2), *epoch(3, best=True)]


def test_states_follow_the_story() -> None:
    end = ev.RunFinished(run="r", best_epoch=3, figures=FIGURES, epochs=3, seconds=9.0)
    story = [
        (begun(), RunState.PREPARING),
        (ev.EpochStarted(epoch=1, steps=2), RunState.TRAINING),
        (step(1), RunState.TRAINING),
        (ev.RunPaused(step=1), RunState.PAUSED),
        (ev.RunContinued(step=1), RunState.TRAINING),
        (end, RunState.FINISHED),
        (ev.JobFinished(job="train"), RunState.FINISHED),
    ]
    history = RunHistory()
    for event, state in story:
        history = history.after(event)
        assert history.state is state


@pytest.mark.parametrize("stopped", [True, False])
def test_a_stopped_run_is_told_from_a_finished_one(stopped: bool) -> None:
    end = ev.RunFinished(
        run="r", best_epoch=1, figures=FIGURES, epochs=1, seconds=1.0, stopped=stopped
    )
    history = replay([*WHOLE, end, ev.JobStopped(job="train")])
    assert history.state is (RunState.STOPPED if stopped else RunState.FINISHED)
    assert history.share == 1.0


def test_the_best_epoch_is_the_last_one_marked() -> None:
    history = replay(WHOLE)
    assert history.best_epoch == 3
    assert history.best is not None
    assert history.best.epoch == 3


def test_progress_of_the_whole_run_is_counted_in_steps() -> None:
    assert replay(WHOLE[:6]).share == pytest.approx(2 / 6)
    assert replay(WHOLE).share == 1.0


def test_an_older_history_keeps_its_own_view_of_the_shared_curve() -> None:
    early = replay(WHOLE[:4])
    late = early
    for event in WHOLE[4:]:
        late = late.after(event)
    assert early.step_count == 2
    assert late.step_count == 6
    assert list(late.curve.steps[: late.step_count]) == [1, 2, 3, 4, 5, 6]
    other = early.after(step(99))
    assert list(other.curve.steps[: other.step_count]) == [1, 2, 99]
    assert list(late.curve.steps[: late.step_count]) == [1, 2, 3, 4, 5, 6]


def test_a_step_takes_no_more_room_than_its_numbers() -> None:
    curve = replay(WHOLE).curve
    held = (getattr(curve, one.name) for one in dataclasses.fields(curve))
    arrays = [one for one in held if not isinstance(one, dict)]
    assert sum(one.itemsize for one in arrays) == 28
    assert {rates.itemsize for rates in curve.group_rates.values()} == {4}


def test_the_rate_of_each_group_is_kept_from_the_step_on_with_which_it_wakes() -> None:
    def stepped(number: int, **rates: float) -> ev.StepFinished:
        return ev.StepFinished(step=number, epoch=1, loss=1, accuracy=0, learning_rates=rates)

    history = replay([begun(), stepped(1, head=0.5), stepped(2, low=0.125, head=0.25)])
    kept = history.curve.group_rates
    assert list(kept["head"]) == [0.5, 0.25]
    assert math.isnan(kept["low"][0])
    assert kept["low"][1] == 0.125
    early = history.curve.first(1)
    assert (len(early.group_rates["low"]), len(early.rates)) == (1, 1)
    later = history.after(stepped(3, head=0.1))  # as after going back
    assert math.isnan(later.curve.group_rates["low"][2])


def test_a_resumed_run_forgets_what_will_be_trained_again() -> None:
    broken = [*WHOLE[:9], ev.EpochStarted(epoch=3, steps=2), step(5)]
    history = replay([*broken, begun(resumed_from=2)])
    assert [done.epoch for done in history.epochs] == [1, 2]
    assert list(history.curve.steps[: history.step_count]) == [1, 2, 3, 4]
    assert history.state is RunState.PREPARING
    again = replay([*broken, begun(resumed_from=2), *epoch(3, best=True)])
    assert list(again.curve.steps[: again.step_count]) == [1, 2, 3, 4, 5, 6]
    assert again.best_epoch == 3


def test_going_on_from_before_the_best_epoch_forgets_that_it_was_the_best() -> None:
    history = replay([*WHOLE, begun(resumed_from=2)])
    assert history.best_epoch == 1
    assert history.best is not None


def test_a_run_begun_again_from_nothing_forgets_everything() -> None:
    history = replay([*WHOLE[:4], begun()])
    assert (history.epochs, history.step_count, history.best_epoch) == ((), 0, 0)


def test_a_failure_ends_a_run_but_not_one_that_has_ended() -> None:
    failure = ev.JobFailed(job="train", problem=Problem(what="It broke."))
    failed = replay([*WHOLE[:4], failure])
    assert (failed.state, failed.problem) == (RunState.FAILED, failure.problem)
    end = ev.RunFinished(run="r", best_epoch=3, figures=FIGURES, epochs=3, seconds=9.0)
    assert replay([*WHOLE, end, failure]).state is RunState.FINISHED


def test_an_epoch_that_could_not_be_saved_is_not_the_best_to_be_had() -> None:
    full = Problem(what="Epoch 3 could not be saved.", code="checkpoint_not_saved")
    assert replay([*WHOLE, ev.JobFailed(job="train", problem=full)]).best_epoch == 1


def test_what_is_planned_is_known_for_sure_with_the_data() -> None:
    prepared = ev.DataPrepared(train=4, validation=1, test=1, steps_per_epoch=2, epochs=7)
    history = replay([begun(), prepared])
    assert (history.planned_epochs, history.samples) == (7, (4, 1, 1))
    assert replay([begun(), prepared.edited(epochs=0)]).planned_epochs == 3


def test_notes_and_phases_are_remembered() -> None:
    note = Problem(what="By the way.")
    history = replay(
        [begun(), ev.ProblemFound(problem=note), ev.Progress(phase="Reading", done=1, total=4)]
    )
    assert history.notes == (note,)
    assert (history.phase, history.phase_share) == ("Reading", 0.25)
    assert history.after(ev.EpochStarted(epoch=1, steps=2)).phase == ""


def test_what_comes_before_the_first_step_of_an_epoch_is_preparation() -> None:
    frozen = ev.Progress(phase="Computing the frozen layers once", done=1, total=4, seconds_left=9)
    history = replay([*WHOLE[:2], ev.EpochStarted(epoch=1, steps=2), frozen])
    assert history.state is RunState.TRAINING
    assert (history.preparing, history.phase_seconds_left) == (True, 9)
    step = ev.StepFinished(step=1, epoch=1, loss=1.0, accuracy=0.5, learning_rates={})
    training = history.after(step)
    assert not training.preparing
    assert not training.after(ev.Progress(phase="Validating", done=1, total=4)).preparing


def test_events_of_other_jobs_change_nothing() -> None:
    history = replay(WHOLE)
    assert history.after(ev.JobStarted(job="export")) is history


def test_the_scale_of_gradients_is_that_of_the_last_step_and_absent_without_a_scaler() -> None:
    scaled = step(1).model_copy(update={"scale": 1024.0, "skipped": 3})
    history = replay([begun(), ev.EpochStarted(epoch=1, steps=2), scaled])
    assert (history.scale, history.skipped) == (1024.0, 3)
    assert replay(WHOLE).scale is None


def test_what_trains_grows_with_the_epochs() -> None:
    phases = (
        PhaseDescription(first_epoch=1, woken=("Head",), trainable=10),
        PhaseDescription(first_epoch=3, woken=("Body",), trainable=110),
    )
    prepared = ev.ModelPrepared(
        title="Net", parameters=200, trainable=110, labels=("a", "b"), phases=phases
    )
    history = replay([ev.RunStarted(run="r", folder="/r", epochs=4), prepared])
    assert history.trains_now == 10
    assert [
        history.after(ev.EpochStarted(epoch=epoch, steps=1)).trains_now for epoch in (1, 2, 3, 4)
    ] == [10, 10, 110, 110]
    plain = replay([prepared.edited(phases=())])
    assert plain.trains_now == 110


def test_how_far_a_run_is_follows_time_where_its_epochs_differ() -> None:
    history = replay([begun(), ev.DataPrepared(train=8, validation=2, test=2, steps_per_epoch=2)])
    half = history.after(step(3))
    assert half.share == 0.5
    late = half.after(step(4).edited(share=0.1))
    assert late.share == 0.1
    assert late.after(begun(resumed_from=1)).share == 0.0
