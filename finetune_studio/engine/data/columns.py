"""Guessing which column holds the text, the picture, the label, the split: by name and content."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from finetune_studio.engine.data.column_names import Role, name_score
from finetune_studio.engine.data.file_types import PICTURE_SUFFIXES, suffix_of
from finetune_studio.engine.data.split_names import split_named
from finetune_studio.engine.data.target_choice import choose_target
from finetune_studio.engine.data.target_detection import SeenColumn, separator_of
from finetune_studio.events.descriptions import ColumnDescription
from finetune_studio.project.choices import Task
from finetune_studio.project.problems import ProblemError
from finetune_studio.project.project import DataChoice
from finetune_studio.project.target import ONE_LABEL, TargetReading

_EXAMPLES = 3
_LONGEST_EXAMPLE = 120
# A report travels as one line of at most a megabyte.
_MOST_DESCRIBED = 2000
_MOST_WITH_EXAMPLES = 200
_MOSTLY = 0.8
_FEW = 20


@dataclass(frozen=True, slots=True)
class ChosenColumns:
    """Places of the columns taken; ``None`` where there is none.

    Attributes:
        labels: all columns that say what a sample is; ``label`` is the first of them.
        target: what they say, and how.
    """

    text: int | None = None
    image: int | None = None
    label: int | None = None
    split: int | None = None
    labels: tuple[int, ...] = ()
    target: TargetReading = ONE_LABEL


class _Column:
    """What the first rows show of a column."""

    def __init__(self, place: int, name: str, cells: Sequence[str | None]) -> None:
        self.place = place
        self.name = name
        self.values = [cell.strip() for cell in cells if cell and cell.strip()]
        self.distinct = len(set(self.values))
        self.seen = SeenColumn(place, name, cells)

    @cached_property
    def pictures(self) -> float:
        """Share of the values that are paths of pictures."""
        return self._share(lambda value: suffix_of(value) in PICTURE_SUFFIXES)

    @cached_property
    def splits(self) -> float:
        """Share of the values that are names of splits."""
        return self._share(lambda value: split_named(value) is not None)

    @cached_property
    def words(self) -> float:
        """Mean number of words."""
        return sum(len(value.split()) for value in self.values) / max(1, len(self.values))

    @cached_property
    def numbers(self) -> float:
        """Share of the values that are numbers."""
        return self._share(is_number)

    @property
    def repetition(self) -> float:
        """0 where all values differ, close to 1 where few come again and again."""
        return 1 - self.distinct / len(self.values) if self.values else 0.0

    @cached_property
    def holds_several(self) -> bool:
        """Whether each cell names several labels."""
        return bool(separator_of(self.seen.filled))

    def _share(self, holds: Callable[[str], bool]) -> float:
        return sum(map(holds, self.values)) / max(1, len(self.values))


def describe_columns(
    names: Sequence[str], rows: Sequence[Sequence[str | None]]
) -> tuple[ColumnDescription, ...]:
    """The columns with their first different values, as far as ``rows`` show them.

    Beyond two hundred columns examples are left out, beyond two thousand the columns too.
    """
    shown = _EXAMPLES if len(names) <= _MOST_WITH_EXAMPLES else 0
    return tuple(
        ColumnDescription(
            name=column.name,
            examples=tuple(
                value[:_LONGEST_EXAMPLE] for value in list(dict.fromkeys(column.values))[:shown]
            ),
            distinct=column.distinct,
        )
        for column in _columns(names[:_MOST_DESCRIBED], rows)
    )


def choose_columns(
    names: Sequence[str],
    rows: Sequence[Sequence[str | None]],
    choice: DataChoice,
    task: Task | None,
) -> ChosenColumns:
    """Take the user's columns, and guess the others.

    Args:
        names: of all columns.
        rows: the first thousand or so.
        choice: what the user decided.
        task: pictures or texts; ``None`` when the table shall tell.

    Raises:
        ProblemError: the user's choice names a column that is not there.
    """
    columns = _columns(names, rows)
    image, text = _named(names, choice.image_column), _named(names, choice.text_column)
    label, split = _named(names, choice.label_column), _named(names, choice.split_column)
    several = [place for name in choice.label_columns if (place := _named(names, name)) is not None]
    taken = {place for place in (image, text, label, split, *several) if place is not None}

    def guess(decided: int | None, role: Role) -> int | None:
        found = decided if decided is not None else _best(columns, role, taken)
        if found is not None:
            taken.add(found)
        return found

    split = guess(split, Role.SPLIT)
    if task is not Task.TEXT and (image is not None or text is None):
        image = guess(image, Role.IMAGE)
    free = [column.seen for column in columns if column.place not in taken]
    guessed = label if label is not None else _best(columns, Role.LABEL, taken)
    labels, target = choose_target(
        [column.seen for column in columns], free, choice, tuple(several), guessed
    )
    taken.update(labels)
    if task is not Task.IMAGE and image is None:
        text = guess(text, Role.TEXT)
    return ChosenColumns(
        text=text,
        image=image,
        label=labels[0] if labels else None,
        split=split,
        labels=labels,
        target=target,
    )


def is_number(value: str) -> bool:
    """Whether a value is written as a finite number."""
    try:
        return math.isfinite(float(value))
    except ValueError:
        return False


def _columns(names: Sequence[str], rows: Sequence[Sequence[str | None]]) -> list[_Column]:
    return [_Column(place, name, [row[place] for row in rows]) for place, name in enumerate(names)]


def _named(names: Sequence[str], name: str) -> int | None:
    if not name:
        return None
    if name in names:
        return list(names).index(name)
    raise ProblemError.of(
        f"The table has no column called “{name}”.",
        f"Its columns are {', '.join(names[:20])}.",
        "Choose one of these columns.",
        where=name,
        code="column_missing",
    )


def _best(columns: Sequence[_Column], role: Role, taken: set[int]) -> int | None:
    free = [column for column in columns if column.place not in taken and column.values]
    scored = [(_SCORES[role](column), -column.place) for column in free]
    best = max(scored, default=(0.0, 0))
    return -best[1] if best[0] > 0 else None


def _split_score(column: _Column) -> float:
    return column.splits if column.splits > _MOSTLY else 0.0


def _image_score(column: _Column) -> float:
    share = column.pictures
    return share + 0.5 * name_score(column.name, Role.IMAGE) if share > 1 - _MOSTLY else 0.0


def _label_score(column: _Column) -> float:
    """A label is short and comes again; its name may say so."""
    score = 3 * name_score(column.name, Role.LABEL)
    again = column.repetition if not column.holds_several else 1.0
    score += 1.0 if again >= 0.5 else 2 * again - 0.5
    score += 0.5 if 1 < column.distinct <= _FEW else 0.0
    score -= 1.0 if column.distinct == 1 else 0.0
    score -= 2.0 if column.words > 5 or column.pictures > 0.5 else 0.0
    fractions = sum("." in value and is_number(value) for value in column.values)
    return score - (2.0 if fractions > len(column.values) / 2 else 0.0)


def _text_score(column: _Column) -> float:
    """A text has words; its name may say so."""
    score = 2 * name_score(column.name, Role.TEXT) + math.log2(column.words + 1)
    score -= 4.0 if column.numbers > _MOSTLY or column.pictures > 0.5 else 0.0
    return score + column.distinct / len(column.values) - 1


_SCORES = {
    Role.SPLIT: _split_score,
    Role.IMAGE: _image_score,
    Role.LABEL: _label_score,
    Role.TEXT: _text_score,
}
