"""How the samples are distributed, as bars: a bar a label, or a stretch of numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np

from finetune_studio.engine.data.label_groups import membership
from finetune_studio.engine.data.sample_sequence import SPLITS, Samples
from finetune_studio.events.descriptions import LabelCount
from finetune_studio.project.choices import Split, Target
from finetune_studio.project.target import TargetReading, as_label, parts_of

# A report travels as one line of at most a megabyte.
_MOST_LABEL_CHARACTERS = 600_000
_CHARACTERS_BESIDE_NAME = 60
_STRETCHES = 12


@dataclass(frozen=True)
class Distribution:
    """Bars, and which of them each label text counts towards.

    Attributes:
        bars: as a report tells them.
        groups: names of bars, for each of the samples' names.
    """

    bars: tuple[LabelCount, ...]
    groups: tuple[tuple[str, ...], ...]


def distribution(samples: Samples, parts: np.ndarray, target: TargetReading) -> Distribution:
    """The bars of some samples, with their parts (places in ``SPLITS``, int8 [samples])."""
    table = _table(samples, parts)
    if target.kind is Target.LABEL:
        alone = tuple((name,) for name in samples.names)
        return Distribution(_bars(samples.names, table, keep_empty=False), alone)
    if target.kind is Target.LABELS:
        labels = sorted({part for name in samples.names for part in parts_of(name)})
        of_labels = membership(samples.names, labels).astype(np.int64).T @ table
        groups = tuple(parts_of(name) for name in samples.names)
        return Distribution(_bars(labels, of_labels, keep_empty=False), groups)
    return _stretches(samples, table)


def _table(samples: Samples, parts: np.ndarray) -> np.ndarray:
    """Samples by label text and part: int64 [names, splits]."""
    width = len(SPLITS)
    places = samples.codes.astype(np.int64) * width + parts
    return np.bincount(places, minlength=len(samples.names) * width).reshape(-1, width)


def _stretches(samples: Samples, table: np.ndarray) -> Distribution:
    numbers = np.array([float(name) if name else 0.0 for name in samples.names])
    used = table.sum(axis=1) > 0
    if not used.any():
        return Distribution((), tuple(() for _ in samples.names))
    edges = round_edges(float(numbers[used].min()), float(numbers[used].max()))
    names = [f"{as_label(low)} to {as_label(high)}" for low, high in pairwise(edges)]
    places = np.clip(np.searchsorted(edges, numbers, "right") - 1, 0, len(names) - 1)
    counts = np.zeros((len(names), table.shape[1]), np.int64)
    np.add.at(counts, places[used], table[used])
    groups = tuple((names[place],) for place in places.tolist())
    return Distribution(_bars(names, counts, keep_empty=True), groups)


def round_edges(low: float, high: float) -> list[float]:
    """Round numbers that cut a range into about a dozen equal stretches."""
    if low == high:
        return [low, low + 1.0]
    raw = (high - low) / _STRETCHES
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if raw <= power * factor * 1.0001)
    first, last = math.floor(low / step), math.floor(high / step) + 1
    digits = max(0, 2 - math.floor(math.log10(step)))
    return [round(place * step, digits) for place in range(first, last + 1)]


def _bars(names: Sequence[str], table: np.ndarray, *, keep_empty: bool) -> tuple[LabelCount, ...]:
    train, validation, test = (
        table[:, SPLITS.index(part)].tolist()
        for part in (Split.TRAIN, Split.VALIDATION, Split.TEST)
    )
    totals = table.sum(axis=1).tolist()
    places = {name: place for place, name in enumerate(names) if totals[place] or keep_empty}
    return tuple(
        LabelCount(
            label=name,
            count=totals[place],
            train=train[place],
            validation=validation[place],
            test=test[place],
        )
        for name in _reportable(tuple(places))
        for place in (places[name],)
    )


def _reportable(labels: tuple[str, ...]) -> list[str]:
    """As many labels as a report can carry; what has more cannot be trained on anyway."""
    lengths = accumulate(len(label) + _CHARACTERS_BESIDE_NAME for label in labels)
    return [
        label
        for label, length in zip(labels, lengths, strict=True)
        if length < _MOST_LABEL_CHARACTERS
    ]
