"""From a CSV file's columns to samples, and words for the rest: as `TableSamples` does by row."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from finetune_studio.engine.data.coded_column import Coded
from finetune_studio.engine.data.content_marks import identified
from finetune_studio.engine.data.csv_contents import CsvColumns
from finetune_studio.engine.data.findings import Findings
from finetune_studio.engine.data.glued_rows import GluedRows
from finetune_studio.engine.data.label_cells import CellRead, LabelCells
from finetune_studio.engine.data.row_source import RowSource
from finetune_studio.engine.data.same_content import text_digest
from finetune_studio.engine.data.sample_sequence import UNDIVIDED, Samples, split_code
from finetune_studio.engine.data.samples import Sample
from finetune_studio.engine.data.split_names import split_named
from finetune_studio.engine.data.text_columns import lengths_of
from finetune_studio.project.choices import Split

_SHOWN_OF_SPLIT = 40


def table_texts(
    found: CsvColumns, source: RowSource, label: int, cells: LabelCells, findings: Findings
) -> Samples:
    """One sample for each row with a text and a label; the other rows are told.

    Args:
        found: the table's columns.
        source: the same table.
        label: the place of the label's column.
        cells: reads its cells.
        findings: gets what was left out, and why.
    """
    lines = _Lines(found)
    reads = [cells.of_cell(value) for value in found.labels.values]
    labels = [read.label for read in reads]
    rows = _Telling(found, reads, lines).usable_rows(len(source.columns), findings)
    copies: dict[int, int] = {}
    origin = TableTexts(found.texts, lines, copies)
    marks, identities, twins = identified(
        _taken(found.marks, rows), lambda place: origin.text(int(rows[place]))
    )
    copies.update(_copies(rows, identities, twins))
    codes, splits = _taken(found.labels.codes, rows), _splits(found.splits, rows)
    samples = Samples(origin, rows, labels, codes, splits, marks, identities, twins)
    glued = GluedRows(label, source.delimiter)
    return _without_glued(samples, rows, found.spanning, glued, findings)


class TableTexts:
    """The rows of a table of texts, kept as Arrow keeps them; see ``Origin``."""

    def __init__(self, texts: pa.ChunkedArray, lines: _Lines, copies: dict[int, int]) -> None:
        self._chunks = texts.chunks
        self._starts = list(accumulate(map(len, self._chunks), initial=0))
        self._lines = lines
        self._copies = copies

    def sample(self, row: int, label: str, split: Split | None) -> Sample:
        """The sample of a row."""
        text = self.text(row)
        digest, again = text_digest(text), self._copies.get(row)
        return Sample(
            key=f"{digest}-{again}" if again else digest,
            label=label,
            where=self._lines.where(row),
            text=text,
            split=split,
            content=digest,
        )

    def text(self, row: int) -> str:
        """The text of a row."""
        chunk = bisect_right(self._starts, row) - 1
        text: str = self._chunks[chunk][row - self._starts[chunk]].as_py()
        return text


class _Lines:
    """Which line each row starts on."""

    def __init__(self, found: CsvColumns) -> None:
        self._first = found.first_line
        self._ragged_before = [row.before for row in found.ragged]
        own = (1 + row.extra_lines for row in found.ragged)
        self._ragged_lines = list(accumulate(own, initial=0))
        extra = found.extra_lines
        self._extra = None if extra is None else np.concatenate(([0], np.cumsum(extra)))

    def of(self, row: int) -> int:
        """The line a row starts on."""
        return self._line(row, self._ragged_lines[bisect_right(self._ragged_before, row)])

    def of_ragged(self, place: int) -> int:
        """The line a ragged row starts on."""
        return self._line(self._ragged_before[place], self._ragged_lines[place])

    def where(self, row: int) -> str:
        """The same, for people."""
        return f"line {self.of(row)}"

    def _line(self, rows: int, ragged: int) -> int:
        inside = 0 if self._extra is None else int(self._extra[rows])
        return self._first + rows + inside + ragged


class _Told(NamedTuple):
    """Findings of one kind: the line of the first, how many, and the (where, note) of each."""

    line: int
    code: str
    total: int
    places: Iterator[tuple[str, str]]


class _Telling:
    """Tells of rows that cannot be used, kind by kind, in the order the row reader meets them."""

    def __init__(self, found: CsvColumns, reads: Sequence[CellRead], lines: _Lines) -> None:
        self._found = found
        self._reads = reads
        self._lines = lines

    def usable_rows(self, width: int, findings: Findings) -> np.ndarray:
        """Rows with a text and a label, int64; what is wrong with the others is told."""
        codes, reads = self._found.labels.codes, self._reads
        lengths = [lengths_of(chunk) for chunk in self._found.texts.chunks]
        empty = np.concatenate([np.empty(0, np.int32), *lengths]) == 0
        unusable = _of(codes, [not read.usable for read in reads])
        usable = ~(empty | unusable)
        told = [
            *self._ragged(width),
            *self._labels_told(np.ones(len(empty), np.bool_), usable=True),
            *self._rows("row_without_text", empty, _nothing),
            *self._labels_told(~empty, usable=False),
            *self._rows("split_unknown", usable & self._strange_splits(), self._split),
        ]
        for one in sorted(told, key=lambda one: one.line):
            findings.add_many(one.code, one.total, one.places)
        return np.flatnonzero(usable)

    def _labels_told(self, among: np.ndarray, *, usable: bool) -> Iterator[_Told]:
        """What is to be told of the label cells of some rows, kind by kind."""
        told = (read.code for read in self._reads if read.code and read.usable is usable)
        for code in dict.fromkeys(told):
            which = [read.code == code and read.usable is usable for read in self._reads]
            yield from self._rows(code, among & _of(self._found.labels.codes, which), self._label)

    def _rows(self, code: str, which: np.ndarray, note: Callable[[int], str]) -> Iterator[_Told]:
        rows = np.flatnonzero(which).tolist()
        if rows:
            places = ((self._lines.where(row), note(row)) for row in rows)
            yield _Told(self._lines.of(rows[0]), code, len(rows), places)

    def _ragged(self, width: int) -> Iterator[_Told]:
        ragged = self._found.ragged
        if ragged:
            places = (
                (f"line {self._lines.of_ragged(place)}", f"{row.fields} fields instead of {width}")
                for place, row in enumerate(ragged)
            )
            yield _Told(self._lines.of_ragged(0), "row_ragged", len(ragged), places)

    def _strange_splits(self) -> np.ndarray:
        values, codes = self._found.splits.values, self._found.splits.codes
        if not values:
            return np.zeros(len(self._found.marks), np.bool_)
        return _of(codes, [bool(name.strip()) and split_named(name) is None for name in values])

    def _label(self, row: int) -> str:
        return self._reads[self._found.labels.codes[row]].note

    def _split(self, row: int) -> str:
        name = self._found.splits.values[self._found.splits.codes[row]]
        return f"“{name.strip()[:_SHOWN_OF_SPLIT]}”"


def _nothing(_: int) -> str:
    return ""


def _of(codes: np.ndarray, facts: list[bool]) -> np.ndarray:
    """What holds for each row, from what holds for each value."""
    return np.array(facts, np.bool_)[codes] if any(facts) else np.zeros(len(codes), np.bool_)


def _taken(column: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The column at these rows, itself where that is all of them."""
    return column if len(rows) == len(column) else column[rows]


def _splits(found: Coded, usable: np.ndarray) -> np.ndarray:
    if not found.values:
        return np.full(len(usable), UNDIVIDED, np.int8)
    codes = [split_code(split_named(value)) for value in found.values]
    return np.array(codes, np.int8)[_taken(found.codes, usable)]


def _copies(rows: np.ndarray, identities: np.ndarray, twins: np.ndarray) -> dict[int, int]:
    """For rows whose text came before: the how manieth they are, from 2."""
    order = twins[np.argsort(identities[twins], kind="stable")]
    again: dict[int, int] = {}
    for before, place in pairwise(order.tolist()):
        if identities[before] == identities[place]:
            again[place] = again.get(before, 1) + 1
    return {int(rows[place]): count for place, count in again.items()}


def _without_glued(
    samples: Samples,
    rows: np.ndarray,
    spanning: dict[int, list[str]],
    glued: GluedRows,
    findings: Findings,
) -> Samples:
    places = np.searchsorted(rows, list(spanning))
    for place, (row, fields) in zip(places.tolist(), spanning.items(), strict=True):
        if place < len(rows) and rows[place] == row:
            glued.look_at(place, fields)
    if not spanning:
        return samples
    suspects = sorted(glued.suspects([samples.names[code] for code in samples.codes.tolist()]))
    for place in suspects:
        findings.add("row_ambiguous", samples[place].where)
    return samples.without(np.array(suspects, np.int64))
