"""Whether a table's samples have one label each, several, or a number: said by the user, or seen.

Only what cannot be mistaken is taken for more than one label: text in which the same parts come
again in ever other company, columns of yes and no, columns of decimals.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from finetune_studio.engine.data.column_names import Role, name_score
from finetune_studio.engine.data.label_cells import NO, PLACEHOLDERS, YES, parts_in
from finetune_studio.engine.data.number_cells import decimal_of, number_in, unit_of
from finetune_studio.project.choices import Target
from finetune_studio.project.target import AS_LIST, TargetReading

_SHARE_TO_SEE = {"|": 0.25, ";": 0.25, ",": 0.4}
"""Share of the cells that must hold a separator to be taken for one."""

_FEWEST_CELLS = 5
_LONGEST_PART = 5  # words; longer ones are text
_NEARLY_ALL = 0.95
_DIFFERENT_NUMBERS = 20
_FEWEST_COLUMNS = 3
_QUANTITIES = (
    "price value score amount quantity age weight height length temperature target y rating mos "
    "mean strength distance time duration count number preis wert alter"
)


@dataclass(frozen=True)
class SeenColumn:
    """What the first rows show of a column: its name, and its cells as they are."""

    place: int
    name: str
    cells: Sequence[str | None]

    @property
    def filled(self) -> list[str]:
        """The cells that say something."""
        stripped = (cell.strip() for cell in self.cells if cell)
        return [cell for cell in stripped if cell and cell.casefold() not in PLACEHOLDERS]


# -------------------------------------------------------------------------------- several labels


def separator_of(cells: Sequence[str], *, sure: bool = True) -> str:
    """What stands between the labels of a cell; empty where cells hold one label each.

    Args:
        cells: not empty ones.
        sure: whether it must be beyond doubt, or the likeliest will do.
    """
    if not cells:
        return ""
    if _are_lists(cells):
        return AS_LIST
    shares = {mark: sum(mark in cell for cell in cells) / len(cells) for mark in _SHARE_TO_SEE}
    if not sure:
        best = max(shares, key=lambda mark: shares[mark])
        return best if shares[best] else ""
    if len(cells) < _FEWEST_CELLS:
        return ""
    likely = [
        mark
        for mark, share in shares.items()
        if share >= _SHARE_TO_SEE[mark] or _join_what_stands_alone(cells, mark)
    ]
    return next((mark for mark in likely if _recombine(cells, mark)), "")


def _are_lists(cells: Sequence[str]) -> bool:
    def is_list(cell: str) -> bool:
        if not (cell.startswith("[") and cell.endswith("]")):
            return False
        try:
            parts_in(cell, AS_LIST)
        except ValueError:
            return False
        return True

    return sum(map(is_list, cells)) >= _NEARLY_ALL * len(cells)


def _join_what_stands_alone(cells: Sequence[str], separator: str) -> bool:
    """Whether some cells hold a separator, and no part of them that is never a whole cell."""
    joining = [cell for cell in cells if separator in cell]
    alone = set(cells)
    return len(joining) >= _FEWEST_CELLS and all(
        part in alone for cell in joining for part in parts_in(cell, separator)
    )


def _recombine(cells: Sequence[str], separator: str) -> bool:
    """Whether most parts come in the company of ever other parts, as labels do."""
    company: dict[str, set[str]] = defaultdict(set)
    parts_in_all = 0
    for cell in set(cells):
        parts = parts_in(cell, separator)
        if any(len(part.split()) > _LONGEST_PART for part in parts):
            return False
        parts_in_all += len(parts)
        for part in parts:
            company[part].add(cell)
    again = sum(len(cells_with) > 1 for cells_with in company.values())
    return again > len(company) / 2 and 2 * len(company) <= parts_in_all


def several_in_a_cell(separator: str, *, decided: bool) -> TargetReading:
    """The reading of cells that name several labels."""
    why = (
        "Seen because the cells are lists."
        if separator == AS_LIST
        else f"Seen because the same words between “{separator}” come again beside others."
    )
    return TargetReading(
        kind=Target.LABELS,
        separator=separator,
        reason="" if decided else why,
        decided=decided,
    )


def yes_or_no(columns: Iterable[SeenColumn]) -> list[SeenColumn]:
    """The columns that say yes or no of every sample, with both answers among them."""
    found = []
    for column in columns:
        values = {cell.casefold() for cell in column.filled}
        if values and values <= YES | NO and (values & YES) and not _is_constant(values, column):
            found.append(column)
    return found


def _is_constant(values: set[str], column: SeenColumn) -> bool:
    blanks = any(not (cell or "").strip() for cell in column.cells)
    return not values & NO and not blanks


def several_columns(columns: Sequence[SeenColumn], *, decided: bool) -> TargetReading:
    """The reading of columns that say yes or no to one label each."""
    says_no = any(cell.casefold() in NO for column in columns for cell in column.filled)
    return TargetReading(
        kind=Target.LABELS,
        columns=tuple(column.name for column in columns),
        blank_is_no=not says_no,
        reason="" if decided else "Seen because these columns say yes or no of every sample.",
        decided=decided,
    )


# --------------------------------------------------------------------------------------- numbers


def is_decimal(column: SeenColumn) -> bool:
    """Whether a column holds many different numbers, of which some have decimals."""
    cells = column.filled
    decimal = decimal_of(cells)
    numbers = [number_in(cell, decimal) for cell in cells]
    known = [number for number in numbers if number is not None]
    different = len(set(known))
    fractions = sum(number != int(number) for number in known)
    return (
        len(known) >= _NEARLY_ALL * max(1, len(cells))
        and different >= min(_DIFFERENT_NUMBERS, max(_FEWEST_CELLS, len(known) / 2))
        and fractions >= 0.3 * len(known)
    )


def number_reading(column: SeenColumn, unit: str, *, decided: bool) -> TargetReading:
    """The reading of a column of numbers."""
    cells = column.filled
    return TargetReading(
        kind=Target.NUMBER,
        decimal=decimal_of(cells),
        unit=unit or unit_of(cells),
        reason=""
        if decided
        else "Seen because the column holds many different numbers with decimals.",
        decided=decided,
    )


def number_column(columns: Iterable[SeenColumn], *, sure: bool) -> SeenColumn | None:
    """The column whose numbers are most likely to be learned; ``None`` where there is none.

    Args:
        columns: not taken for anything else.
        sure: whether it must hold decimals; else any numbers will do.
    """
    scored = [(_number_score(column, sure=sure), -column.place, column) for column in columns]
    best = max(scored, key=lambda one: one[:2], default=None)
    return best[2] if best is not None and best[0] > 0 else None


def _number_score(column: SeenColumn, *, sure: bool) -> float:
    cells = column.filled
    decimal = decimal_of(cells)
    share = sum(number_in(cell, decimal) is not None for cell in cells) / max(1, len(cells))
    decimals = is_decimal(column)
    if share < _NEARLY_ALL or (sure and not decimals):
        return 0.0
    score = 1.0 + 2.0 * name_score(column.name, Role.LABEL) + 1.0 * is_named_quantity(column)
    looks_like_place = _words(column) & {"id", "index", "idx", "no", "nr"}
    return score + decimals - (0.9 if looks_like_place else 0.0)


def is_named_quantity(column: SeenColumn) -> bool:
    """Whether a column is called as quantities are."""
    known = not _words(column).isdisjoint(_QUANTITIES.split())
    return known or name_score(column.name, Role.LABEL) > 0


def _words(column: SeenColumn) -> set[str]:
    return set(column.name.casefold().replace("_", " ").split())


def enough_columns(columns: Sequence[SeenColumn]) -> bool:
    """Whether so many columns of yes and no can only be labels."""
    return len(columns) >= _FEWEST_COLUMNS
