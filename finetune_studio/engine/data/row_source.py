"""What every kind of table is read as: named columns, and rows that know their line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from finetune_studio.engine.data.findings import Findings


class Row(NamedTuple):
    """One row.

    Attributes:
        number: of the line it starts on, or of the row where a file has no lines; from 1.
        values: one for each column; ``None`` where there is none.
        done: how far into the source it lies, in the source's ``size``.
        within: the part of the source that ``number`` counts in, where there are several.
    """

    number: int
    values: Sequence[str | None]
    done: int
    within: str = ""


class RowSource(Protocol):
    """A table that can be read from the start as often as needed.

    Attributes:
        columns: names, all different and none empty.
        split_column: the column that is known to name the splits; else empty.
        delimiter, encoding: of a text file; else empty.
        place: what a number counts: "line" or "row".
        size: in bytes or rows, as ``Row.done`` counts.
        quoted: whether quotation marks hold fields together.
        lossless: whether every byte is known to fit the encoding.
    """

    columns: tuple[str, ...]
    split_column: str
    delimiter: str
    encoding: str
    place: str
    size: int
    quoted: bool
    lossless: bool

    def rows(self, findings: Findings) -> Iterator[Row]:
        """All rows that have a value for every column; the rest is told to ``findings``."""
        ...


def unique_names(header: Sequence[str], findings: Findings) -> tuple[str, ...]:
    """Column names without spaces around; an empty or repeated one gets a number."""
    names: list[str] = []
    for place, cell in enumerate(header, start=1):
        plain = cell.strip().strip("\ufeff").replace("\x00", "") or f"column {place}"
        name, again = plain, 2
        while name in names:
            name, again = f"{plain} ({again})", again + 1
        if name != cell.strip().strip("\ufeff"):
            findings.add("header_renamed", f"column {place}", f"now “{name}”")
        names.append(name)
    return tuple(names)
