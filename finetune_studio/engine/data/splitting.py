"""Dividing samples into training, validation and test.

Each label is divided by itself, so that every part has its share of it. Who goes where depends on
a hash of the sample, never on its position: when a sample is added or removed, at most one other
of its label changes parts, and none goes from validation to test. Exact copies stay together.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import numpy as np

from finetune_studio.engine.data.content_marks import ranks
from finetune_studio.engine.data.label_groups import alike
from finetune_studio.engine.data.sample_sequence import SPLITS, UNDIVIDED, Samples
from finetune_studio.engine.data.samples import Sample, SampleSet
from finetune_studio.project.choices import Split
from finetune_studio.project.project import SplitChoice

_FOR_VALIDATION = 2  # groups of a label from which on one is spared for validation
_FOR_TEST = 4
_TRAIN, _VALIDATION, _TEST = map(SPLITS.index, (Split.TRAIN, Split.VALIDATION, Split.TEST))


def split(samples: SampleSet, choice: SplitChoice) -> dict[str, Split]:
    """The part each sample belongs to, by its key; see :func:`parts_of`."""
    grouped = alike(Samples.of(samples.samples), samples.target.kind)
    parts = parts_of(grouped, choice).tolist()
    pairs = zip(samples.samples, parts, strict=True)
    return {sample.key: SPLITS[part] for sample, part in pairs}


def parts_of(samples: Samples, choice: SplitChoice) -> np.ndarray:
    """The part each sample belongs to, as its place in ``SPLITS``: int8 [samples].

    ``samples`` are called by what they are divided by; see :func:`label_groups.alike`.
    The data's own division is kept. Where it lacks validation, training gives some away; a test
    part is never taken from data that were divided without one.
    """
    if not samples.divided:
        return _divided(samples, choice.validation, choice.test, choice.seed)
    parts = samples.splits.copy()
    loose = np.flatnonzero(parts == UNDIVIDED)
    parts[loose] = _divided(samples.taken(loose), choice.validation, choice.test, choice.seed)
    if not np.any(parts == _VALIDATION):
        train = np.flatnonzero(parts == _TRAIN)
        parts[train] = _divided(samples.taken(train), choice.validation, 0.0, choice.seed)
    return parts


def with_splits(samples: Iterable[Sample], parts: dict[str, Split], part: Split) -> list[Sample]:
    """The samples of one part, in order."""
    return [sample for sample in samples if parts[sample.key] is part]


def _divided(samples: Samples, validation: float, test: float, seed: int) -> np.ndarray:
    """Parts as if the data had none: int8 [samples]."""
    parts = np.full(len(samples), _TRAIN, np.int8)
    leading, twins, leads = _led(samples)
    leaders = samples.taken(leading) if len(twins) else samples
    order, bounds = leaders.by_label()
    shuffled = ranks(leaders.marks, seed)[order]
    places = np.flatnonzero(leading)[order] if len(twins) else order
    for start, end in pairwise(bounds.tolist()):
        count = end - start
        if count < _FOR_VALIDATION:
            continue
        watched, learned, _ = _parts_of(count, validation, test)
        cuts = [cut for cut in (watched, watched + learned) if cut < count]
        low_to_high = np.argpartition(shuffled[start:end], cuts)
        label = places[start:end]
        parts[label[low_to_high[:watched]]] = _VALIDATION
        parts[label[low_to_high[watched + learned :]]] = _TEST
    parts[twins] = parts[leads]
    return parts


def _led(samples: Samples) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of samples of equal content one leads, of the first label; the others follow it.

    Returns:
        Who leads, bool [samples]; places of all whose content comes again; who leads each of them.
    """
    twins = samples.twins
    identities = samples.identities[twins]
    order = np.lexsort((samples.codes[twins], identities))
    twins, identities = twins[order], identities[order]
    first = np.ones(len(twins), np.bool_)
    first[1:] = identities[1:] != identities[:-1]
    leads = twins[first][np.cumsum(first) - 1] if len(twins) else twins
    leading = np.ones(len(samples), np.bool_)
    leading[twins[~first]] = False
    return leading, twins, leads


def _parts_of(count: int, validation: float, test: float) -> tuple[int, int, int]:
    """How many go into validation, training and test, in order of rank."""
    spared = round(count * test)
    if test > 0 and count >= _FOR_TEST:
        spared = max(1, spared)
    watched = round(count * validation)
    if validation > 0 and count >= _FOR_VALIDATION:
        watched = max(1, watched)
    # Each label keeps something to learn from, whatever the shares.
    watched = min(watched, count - 1)
    spared = min(spared, count - 1 - watched)
    return watched, count - watched - spared, spared
