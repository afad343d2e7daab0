"""Equal texts share a number, different ones do not, however they are handed over."""

from __future__ import annotations

import random

import numpy as np
import pyarrow as pa
import pytest

from finetune_studio.engine.data.content_marks import (
    identified,
    marks_of,
    marks_of_strings,
    ranks,
    shared_places,
)


def texts(count: int, seed: int = 1) -> list[str]:
    chance = random.Random(seed)
    return ["".join(chance.choices("abé\u3042 ", k=chance.randint(0, 120))) for _ in range(count)]


def test_a_mark_depends_on_the_text_alone() -> None:
    some = texts(500)
    together = marks_of_strings(some)

    assert together.tolist() == [int(marks_of(pa.array([text]))[0]) for text in some]
    sliced = marks_of(pa.array(["before", *some], pa.string()).slice(1))
    assert np.array_equal(together, sliced)


def test_texts_that_share_a_mark_are_told_apart() -> None:
    alike = [f"{'x' * 30}{number:03d}{'y' * 60}" for number in range(200)]
    some = [*alike, *texts(300), alike[7], ""]
    assert len(set(marks_of_strings(alike).tolist())) == 1

    marks, identities, shared = identified(marks_of_strings(some), some.__getitem__)

    assert len(set(identities.tolist())) == len(set(some))
    assert identities[7] == identities[500]
    assert marks[7] == marks[500]
    assert set(range(200)) <= set(shared.tolist())


def test_names_that_are_no_text_have_marks_too() -> None:
    assert len(set(marks_of_strings(["a\udcff", "a\udcfe"]).tolist())) == 2


@pytest.mark.parametrize("different", [1, 3, 500, 10_000])
def test_shared_places_are_those_of_numbers_that_come_again(different: int) -> None:
    drawn = np.random.default_rng(different).integers(0, different, 2000, np.uint64)
    numbers = drawn * np.uint64(0x9E3779B97F4A7C15)
    _, places, counts = np.unique(numbers, return_inverse=True, return_counts=True)

    assert np.array_equal(shared_places(numbers), np.flatnonzero(counts[places] > 1))
    assert not len(shared_places(numbers[:0]))


def test_a_seed_shuffles_evenly_and_ties_stay_together() -> None:
    marks = np.arange(4000, dtype=np.uint64) << np.uint64(16)

    first, second = ranks(marks, 1), ranks(marks, 2)

    assert np.array_equal(first, ranks(marks, 1))
    assert abs(np.corrcoef(first.argsort().argsort(), second.argsort().argsort())[0, 1]) < 0.1
    low = first < np.uint64(2**63)
    assert 1800 < low.sum() < 2200
    assert np.array_equal(ranks(marks | np.uint64(5), 1), first | np.uint64(5))
