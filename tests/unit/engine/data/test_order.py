"""The order of samples comes from (seed, epoch) and nothing else."""

from __future__ import annotations

import random

from finetune_studio.engine.data.order import batches_of, bucketed, mixed, shuffled


def test_every_sample_comes_once_an_epoch() -> None:
    assert sorted(shuffled(100, seed=1, epoch=1)) == list(range(100))
    assert shuffled(100, 1, 1) == shuffled(100, 1, 1)
    assert shuffled(100, 1, 1) != shuffled(100, 1, 2)
    assert shuffled(100, 1, 1) != shuffled(100, 2, 1)


def test_the_order_is_pinned_so_that_old_runs_can_go_on() -> None:
    assert mixed(7, 1, 2) == 4656144382759813905
    assert shuffled(8, seed=7, epoch=1) == [7, 3, 1, 5, 4, 0, 2, 6]


def test_the_last_batch_may_be_smaller() -> None:
    assert batches_of([3, 1, 2, 0, 4], 2) == [[3, 1], [2, 0], [4]]


def test_buckets_hold_every_text_once_and_pad_little() -> None:
    chance = random.Random(0)
    lengths = [chance.randint(3, 120) for _ in range(1003)]

    batches = bucketed(lengths, 16, seed=1, epoch=1)

    assert sorted(place for batch in batches for place in batch) == list(range(1003))
    assert [len(batch) for batch in batches] == [16] * 62 + [11]
    padded = sum(len(batch) * max(lengths[place] for place in batch) for batch in batches)
    assert padded < 1.1 * sum(lengths)
    assert batches == bucketed(lengths, 16, seed=1, epoch=1)
    assert batches != bucketed(lengths, 16, seed=1, epoch=2)


def test_buckets_do_not_come_in_order_of_length() -> None:
    lengths = list(range(400))

    firsts = [batch[0] for batch in bucketed(lengths, 10, seed=1, epoch=1)]

    assert firsts != sorted(firsts)
