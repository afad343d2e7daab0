"""Who trains and who is held out: fair to every label, and steady when samples come and go."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from finetune_studio.engine.data.samples import Sample, SampleSet, labels_of
from finetune_studio.engine.data.splitting import split, with_splits
from finetune_studio.project.choices import DataKind, Split, Task
from finetune_studio.project.project import SplitChoice


def sample(key: str, label: str, content: str = "", part: Split | None = None) -> Sample:
    return Sample(key=key, label=label, where=key, content=content, split=part)


def sample_set(samples: list[Sample]) -> SampleSet:
    return SampleSet(Task.TEXT, DataKind.TABLE, samples, labels_of(samples))


def some(count: int, label: str = "a") -> list[Sample]:
    return [sample(f"{label}{number}", label) for number in range(count)]


def counts(samples: list[Sample], choice: SplitChoice | None = None) -> Counter[tuple[str, Split]]:
    parts = split(sample_set(samples), choice or SplitChoice())
    return Counter((one.label, parts[one.key]) for one in samples)


def test_each_label_is_divided_by_the_shares() -> None:
    found = counts(some(100, "a") + some(20, "b"), SplitChoice(validation=0.2, test=0.1))

    assert [found["a", part] for part in Split] == [70, 20, 10]
    assert [found["b", part] for part in Split] == [14, 4, 2]


@pytest.mark.parametrize(
    ("count", "expected"),
    [(1, [1, 0, 0]), (2, [1, 1, 0]), (3, [2, 1, 0]), (4, [2, 1, 1]), (5, [3, 1, 1])],
)
def test_a_rare_label_keeps_something_to_learn_from(count: int, expected: list[int]) -> None:
    found = counts(some(count))

    assert [found["a", part] for part in Split] == expected


@pytest.mark.parametrize("shares", [(0.8, 0.1), (0.1, 0.8), (0.45, 0.45), (0.01, 0.0)])
def test_every_label_trains_whatever_the_shares(shares: tuple[float, float]) -> None:
    for count in range(1, 12):
        found = counts(some(count), SplitChoice(validation=shares[0], test=shares[1]))
        assert found["a", Split.TRAIN] >= 1
        assert sum(found.values()) == count


def test_a_seed_repeats_and_another_one_differs() -> None:
    samples = sample_set(some(50))

    assert split(samples, SplitChoice(seed=1)) == split(samples, SplitChoice(seed=1))
    assert split(samples, SplitChoice(seed=1)) != split(samples, SplitChoice(seed=2))


def test_the_order_of_samples_does_not_matter() -> None:
    samples = some(60)
    turned = list(reversed(samples))

    assert split(sample_set(samples), SplitChoice()) == split(sample_set(turned), SplitChoice())


def test_adding_a_sample_moves_at_most_two_others_and_none_between_held_out_parts() -> None:
    samples = some(100)
    before = split(sample_set(samples), SplitChoice())
    for number in range(100, 130):
        after = split(sample_set([*samples, sample(f"new{number}", "a")]), SplitChoice())
        moved = [(before[key], after[key]) for key in before if before[key] is not after[key]]
        assert len(moved) <= 2
        assert all(Split.TRAIN in move for move in moved)


def test_copies_are_never_on_both_sides() -> None:
    chance = random.Random(7)
    for _ in range(200):
        samples = [
            sample(str(number), chance.choice("abc"), f"content {chance.randrange(25)}")
            for number in range(60)
        ]
        parts = split(sample_set(samples), SplitChoice(seed=chance.randrange(1000)))
        sides: dict[str, set[Split]] = {}
        for one in samples:
            sides.setdefault(one.content, set()).add(parts[one.key])
        assert all(len(side) == 1 for side in sides.values())


def test_a_division_of_its_own_is_kept() -> None:
    own = {0: Split.TRAIN, 1: Split.VALIDATION, 2: Split.TEST}
    samples = [sample(str(number), "a", part=own[number % 3]) for number in range(9)]

    assert split(sample_set(samples), SplitChoice()) == {
        str(number): own[number % 3] for number in range(9)
    }


def test_missing_validation_is_taken_from_training_and_test_is_not() -> None:
    samples = [sample(f"t{n}", "a", part=Split.TRAIN) for n in range(20)]
    tests = [sample(f"x{n}", "a", part=Split.TEST) for n in range(5)]

    with_test = split(sample_set(samples + tests), SplitChoice(validation=0.2))
    without = split(sample_set(samples), SplitChoice(validation=0.2))

    assert Counter(with_test.values()) == {
        Split.TRAIN: 16,
        Split.VALIDATION: 4,
        Split.TEST: 5,
    }
    assert Split.TEST not in without.values()


def test_the_samples_of_a_part_keep_their_order() -> None:
    samples = some(30)
    parts = split(sample_set(samples), SplitChoice())

    train = with_splits(samples, parts, Split.TRAIN)

    assert train == [one for one in samples if parts[one.key] is Split.TRAIN]
