from __future__ import annotations

from collections import Counter

from finetune_studio.engine.training.replay import reservoir


def test_a_stream_that_fits_is_kept_whole_and_in_order() -> None:
    assert reservoir(range(7), 10, seed=1) == tuple(range(7))
    assert reservoir(range(10), 10, seed=1) == tuple(range(10))


def test_the_same_seed_keeps_the_same_and_another_seed_others() -> None:
    assert reservoir(range(500), 20, seed=1) == reservoir(iter(range(500)), 20, seed=1)
    assert set(reservoir(range(500), 20, seed=1)) != set(reservoir(range(500), 20, seed=2))


def test_each_sample_is_as_likely_to_be_kept_as_any_other() -> None:
    seeds, size, count = 4000, 5, 20
    kept = Counter(one for seed in range(seeds) for one in reservoir(range(count), size, seed))
    expected = seeds * size / count
    # Chi square of 20 places with 19 degrees of freedom: above 43.8 once in a thousand.
    spread = sum((kept[one] - expected) ** 2 / (expected * (1 - size / count)) for one in kept)
    assert len(kept) == count
    assert spread < 43.8


def test_nothing_is_kept_twice() -> None:
    kept = reservoir(range(1000), 100, seed=3)
    assert len(set(kept)) == 100
