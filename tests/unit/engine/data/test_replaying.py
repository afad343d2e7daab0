from __future__ import annotations

from collections import Counter

import pytest

from finetune_studio.engine.data.order import batches_of, shuffled
from finetune_studio.engine.data.replaying import Replay
from finetune_studio.project.settings.remembering import earlier_per_batch

NEW, EARLIER = range(50), range(50, 60)


def batches(replay: Replay, epoch: int, **more: object) -> list[list[int]]:
    plan = batches_of(shuffled(len(NEW), replay.seed, epoch), replay.new_per_batch)
    return replay.joined(plan, EARLIER, epoch, **more)  # type: ignore[arg-type]


@pytest.fixture
def replay() -> Replay:
    return Replay(first=50, per_batch=2, batch_size=8, seed=5)


def test_every_full_batch_has_its_share_of_earlier_samples(replay: Replay) -> None:
    made = batches(replay, 1)
    assert [len(batch) for batch in made] == [8] * 8 + [3]
    assert [sum(place >= 50 for place in batch) for batch in made] == [2] * 8 + [1]


def test_every_new_sample_comes_once_and_the_number_of_draws_is_foretold(replay: Replay) -> None:
    places = [place for batch in batches(replay, 1) for place in batch]
    assert sorted(place for place in places if place < 50) == list(NEW)
    assert sum(place >= 50 for place in places) == replay.draws(50) == 17


def test_an_epochs_batches_follow_from_seed_and_epoch_alone(replay: Replay) -> None:
    assert batches(replay, 3) == batches(replay, 3)
    assert batches(replay, 3) != batches(replay, 4)


def test_over_a_run_each_earlier_sample_is_drawn_as_often_as_any_other(replay: Replay) -> None:
    drawn = Counter(
        place
        for epoch in range(1, 8)
        for batch in batches(replay, epoch)
        for place in batch
        if place >= 50
    )
    assert sum(drawn.values()) == 7 * 17
    assert max(drawn.values()) - min(drawn.values()) <= 1


def test_earlier_labels_can_be_drawn_evenly(replay: Replay) -> None:
    labels = [0] * 8 + [1] * 2
    drawn = Counter(
        labels[place - 50]
        for epoch in (1, 2)
        for batch in batches(replay, epoch, labels=labels)
        for place in batch
        if place >= 50
    )
    assert drawn == {0: 17, 1: 17}


def test_short_earlier_texts_stand_beside_short_new_ones(replay: Replay) -> None:
    def lengths(places: object) -> list[int]:
        return [place % 50 + 1 if place < 50 else 5 * (place - 49) for place in places]  # type: ignore[attr-defined]

    plan = batches_of(list(NEW), replay.new_per_batch)  # as sorted by length
    made = replay.joined(plan, EARLIER, 1, lengths=lengths)
    earlier = [max(lengths([p for p in batch if p >= 50])) for batch in made[:-1]]
    assert earlier == sorted(earlier)


def test_pieces_of_a_batch_hold_both(replay: Replay) -> None:
    made = batches(replay, 1)
    ends = [sum(place >= 50 for place in batch[-2:]) for batch in made[:-1]]
    assert min(ends) < 2  # they do not always stand last


@pytest.mark.parametrize(
    ("share", "batch", "wanted"),
    [(0.0, 8, 0), (0.2, 10, 2), (0.2, 8, 2), (0.01, 8, 1), (0.9, 2, 1), (0.5, 1, 0), (0.2, 32, 6)],
)
def test_a_share_becomes_whole_samples(share: float, batch: int, wanted: int) -> None:
    assert earlier_per_batch(share, batch) == wanted
