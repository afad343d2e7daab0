"""What reading a CSV file in columns gives, and the ways in which it can fail."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from finetune_studio.engine.data.coded_column import Coded


class GaveUp(Exception):  # noqa: N818 - no error: the other reader takes over
    """Only the row reader can read this file right."""


class Uneven(Exception):  # noqa: N818 - no error: the file is read again
    """Not every row is one line of the same width."""


@dataclass(frozen=True, slots=True)
class RaggedRow:
    """A row of another width: how many rows come before it, its fields, the lines it adds."""

    before: int
    fields: int
    extra_lines: int


@dataclass
class CsvColumns:
    """What a table's rows hold of the columns taken.

    Attributes:
        texts: without spaces around.
        marks: of the texts, uint64 [rows]; see ``content_marks``.
        labels, splits: as written.
        ragged: rows that are not among these.
        extra_lines: lines that each row has beyond its first, int32 [rows]; ``None`` where every
            row is one line.
        spanning: fields of the rows that span lines, by row.
        first_line: the line of the first row.
    """

    texts: pa.ChunkedArray
    marks: np.ndarray
    labels: Coded
    splits: Coded
    ragged: list[RaggedRow]
    extra_lines: np.ndarray | None
    spanning: dict[int, list[str]]
    first_line: int
