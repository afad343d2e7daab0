"""Many samples as a few columns of numbers: a million of them fit where a thousand objects would.

What is asked of all samples at once (how many of a label, which are copies, who goes into which
part) is worked out on the columns; a `Sample` is made when somebody looks at one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Protocol, overload

import numpy as np

from finetune_studio.engine.data.content_marks import identified, marks_of_strings
from finetune_studio.engine.data.same_content import text_digest
from finetune_studio.engine.data.samples import Sample
from finetune_studio.project.choices import Split

SPLITS = tuple(Split)
UNDIVIDED = -1
_SPLIT_CODES = {split: code for code, split in enumerate(SPLITS)} | {None: UNDIVIDED}


def split_code(split: Split | None) -> int:
    """The place of a split in ``SPLITS``, or ``UNDIVIDED``."""
    return _SPLIT_CODES[split]


class Origin(Protocol):
    """What was read: knows everything of a row but its label and split, which may change."""

    def sample(self, row: int, label: str, split: Split | None) -> Sample:
        """The sample of a row."""
        ...

    def text(self, row: int) -> str:
        """The text of a row; empty where it is a picture."""
        ...


class Samples(Sequence[Sample]):
    """Samples in the order they were read.

    Attributes:
        names: the labels, sorted; some may have no sample left.
        codes: the place of each sample's label among the names, int32 [samples].
        splits: its place in ``SPLITS``, or ``UNDIVIDED``, int8 [samples].
        marks: equal for equal content, and spread evenly over all numbers, uint64 [samples].
        identities: equal for equal content only, uint64 [samples].
        twins: places of all samples whose content comes again, and perhaps of some more, in
            order, int64 [twins].
    """

    __hash__ = None  # type: ignore[assignment]  # equal to any sequence of equal samples

    def __init__(
        self,
        origin: Origin,
        rows: np.ndarray,
        names: Sequence[str],
        codes: np.ndarray,
        splits: np.ndarray,
        marks: np.ndarray,
        identities: np.ndarray,
        twins: np.ndarray,
    ) -> None:
        """Take the columns over; ``names`` may be in any order, and repeat."""
        self.names, places = _sorted_names(names)
        in_order = np.array_equal(places, np.arange(len(places)))
        self.codes = codes if in_order else places[codes]
        self.splits = splits
        self.marks = marks
        self.identities = identities
        self.twins = twins
        self._origin = origin
        self._rows = rows

    @classmethod
    def of(cls, samples: Sequence[Sample]) -> Samples:
        """The columns of samples that are there already."""
        if isinstance(samples, Samples):
            return samples
        names: dict[str, int] = {}
        codes = [names.setdefault(sample.label, len(names)) for sample in samples]
        splits = (split_code(sample.split) for sample in samples)
        marks, identities, twins = identified(
            marks_of_strings(map(_content, samples)), lambda place: _content(samples[place])
        )
        count = len(samples)
        return cls(
            _Listed(samples),
            np.arange(count),
            list(names),
            np.array(codes, np.int32),
            np.fromiter(splits, np.int8, count),
            marks,
            identities,
            twins,
        )

    def __len__(self) -> int:
        """How many there are."""
        return len(self._rows)

    @overload
    def __getitem__(self, place: int) -> Sample: ...
    @overload
    def __getitem__(self, place: slice) -> Samples: ...
    def __getitem__(self, place: int | slice) -> Sample | Samples:
        """The sample at a place; of a slice, samples again."""
        if isinstance(place, slice):
            return self.taken(np.arange(len(self))[place])
        code = self.splits[place]
        split = None if code == UNDIVIDED else SPLITS[code]
        return self._origin.sample(int(self._rows[place]), self.names[self.codes[place]], split)

    def __iter__(self) -> Iterator[Sample]:
        """Each sample, made as it comes."""
        splits = (*SPLITS, None)
        for row, code, split in zip(
            self._rows.tolist(), self.codes.tolist(), self.splits.tolist(), strict=True
        ):
            yield self._origin.sample(row, self.names[code], splits[split])

    def __eq__(self, other: object) -> bool:
        """Whether these are the same samples in the same order, however they are kept."""
        if not isinstance(other, Sequence) or len(self) != len(other):
            return False
        return all(one == another for one, another in zip(self, other, strict=True))

    def text(self, place: int) -> str:
        """The text of the sample at a place; quicker than the sample."""
        return self._origin.text(int(self._rows[place]))

    @property
    def divided(self) -> bool:
        """Whether the data say of any sample which part it belongs to."""
        return bool(np.any(self.splits != UNDIVIDED))

    def counts(self) -> Counter[str]:
        """How many samples each label has."""
        found = self._of_each_name
        return Counter({self.names[code]: int(found[code]) for code in np.flatnonzero(found)})

    def by_label(self) -> tuple[np.ndarray, np.ndarray]:
        """Places of all samples, label by label and in order; and where each label's begin.

        Returns:
            int64 [samples], and int64 [names + 1].
        """
        narrow = np.min_scalar_type(len(self.names))  # up to 16 bits are sorted in one go
        order = np.argsort(self.codes.astype(narrow), kind="stable")
        return order, np.concatenate(([0], np.cumsum(self._of_each_name)))

    def taken(self, which: np.ndarray) -> Samples:
        """Some of the samples: bool [samples], or places in order."""
        kept = np.zeros(len(self), np.bool_)
        kept[which] = True
        return self._with(
            rows=self._rows[which],
            codes=self.codes[which],
            splits=self.splits[which],
            marks=self.marks[which],
            identities=self.identities[which],
            twins=(np.cumsum(kept) - 1)[self.twins[kept[self.twins]]],
        )

    def without(self, places: np.ndarray) -> Samples:
        """The other samples."""
        kept = np.ones(len(self), np.bool_)
        kept[places] = False
        return self.taken(kept)

    def relabelled(self, kept: Mapping[str, str]) -> Samples:
        """The same samples, some labels called otherwise."""
        return self._with(names=[kept.get(name, name) for name in self.names])

    def undivided(self) -> Samples:
        """The same samples without a division of their own."""
        return self._with(splits=np.full(len(self), UNDIVIDED, np.int8))

    @cached_property
    def _of_each_name(self) -> np.ndarray:
        return np.bincount(self.codes, minlength=len(self.names))

    def _with(self, **changed: object) -> Samples:
        kept = {
            "rows": self._rows,
            "names": self.names,
            "codes": self.codes,
            "splits": self.splits,
            "marks": self.marks,
            "identities": self.identities,
            "twins": self.twins,
        }
        return Samples(self._origin, **(kept | changed))  # type: ignore[arg-type]


class _Listed:
    """Samples that are there as such."""

    def __init__(self, samples: Sequence[Sample]) -> None:
        self._samples = samples

    def sample(self, row: int, label: str, split: Split | None) -> Sample:
        """The sample of a row, changed where it has to be."""
        sample = self._samples[row]
        if sample.label == label and sample.split is split:
            return sample
        return replace(sample, label=label, split=split)

    def text(self, row: int) -> str:
        """The text of a row."""
        return self._samples[row].text


def _content(sample: Sample) -> str:
    return sample.text or sample.content or text_digest(sample.key)


def _sorted_names(names: Sequence[str]) -> tuple[tuple[str, ...], np.ndarray]:
    """The different names, sorted, and where among them each of the given ones is."""
    ordered = tuple(sorted(set(names)))
    places = {name: place for place, name in enumerate(ordered)}
    return ordered, np.fromiter((places[name] for name in names), np.int32, len(names))
