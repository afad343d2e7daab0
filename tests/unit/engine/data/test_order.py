"""The order of samples comes from (seed, epoch) and nothing else."""

from __future__ import annotations

import random

from finetune_studio.engine.data.order import (
    batches_of,
    bucketed,
    drawn_evenly,
    mixed,
    shuffled,
)


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


def test_a_smaller_batch_is_not_of_the_longest_texts_every_time() -> None:
    """Else these weigh more than all others: their batch counts as much as a full one."""
    lengths = list(range(425))
    left_over = [bucketed(lengths, 16, seed=1, epoch=epoch)[-1] for epoch in range(1, 41)]
    assert {len(batch) for batch in left_over} == {9}
    assert len({batch[0] for batch in left_over}) > 15
    assert min(min(batch) for batch in left_over) < 50
    assert bucketed([5, 4, 3], 16, seed=1, epoch=1) == [[2, 1, 0]]


# --------------------------------------------------------------------------------- drawn evenly

UNEVEN = [0] * 17 + [1] * 5 + [2] * 3


def counts(places: list[int]) -> list[int]:
    return [sum(UNEVEN[place] == label for place in places) for label in range(3)]


def test_an_even_draw_has_as_many_samples_and_as_many_of_each_label() -> None:
    for epoch in range(1, 8):
        drawn = drawn_evenly(UNEVEN, 3, epoch)
        assert len(drawn) == len(UNEVEN)
        assert max(counts(drawn)) - min(counts(drawn)) <= 1


def test_over_many_epochs_every_sample_of_a_label_is_drawn_as_often_as_any_other() -> None:
    times = [0] * len(UNEVEN)
    for epoch in range(1, 12):
        for place in drawn_evenly(UNEVEN, 3, epoch):
            times[place] += 1
    for label in range(3):
        own = [count for count, of in zip(times, UNEVEN, strict=True) if of == label]
        assert max(own) - min(own) <= 1
        assert min(own) >= 5


def test_an_even_draw_depends_on_seed_and_epoch_alone() -> None:
    assert drawn_evenly(UNEVEN, 3, 2) == drawn_evenly(UNEVEN, 3, 2)
    assert sorted(drawn_evenly(UNEVEN, 3, 2)) != sorted(drawn_evenly(UNEVEN, 3, 3))
    assert sorted(drawn_evenly(UNEVEN, 3, 2)) != sorted(drawn_evenly(UNEVEN, 4, 2))


def test_a_label_without_samples_takes_no_turn() -> None:
    labels = [4, 4, 4, 9]
    drawn = drawn_evenly(labels, 1, 1)
    assert [labels[place] for place in sorted(drawn)].count(9) == 2
