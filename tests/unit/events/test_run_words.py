from __future__ import annotations

import pytest

from finetune_studio.events.descriptions import PhaseDescription, Trial
from finetune_studio.events.events import ComputeChosen, FrozenPartPlanned
from finetune_studio.events.run_words import (
    frozen_line,
    phase_words,
    saved_line,
    timed_words,
    trial_words,
    way_words,
    woken_words,
)
from finetune_studio.events.savings import Savings

SAVED = Savings(epoch=0.4, plain_epoch=31.2, seconds=277.0, size=14_000_000)
USED = FrozenPartPlanned(used=True, reason="", share=0.64, size=14_000_000, place="memory")

TO_COME = (
    "The frozen layers, 64 % of a forward pass, are computed once and stored. "
    "They take 14 MB in memory."
)


def trial(precision: str, seconds: float | None, **more: object) -> Trial:
    values = {"memory_format": "contiguous", "threads": 2, **more}
    return Trial.model_validate({"precision": precision, "seconds": seconds, **values})


@pytest.mark.parametrize(
    ("plan", "saved", "line"),
    [
        (
            USED,
            SAVED,
            "Frozen layers computed once: an epoch takes 0.4 s instead of 31 s. 14 MB stored.",
        ),
        (
            USED,
            None,
            TO_COME,
        ),
        (FrozenPartPlanned(used=False, reason="Every layer trains."), None, "Every layer trains."),
    ],
)
def test_the_frozen_layers_are_one_plain_line(
    plan: FrozenPartPlanned, saved: Savings | None, line: str
) -> None:
    assert frozen_line(plan, saved) == line


def test_a_run_that_is_over_took_its_time() -> None:
    assert "an epoch took 0.4 s instead of 31 s" in frozen_line(USED, SAVED, is_over=True)


def test_a_way_to_compute_is_said_as_far_as_it_is_special() -> None:
    plain = ComputeChosen(device="cpu", precision="fp32", threads=2, memory_format="contiguous")
    assert way_words(plain) == "float32"
    special = plain.edited(
        precision="bf16", memory_format="channels_last", compiled=True, micro_batch=8
    )
    assert way_words(special) == "bfloat16, channels last, compiled, 8 at once"


def test_timed_ways_come_fastest_first_and_say_why_one_was_left_out() -> None:
    trials = (
        trial("fp32", 2.3),
        trial("fp16", None, note="out of memory"),
        trial("bf16", 1.25, memory_format="channels_last", chosen=True),
    )
    assert trial_words(trials) == [
        ("bfloat16, channels last", "1.2 s, chosen"),
        ("float32", "2.3 s"),
        ("float16", "out of memory"),
    ]
    assert timed_words(trials) == "chosen from 3 timed ways"
    assert timed_words(()) == ""


def test_threads_are_only_named_where_they_differ() -> None:
    trials = (trial("fp32", 1.0, threads=1), trial("fp32", 2.0, threads=2))
    assert [name for name, _ in trial_words(trials)] == ["float32, 1 thread", "float32, 2 threads"]


PHASES = (
    PhaseDescription(first_epoch=1, woken=("Head",), trainable=5_000),
    PhaseDescription(first_epoch=2, woken=("Stage 4", "Stage 3"), trainable=1_200_000),
    PhaseDescription(
        first_epoch=3, woken=("Stage 2", "Stage 1", "Stem", "Patches"), trainable=3_400_000
    ),
)


def test_phases_are_told_as_a_line() -> None:
    assert phase_words(PHASES) == (
        "Head from epoch 1, Stage 4 and Stage 3 from epoch 2, "
        "Stage 2, Stage 1 and 2 more blocks from epoch 3"
    )


def test_what_wakes_is_told_when_it_does() -> None:
    assert woken_words(PHASES, 1, 3_400_000) == ""
    assert woken_words(PHASES, 2, 3_400_000) == (
        "From epoch 2 on Stage 4 and Stage 3 train too: 1.2 M of 3.4 M parameters"
    )


def test_a_phase_that_is_over_says_which_epochs_it_saved() -> None:
    assert saved_line(SAVED.edited(first=1, last=2)).endswith("in epochs 1 to 2.")


def test_a_phase_that_has_just_begun_says_what_it_will_store() -> None:
    begun = USED.edited(first_epoch=3)
    assert frozen_line(begun, SAVED.edited(last=2)) == TO_COME
    assert "in epochs 1 to 2" in frozen_line(begun, SAVED.edited(last=2), is_over=True)


def test_what_an_earlier_phase_gained_is_still_told_once_every_layer_trains() -> None:
    now = FrozenPartPlanned(used=False, reason="Every layer trains.", first_epoch=3)
    assert frozen_line(now, SAVED.edited(last=2)) == (
        "Frozen layers computed once: an epoch took 0.4 s instead of 31 s in epochs 1 to 2. "
        "From epoch 3 on: every layer trains."
    )
    assert frozen_line(now, None) == "Every layer trains."


def test_a_single_epoch_is_named_as_one() -> None:
    assert saved_line(SAVED.edited(first=2, last=2)).endswith("in epoch 2.")
