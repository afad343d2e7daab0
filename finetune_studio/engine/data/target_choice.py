"""Which columns say what a sample is: as the user decided, else as the first rows show."""

from __future__ import annotations

from collections.abc import Sequence

from finetune_studio.engine.data.column_names import Role, name_score
from finetune_studio.engine.data.target_detection import (
    SeenColumn,
    enough_columns,
    is_decimal,
    is_named_quantity,
    number_column,
    number_reading,
    separator_of,
    several_columns,
    several_in_a_cell,
    yes_or_no,
)
from finetune_studio.project.choices import Target
from finetune_studio.project.project import DataChoice
from finetune_studio.project.target import TargetReading

Chosen = tuple[tuple[int, ...], TargetReading]

_NOTHING: Chosen = ((), TargetReading())


def choose_target(
    columns: Sequence[SeenColumn],
    free: Sequence[SeenColumn],
    choice: DataChoice,
    decided: tuple[int, ...],
    label: int | None,
) -> Chosen:
    """The columns that say what a sample is, and how they say it.

    Args:
        columns: all of the table, by their place.
        free: those not taken for anything else.
        choice: what the user decided.
        decided: places of the user's ``label_columns``.
        label: the place of the label column, the user's or the likeliest; ``None`` where there is
            none.
    """
    if choice.target is Target.LABEL:
        return _one(columns, label, decided=True)
    if choice.target is Target.NUMBER:
        return _number(columns, free, choice, label)
    if decided:
        return decided, several_columns([columns[place] for place in decided], decided=True)
    if choice.target is Target.LABELS or choice.label_separator:
        return _several(columns, free, choice, label)
    return _seen(columns, free, choice, label)


def _one(columns: Sequence[SeenColumn], label: int | None, *, decided: bool = False) -> Chosen:
    if label is None:
        return _NOTHING
    return (columns[label].place,), TargetReading(decided=decided)


def _number(
    columns: Sequence[SeenColumn],
    free: Sequence[SeenColumn],
    choice: DataChoice,
    label: int | None,
) -> Chosen:
    """The user's column, or the likeliest one of numbers."""
    likeliest = number_column(free, sure=False)
    if choice.label_column and label is not None:
        likeliest = columns[label]
    if likeliest is None:
        return _one(columns, label)
    return (likeliest.place,), number_reading(likeliest, choice.number_unit, decided=True)


def _several(
    columns: Sequence[SeenColumn],
    free: Sequence[SeenColumn],
    choice: DataChoice,
    label: int | None,
) -> Chosen:
    """Cells of several labels, or else columns of yes and no."""
    answers = yes_or_no(free)
    separator = choice.label_separator
    if not separator and label is not None:
        separator = separator_of(columns[label].filled) or separator_of(
            columns[label].filled, sure=False
        )
    if not separator and not choice.label_column and len(answers) > 1:
        found = several_columns(answers, decided=True)
        return tuple(column.place for column in answers), found
    if label is None:
        return _NOTHING
    return (label,), several_in_a_cell(separator, decided=True)


def _seen(
    columns: Sequence[SeenColumn],
    free: Sequence[SeenColumn],
    choice: DataChoice,
    label: int | None,
) -> Chosen:
    """What cannot be mistaken; one label otherwise."""
    answers = yes_or_no(free)
    named = label is not None and name_score(columns[label].name, Role.LABEL) == 1.0
    among_answers = label is None or label in [column.place for column in answers]
    if not choice.label_column and enough_columns(answers) and among_answers and not named:
        found = several_columns(answers, decided=False)
        return tuple(column.place for column in answers), found
    if label is None:
        numbers = number_column(free, sure=True)
        if numbers is None or not (is_named_quantity(numbers) or len(columns) == 2):
            return _NOTHING
        return (numbers.place,), number_reading(numbers, choice.number_unit, decided=False)
    column = columns[label]
    if separator := separator_of(column.filled):
        return (label,), several_in_a_cell(separator, decided=False)
    if is_decimal(column):
        return (label,), number_reading(column, choice.number_unit, decided=False)
    return _one(columns, label)
