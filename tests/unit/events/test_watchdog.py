"""The watchdog on recorded runs: each illness is found in time, healthy runs are left in peace."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from finetune_studio.events import events as ev
from finetune_studio.events.finding import Finding, FindingKind
from finetune_studio.events.history import RunHistory, RunState, replay
from finetune_studio.events.watchdog import changes, current
from finetune_studio.project.problems import Problem
from finetune_studio.project.remedies import Remedy
from tests.recordings.expected import HEALTHY, ILL
from tests.recordings.thinning import read

FOLDER = Path(__file__).parents[2] / "recordings"


@cache
def recording(name: str) -> tuple[ev.AnyEvent, ...]:
    folder = "ill" if name in ILL else "healthy"
    return read(FOLDER / folder / f"{name}.jsonl")


def prefixes(name: str) -> Iterator[tuple[ev.AnyEvent, RunHistory]]:
    """The history after each event of a recording."""
    history = RunHistory()
    for event in recording(name):
        history = history.after(event)
        yield event, history


def first_found(name: str, kind: FindingKind) -> tuple[int, Finding]:
    """The epoch after which, or in which, an illness was first told."""
    for _, history in prefixes(name):
        for finding in current(history.findings):
            if finding.kind is kind:
                return history.epoch, finding
    pytest.fail(f"{kind} is not found in {name}")


def before_the_end(name: str) -> RunHistory:
    return replay(event for event in recording(name) if not isinstance(event, ev.RunFinished))


# ------------------------------------------------------------------------------------- recordings


@pytest.mark.parametrize("name", sorted(HEALTHY))
def test_a_healthy_run_is_never_called_ill_not_even_for_a_moment(name: str) -> None:
    for event, history in prefixes(name):
        assert not history.findings, (event, history.findings)


@pytest.mark.parametrize("name", sorted(ILL))
def test_each_illness_is_found_in_time_and_holds_to_the_end(name: str) -> None:
    kind, by = ILL[name]
    epoch, finding = first_found(name, kind)
    assert epoch <= by
    assert kind in {finding.kind for finding in current(replay(recording(name)).findings)}
    assert finding.noticed == epoch
    assert finding.epoch <= epoch
    assert finding.action is not None


@pytest.mark.parametrize("name", sorted(ILL))
def test_an_illness_is_not_taken_for_another(name: str) -> None:
    kind, _ = ILL[name]
    found = {finding.kind for _, history in prefixes(name) for finding in history.findings}
    # A small validation set may come with anything.
    assert found - {kind, FindingKind.VALIDATION_TOO_SMALL} <= ALSO.get(name, set())


ALSO = {
    # Before the loss is no number any more, it is far too large.
    "diverged": {FindingKind.RATE_TOO_HIGH},
}


def test_every_recording_is_expected_to_show_something() -> None:
    there = {file.stem for file in FOLDER.glob("*/*.jsonl")}
    assert there == HEALTHY | ILL.keys()
    assert len(HEALTHY) >= 8
    assert {kind for kind, _ in ILL.values()} == set(FindingKind)


# ------------------------------------------------------------------------------------ what is said


def test_overfitting_is_dated_from_the_epoch_after_the_best_loss() -> None:
    history = before_the_end("overfitting_texts")
    (finding,) = current(history.findings)
    lowest = min(history.epochs, key=lambda epoch: epoch.val_loss)
    assert (finding.epoch, finding.step) == (lowest.epoch + 1, lowest.step)
    assert finding.action is Remedy.STOP
    assert "Stop here" in finding.remedy


def test_when_the_run_is_over_the_remedy_is_for_the_next_one() -> None:
    (finding,) = current(replay(recording("overfitting_texts")).findings)
    assert finding.action in (Remedy.FREEZE, Remedy.MORE_DROPOUT)


def test_a_rate_too_high_sends_back_where_there_is_a_good_epoch_and_else_begins_again() -> None:
    _, lost = first_found("rate_too_high_after_warm_up", FindingKind.RATE_TOO_HIGH)
    _, never = first_found("rate_too_high_texts", FindingKind.RATE_TOO_HIGH)
    assert lost.action is Remedy.GO_BACK
    assert "Go back to epoch 1" in lost.remedy
    assert never.action is Remedy.HALVE_RATE


def test_a_rate_too_low_and_labels_without_meaning_have_different_remedies() -> None:
    _, slow = first_found("not_learning_rate_too_low", FindingKind.NOT_LEARNING)
    _, blind = first_found("not_learning_random_labels", FindingKind.NOT_LEARNING)
    assert slow.action is Remedy.RAISE_RATE
    assert blind.action is Remedy.UNFREEZE


def test_a_small_validation_set_is_told_how_many_samples_it_needs() -> None:
    _, finding = first_found("validation_too_small", FindingKind.VALIDATION_TOO_SMALL)
    assert "11 samples" in finding.what
    assert "About 356 samples" in finding.remedy


def test_a_rare_label_is_named_and_weighed() -> None:
    _, finding = first_found("label_never_predicted", FindingKind.LABEL_NEVER_PREDICTED)
    assert "“label 2”" in finding.what
    assert finding.action is Remedy.WEIGH_LABELS


# ------------------------------------------------------------------------------ coming and going


def test_what_no_longer_holds_is_marked_resolved_with_its_epoch() -> None:
    history = before_the_end("overfitting_texts")
    last = history.epochs[-1]
    better = last.edited(epoch=26, step=last.step + 20, val_loss=0.1, val_accuracy=0.99, best=True)
    after = history.after(better)
    (finding,) = after.findings
    assert finding.resolved == 26
    assert current(after.findings) == ()
    assert changes(history.findings, after.findings) == ((), (finding,))


def test_an_illness_that_comes_back_is_told_anew() -> None:
    history = before_the_end("overfitting_texts")
    over = replay(recording("overfitting_texts")[:-1])
    resolved = tuple(finding.edited(resolved=5) for finding in over.findings)
    once_more = changes(resolved, history.findings)
    assert once_more == (history.findings, ())


def test_what_began_is_not_dated_anew_while_it_lasts() -> None:
    dates = {
        (finding.epoch, finding.noticed)
        for _, history in prefixes("overfitting_digits")
        for finding in current(history.findings)
        if finding.kind is FindingKind.OVERFITTING
    }
    assert len(dates) == 1


def test_going_back_takes_back_what_was_found_since() -> None:
    history = before_the_end("rate_too_high_after_warm_up")
    assert current(history.findings)
    best = history.best
    assert best is not None
    back = ev.WentBack(epoch=best.epoch, step=best.step, left=history.epoch, rate_factor=0.5)
    after = history.after(back)
    assert after.findings == ()
    assert after.went_back == (back,)
    assert after.state is RunState.TRAINING


@pytest.mark.parametrize("name", ["overfitting_smoothed", "overfitting_weighted"])
def test_where_training_loss_is_another_one_the_finding_says_so(name: str) -> None:
    _, finding = first_found(name, FindingKind.OVERFITTING)
    altered = replay(recording(name)).loss_altered_by
    assert altered
    assert f"(training loss is another one here: {' and '.join(altered)})" in finding.why


def test_what_training_loss_does_is_ignored_where_it_is_another_one() -> None:
    def told(*altered: str) -> RunHistory:
        """Training loss rises too, as it may where pictures are mixed anew each time."""
        return replay(
            event.edited(loss_altered_by=altered)
            if isinstance(event, ev.ModelPrepared)
            else event.edited(train_loss=0.9 + 0.01 * event.epoch, train_accuracy=0.3)
            if isinstance(event, ev.EpochFinished)
            else event
            for event in recording("overfitting_texts")
        )

    kinds = {finding.kind for finding in current(told("mixup").findings)}
    assert kinds == {FindingKind.OVERFITTING}
    assert FindingKind.OVERFITTING not in {f.kind for f in current(told().findings)}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("not_learning_numbers", "always giving the mean would reach 0.00"),
        ("not_learning_several", "always giving every label would reach"),
        ("plateau_numbers_head", "and validation R² at 0."),
        ("plateau_several_head", "and validation macro F1 at"),
        ("label_never_predicted_several", "and none is found"),
        ("validation_too_small_numbers", "The RMSE of "),
        ("validation_too_small_several", "The macro F1 of "),
    ],
)
def test_findings_speak_of_what_is_learned(name: str, words: str) -> None:
    _, finding = first_found(name, ILL[name][0])
    assert words in finding.why


def test_a_run_that_keeps_its_last_epoch_is_sent_back_to_none() -> None:
    def kept_last(name: str) -> Finding:
        told = (
            event.edited(keep="last") if isinstance(event, ev.ModelPrepared) else event
            for event in recording(name)
            if not isinstance(event, ev.RunFinished)
        )
        return current(replay(told).findings)[0]

    assert kept_last("rate_too_high_after_warm_up").action is Remedy.HALVE_RATE
    assert "best" not in kept_last("overfitting_texts").remedy
    assert "best" not in kept_last("validation_too_small").why


def steps(losses: list[float]) -> RunHistory:
    """A run of three labels in the middle of a long first epoch."""
    return replay(
        [
            ev.RunStarted(run="r", folder="/r", epochs=3),
            ev.ModelPrepared(title="m", parameters=9, trainable=9, labels=("a", "b", "c")),
            ev.DataPrepared(train=8000, validation=500, test=0, steps_per_epoch=1000),
            ev.EpochStarted(epoch=1, steps=1000),
            *(
                ev.StepFinished(step=i, epoch=1, loss=loss, accuracy=0.3, learning_rates={"h": 1})
                for i, loss in enumerate(losses, 1)
            ),
        ]
    )


def test_steps_that_overshoot_are_told_before_the_epoch_is_over() -> None:
    calm = [1.1] * 100
    assert not steps(calm).findings
    (finding,) = steps([*calm, *[4.0] * 60]).findings
    assert (finding.kind, finding.epoch) == (FindingKind.RATE_TOO_HIGH, 1)
    assert finding.action is Remedy.HALVE_RATE
    assert 100 < finding.step <= 160


def test_a_few_bad_batches_and_a_head_that_begins_wrong_are_no_reason_to_worry() -> None:
    assert not steps([9.0 if i % 5 == 0 else 1.0 for i in range(200)]).findings
    assert not steps([3.0 * 0.98**i for i in range(200)]).findings


def test_what_was_known_for_long_is_lost_from_the_epoch_in_which_it_went() -> None:
    reached = [0.5, *[1.0] * 6, 0.33, 0.34, 0.33]
    run = replay(
        [
            ev.RunStarted(run="r", folder="/r", epochs=20),
            ev.ModelPrepared(title="m", parameters=9, trainable=9, labels=("a", "b", "c")),
            ev.DataPrepared(train=800, validation=500, test=0, steps_per_epoch=50),
            *(
                ev.EpochFinished(
                    epoch=epoch,
                    step=50 * epoch,
                    train_loss=1.1 if share < 1 else 0.2,
                    train_accuracy=share,
                    val_loss=1.1 if share < 1 else 0.2,
                    val_accuracy=share,
                    val_macro_f1=share,
                    learning_rates={"h": 0.1},
                    seconds=1,
                    best=epoch == 2,
                )
                for epoch, share in enumerate(reached, 1)
            ),
        ]
    )
    (finding,) = current(run.findings)
    assert finding.kind is FindingKind.RATE_TOO_HIGH
    assert (finding.epoch, finding.step) == (8, 350)


def test_several_labels_are_not_overfitted_while_their_f1_grows() -> None:
    told = (
        event.edited(val_macro_f1=0.3 + 0.02 * event.epoch)
        if isinstance(event, ev.EpochFinished)
        else event
        for event in recording("overfitting_several")
    )
    assert FindingKind.OVERFITTING not in {finding.kind for finding in replay(told).findings}


def test_other_failures_are_no_divergence() -> None:
    problem = Problem(what="The disk is full.", code="disk_full")
    history = before_the_end("texts_uneven").after(ev.JobFailed(job="train", problem=problem))
    assert not history.findings


def test_a_summary_without_steps_says_the_same_as_the_whole_run() -> None:
    for name in sorted(ILL):
        events = recording(name)
        whole = current(replay(events).findings)
        without = replay(event for event in events if not isinstance(event, ev.StepFinished))
        assert [f.kind for f in current(without.findings)] == [f.kind for f in whole]


def test_one_lucky_epoch_long_ago_hides_no_overfitting() -> None:
    """Seen in a real run: right by chance in its second of ten epochs, and by heart ever after."""
    events = [
        event.model_copy(update={"val_accuracy": 0.9, "validation": None})
        if isinstance(event, ev.EpochFinished) and event.epoch == 3
        else event
        for event in recording("overfitting_reviews_by_lot")
    ]
    found = current(replay(events).findings)
    assert FindingKind.OVERFITTING in {finding.kind for finding in found}


def test_a_loss_that_jumps_from_epoch_to_epoch_does_not_rise() -> None:
    """Seen in a real run of two uneven labels, the rare one weighed up."""
    jumps = (0.229, 0.151, 0.207, 0.184, 0.133, 0.218, 0.115, 0.217, 0.111)
    jumps += (0.160, 0.174, 0.167, 0.145, 0.144, 0.179, 0.127, 0.153, 0.167, 0.212, 0.136)
    history = RunHistory()
    for event in recording("overfitting_texts"):
        if isinstance(event, ev.EpochFinished) and event.epoch <= len(jumps):
            jumped = {"val_loss": jumps[event.epoch - 1], "val_loss_error": 0.015}
            history = history.after(event.model_copy(update=jumped))
        elif not isinstance(event, ev.EpochFinished):
            history = history.after(event)
        assert FindingKind.OVERFITTING not in {finding.kind for finding in history.findings}
    assert len(history.epochs) == len(jumps)


def test_a_plateau_that_is_known_from_many_epochs_is_not_called_over_for_a_noisy_few() -> None:
    """Training losses of a real run of 60 epochs, its last: six alone are too noisy to tell."""
    noisy = (0.386, 0.393, 0.382, 0.395, 0.391, 0.386, 0.381, 0.377, 0.385, 0.376, 0.387, 0.390)
    noisy += (0.382, 0.391, 0.391, 0.393, 0.380, 0.377, 0.388, 0.393, 0.386, 0.394, 0.395, 0.382)
    epochs = [e for e in recording("plateau_head") if isinstance(e, ev.EpochFinished)]
    first = epochs[-1].epoch - len(noisy)
    history = replay(
        event.model_copy(update={"train_loss": noisy[event.epoch - first - 1]})
        if isinstance(event, ev.EpochFinished) and event.epoch > first
        else event
        for event in recording("plateau_head")
    )
    assert FindingKind.PLATEAU in {finding.kind for finding in current(history.findings)}
