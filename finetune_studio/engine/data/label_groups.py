"""Samples by what they are: how many have a label, and who is alike for the division.

Samples carry their labels as one text each; what is asked of labels is worked out on the different
texts, of which there are few.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from finetune_studio.engine.data.sample_sequence import Samples
from finetune_studio.project.choices import Target
from finetune_studio.project.target import joined, parts_of

_MOST_STRETCHES = 10
_FEWEST_IN_STRETCH = 20


def label_counts(samples: Samples, kind: Target) -> Counter[str]:
    """How many samples each label has; of several labels, a sample counts for each of its own."""
    return _of_each(samples.counts(), kind)


def counted_labels(labels: Iterable[str], kind: Target) -> Counter[str]:
    """Like :func:`label_counts`, of what each sample is."""
    return _of_each(Counter(labels), kind)


def _of_each(counts: Counter[str], kind: Target) -> Counter[str]:
    if kind is not Target.LABELS:
        return counts
    found: Counter[str] = Counter()
    for label, count in counts.items():
        for part in parts_of(label):
            found[part] += count
    return found


def relabelled(samples: Samples, kept: Mapping[str, str], kind: Target) -> Samples:
    """The same samples, some labels called otherwise; those called by nothing are taken away."""
    if kind is not Target.LABELS:
        return samples.relabelled(kept)
    names = {
        name: joined(kept.get(part, part) for part in parts_of(name)) for name in samples.names
    }
    return samples.relabelled(names)


def membership(names: Sequence[str], labels: Sequence[str]) -> np.ndarray:
    """Which of the labels belong to which label text: bool [names, labels]."""
    places = {label: place for place, label in enumerate(labels)}
    found = np.zeros((len(names), len(labels)), np.bool_)
    for row, name in enumerate(names):
        for part in parts_of(name):
            if part in places:
                found[row, places[part]] = True
    return found


def numbers_of(samples: Samples) -> np.ndarray:
    """The number of each sample, float64 [samples]."""
    values = np.array([float(name or "nan") for name in samples.names], np.float64)
    return values[samples.codes] if len(values) else np.empty(0, np.float64)


def stretches(numbers: np.ndarray, most: int = _MOST_STRETCHES) -> np.ndarray:
    """Where numbers are cut into stretches of about equally many: rising, float64 [cuts].

    Args:
        numbers: any order.
        most: stretches there may be; few numbers make fewer.
    """
    count = max(1, min(most, len(numbers) // _FEWEST_IN_STRETCH))
    if count == 1:
        return np.empty(0, np.float64)
    return np.unique(np.quantile(numbers, np.arange(1, count) / count))


def alike(samples: Samples, kind: Target) -> Samples:
    """The samples called by what they are divided by.

    Of several labels that is the rarest one a sample has, as the iterative stratification of
    Sechidis et al. (2011) begins with the rarest label; unlike there, what goes where depends on
    nothing but the sample, so that a sample more or less moves hardly any other. Numbers are
    divided by stretches of about equally many.
    """
    if kind is Target.LABEL:
        return samples
    if kind is Target.LABELS:
        counts = label_counts(samples, kind)
        return samples.relabelled({name: _rarest(name, counts) for name in samples.names})
    cuts = stretches(numbers_of(samples))
    # Some names may have no sample left.
    values = np.array([float(name or "nan") for name in samples.names], np.float64)
    places = np.searchsorted(cuts, values, "right").tolist()
    names = (f"{place:03d}" for place in places)
    return samples.relabelled(dict(zip(samples.names, names, strict=True)))


def _rarest(name: str, counts: Counter[str]) -> str:
    return min(parts_of(name), key=lambda part: (counts[part], part), default="")
