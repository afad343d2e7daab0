from __future__ import annotations

import pytest

from finetune_studio.events.descriptions import Trial
from finetune_studio.events.events import ComputeChosen, FrozenPartPlanned
from finetune_studio.events.run_words import frozen_line, timed_words, trial_words, way_words
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
