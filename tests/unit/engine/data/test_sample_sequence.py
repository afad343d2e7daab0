"""Samples in columns are what the same samples in a list are."""

from __future__ import annotations

import numpy as np
import pytest

from finetune_studio.engine.data.sample_sequence import Samples
from finetune_studio.engine.data.samples import Sample
from finetune_studio.project.choices import Split

LISTED = [
    Sample("1", "dog", "line 1", text="one", split=Split.TRAIN),
    Sample("2", "cat", "line 2", text="two"),
    Sample("3", "dog", "line 3", text="one", split=Split.TEST),
    Sample("4", "ant", "line 4", path="/4.png", content="digest"),
    Sample("5", "cat", "line 5", path="/5.png"),
]


@pytest.fixture
def samples() -> Samples:
    return Samples.of(LISTED)


def test_they_come_as_they_were_put_in(samples: Samples) -> None:
    assert list(samples) == LISTED
    assert samples == LISTED
    assert (samples[1], samples[-1], len(samples)) == (LISTED[1], LISTED[-1], 5)
    assert samples[1:4] == LISTED[1:4]
    assert samples != LISTED[:4]
    assert [samples.text(place) for place in range(5)] == ["one", "two", "one", "", ""]
    assert Samples.of(samples) is samples


def test_labels_are_sorted_and_counted(samples: Samples) -> None:
    assert samples.names == ("ant", "cat", "dog")
    assert samples.counts() == {"ant": 1, "cat": 2, "dog": 2}
    order, bounds = samples.by_label()
    assert order.tolist() == [3, 1, 4, 0, 2]
    assert bounds.tolist() == [0, 1, 3, 5]


def test_equal_content_is_known(samples: Samples) -> None:
    assert samples.twins.tolist() == [0, 2]
    assert samples.identities[0] == samples.identities[2]
    assert len(set(samples.identities.tolist())) == 4


def test_some_of_them_stay_what_they_were(samples: Samples) -> None:
    kept = samples.without(np.array([1]))

    assert kept == [LISTED[0], *LISTED[2:]]
    assert kept.twins.tolist() == [0, 1]
    assert kept.counts() == {"ant": 1, "cat": 1, "dog": 2}
    assert samples.taken(np.zeros(5, np.bool_)) == []


def test_labels_and_splits_can_be_changed(samples: Samples) -> None:
    merged = samples.relabelled({"ant": "dog"})

    assert merged.counts() == {"cat": 2, "dog": 3}
    assert (merged[3].label, merged[3].path) == ("dog", "/4.png")
    assert samples.divided
    assert not samples.undivided().divided
    assert samples.undivided()[0] == Sample("1", "dog", "line 1", text="one")


def test_none_are_no_samples() -> None:
    none = Samples.of([])

    assert none == []
    assert not none.counts()
    assert not none.divided
