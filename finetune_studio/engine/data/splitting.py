"""Dividing samples into training, validation and test.

Each label is divided by itself, so that every part has its share of it. Who goes where depends on
a hash of the sample, never on its position: when a sample is added or removed, at most one other
of its label changes parts, and none goes from validation to test. Exact copies stay together.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence

from finetune_studio.engine.data.samples import Sample, SampleSet
from finetune_studio.project.choices import Split
from finetune_studio.project.project import SplitChoice

_FOR_VALIDATION = 2  # groups of a label from which on one is spared for validation
_FOR_TEST = 4


def split(samples: SampleSet, choice: SplitChoice) -> dict[str, Split]:
    """The part each sample belongs to, by its key.

    The data's own division is kept. Where it lacks validation, training gives some away; a test
    part is never taken from data that were divided without one.
    """
    parts = {sample.key: sample.split for sample in samples.samples if sample.split is not None}
    loose = [sample for sample in samples.samples if sample.split is None]
    parts.update(_divided(loose, choice.validation, choice.test, choice.seed))
    own = set(parts.values())
    if samples.own_splits and Split.VALIDATION not in own:
        train = [sample for sample in samples.samples if parts[sample.key] is Split.TRAIN]
        parts.update(_divided(train, choice.validation, 0.0, choice.seed))
    return parts


def with_splits(samples: Iterable[Sample], parts: dict[str, Split], part: Split) -> list[Sample]:
    """The samples of one part, in order."""
    return [sample for sample in samples if parts[sample.key] is part]


def _divided(
    samples: Sequence[Sample], validation: float, test: float, seed: int
) -> dict[str, Split]:
    labels: dict[str, str] = {}
    for sample in samples:
        labels[sample.identity] = min(sample.label, labels.get(sample.identity, sample.label))
    by_label: dict[str, list[str]] = defaultdict(list)
    for identity, label in labels.items():
        by_label[label].append(identity)
    parts: dict[str, Split] = {}
    for identities in by_label.values():
        shares = _parts_of(len(identities), validation, test)
        ordered = sorted(identities, key=lambda identity: _rank(seed, identity))
        parts.update(zip(ordered, shares, strict=True))
    return {sample.key: parts[sample.identity] for sample in samples}


def _parts_of(count: int, validation: float, test: float) -> list[Split]:
    """Parts in order of rank: validation from the low end, test from the high end."""
    spared = round(count * test)
    if test > 0 and count >= _FOR_TEST:
        spared = max(1, spared)
    watched = round(count * validation)
    if validation > 0 and count >= _FOR_VALIDATION:
        watched = max(1, watched)
    # Each label keeps something to learn from, whatever the shares.
    watched = min(watched, count - 1)
    spared = min(spared, count - 1 - watched)
    learned = count - watched - spared
    return [Split.VALIDATION] * watched + [Split.TRAIN] * learned + [Split.TEST] * spared


def _rank(seed: int, identity: str) -> bytes:
    return hashlib.blake2b(f"{seed}\x00{identity}".encode(), digest_size=8).digest()
