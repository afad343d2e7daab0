"""Numbers as people write them in tables: decimal commas, thousands set apart, units."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from typing import Literal, NamedTuple

Decimal = Literal[".", ","]

_CELL = re.compile(
    r"""^(?P<sign>[+\-−]?)\s*
    (?P<before>[€$£¥₹]|[A-Z]{3}(?=\s))?\s*
    (?P<inner>[+\-−]?)
    (?P<digits>(?:\d[\d\s.,'’]*(?:[eE][+\-]?\d+)?|[.,]\d+))\s*
    (?P<after>(?:[^\W\d_]|[%‰°€$£¥₹])[^\s\d]{0,11}[²³23]?)?$""",
    re.VERBOSE,
)
_SPACES = re.compile(r"[\s'’]")
_GROUPS = re.compile(r"\d{1,3}(?:,\d{3})*")
_MOSTLY = 0.9


class NumberCell(NamedTuple):
    """A cell taken apart: the number as written, its sign apart, and the unit beside it."""

    digits: str
    negative: bool
    unit: str


def taken_apart(cell: str) -> NumberCell | None:
    """The parts of a cell; ``None`` where it holds no number."""
    match = _CELL.match(cell.strip())
    if match is None or (match["sign"] and match["inner"]):
        return None
    digits = _SPACES.sub("", match["digits"])
    sign = match["sign"] or match["inner"]
    return NumberCell(digits, sign in ("-", "−"), (match["before"] or match["after"] or "").strip())


def number_in(cell: str, decimal: Decimal) -> float | None:
    """The number a cell holds, whatever its unit; ``None`` where it holds none that is finite."""
    taken = taken_apart(cell)
    if taken is None:
        return None
    whole, point, fraction = _plain(taken.digits, decimal).partition(".")
    if "," in whole:
        if not _GROUPS.fullmatch(whole):
            return None
        whole = whole.replace(",", "")
    try:
        number = float(f"{whole}{point}{fraction}")
    except ValueError:
        return None
    return (-number if taken.negative else number) if math.isfinite(number) else None


def unit_in(cell: str) -> str:
    """The unit a cell names; empty where it names none."""
    taken = taken_apart(cell)
    return taken.unit if taken else ""


def decimal_of(cells: Iterable[str]) -> Decimal:
    """What stands before the decimals, as most cells show that can be read one way only."""
    votes: Counter[str] = Counter()
    for cell in cells:
        taken = taken_apart(cell)
        if taken is not None:
            votes[_vote(taken.digits)] += 1
    return "," if votes[","] > votes["."] else "."


def unit_of(cells: Iterable[str]) -> str:
    """The unit that nearly all numbers have; empty where they have none, or several."""
    units = Counter(taken.unit for taken in map(taken_apart, cells) if taken)
    if not units:
        return ""
    unit, count = units.most_common(1)[0]
    return unit if count >= _MOSTLY * units.total() else ""


def _plain(digits: str, decimal: Decimal) -> str:
    """With a decimal point, and commas between thousands."""
    return digits.translate({ord("."): ",", ord(","): "."}) if decimal == "," else digits


def _vote(digits: str) -> str:
    """The decimal sign that a number shows beyond doubt; empty where there is doubt."""
    points, commas = digits.count("."), digits.count(",")
    if points and commas:
        return "." if digits.rindex(".") > digits.rindex(",") else ","
    for sign, other, count in ((".", ",", points), (",", ".", commas)):
        if count > 1:
            return other
        if count == 1:
            before, _, after = digits.partition(sign)
            looks_like_thousands = len(after) == 3 and 1 <= len(before) <= 3 and before != "0"
            return "" if looks_like_thousands else sign
    return ""
