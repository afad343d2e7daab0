from __future__ import annotations

from finetune_studio.events.events import (
    EarlierTaskJoined,
    EarlierTaskScored,
    EpochFinished,
    Event,
    RunStarted,
)
from finetune_studio.events.forgetting import forgetting, in_words, joined_words
from finetune_studio.events.history import RunHistory, replay


def scored(epoch: int, accuracy: float) -> EarlierTaskScored:
    return EarlierTaskScored(
        epoch=epoch, step=10 * epoch, samples=40, loss=0.1, accuracy=accuracy, macro_f1=accuracy
    )


def finished(epoch: int, *, best: bool) -> EpochFinished:
    return EpochFinished(
        epoch=epoch,
        step=10 * epoch,
        train_loss=0.1,
        train_accuracy=0.9,
        val_loss=0.1,
        val_accuracy=0.9,
        val_macro_f1=0.9,
        learning_rates={},
        seconds=1.0,
        best=best,
    )


START = RunStarted(run="r", folder="/r", epochs=3)
RUN: list[Event] = [
    START,
    EarlierTaskJoined(source="the data of run x", words="2 labels, the same in both."),
    scored(0, 0.91),
    finished(1, best=True),
    scored(1, 0.78),
    finished(2, best=False),
    scored(2, 0.5),
]


def test_before_and_after_are_those_of_the_epoch_that_is_kept() -> None:
    found = forgetting(replay(RUN))
    assert found is not None
    assert (found.before, found.after, found.epoch) == (0.91, 0.78, 1)
    assert in_words(found) == "91.0 % before, 78.0 % after"


def test_before_the_first_epoch_there_is_no_after() -> None:
    found = forgetting(replay(RUN[:3]))
    assert found is not None
    assert in_words(found) == "91.0 % before"


def test_without_an_earlier_task_there_is_nothing_to_say() -> None:
    assert forgetting(RunHistory()) is None
    assert forgetting(replay([START, finished(1, best=True)])) is None


def test_scores_of_epochs_that_are_trained_again_are_replaced() -> None:
    resumed = START.edited(resumed_from=1)
    history = replay([*RUN, resumed])
    assert [score.epoch for score in history.earlier_scores] == [0, 1]
    again = history.after(scored(2, 0.6))
    assert [score.accuracy for score in again.earlier_scores] == [0.91, 0.78, 0.6]


def test_what_is_done_against_forgetting_is_said() -> None:
    event = EarlierTaskJoined(
        source="the data of run x",
        samples=420,
        replayed=100,
        per_batch=2,
        batch_size=8,
        validation=90,
        words="2 labels, the same in both.",
        known=("a", "b"),
    )
    assert joined_words(event) == (
        "Earlier task: the data of run x. 100 of 420 earlier samples are learned from again, "
        "2 of 8 in each batch. 2 labels, the same in both. "
        "The head keeps what it knows of 2 labels."
    )
