"""CSV and TSV, read so that a row is either right or listed: never with another row's label.

The reader is strict. Where a quotation mark is missing, Python's lenient mode glues rows together
and gives the first one's text the last one's label; strict mode refuses, and the lines are told.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TextIO

from finetune_studio.engine.data.column_names import is_known_name
from finetune_studio.engine.data.delimiters import declared_delimiter, detect_delimiter
from finetune_studio.engine.data.encodings import detect_encoding
from finetune_studio.engine.data.file_types import PICTURE_SUFFIXES, suffix_of
from finetune_studio.engine.data.findings import Findings
from finetune_studio.engine.data.row_source import Row, unique_names

_SAMPLE_CHARACTERS = 64 * 1024
_LONGEST_LINE = 16 * 1024 * 1024
_PEEK = 200
_LONGEST_NAME = 100
_TAB_SUFFIXES = (".tsv", ".tab")


class CsvRows:
    """The rows of a CSV or TSV file; see ``RowSource``."""

    place = "line"
    split_column = ""
    quoted = True

    def __init__(
        self, path: Path, delimiter: str, encoding: str, findings: Findings, *, whole: bool = True
    ) -> None:
        """Find out the encoding and delimiter where they are not given, and the columns.

        Args:
            path: of the file.
            delimiter: empty to find out.
            encoding: empty to find out.
            findings: gets what is odd about the header.
            whole: look through all of the file for what is no UTF-8, not only its start.

        Raises:
            OSError: the file cannot be read.
        """
        self.path = path
        self.encoding = encoding or detect_encoding(path, whole=whole)
        self.lossless = not encoding and self.encoding == "utf-8"
        self.size = path.stat().st_size
        start = self._start()
        prefer = "\t" if suffix_of(path.name) in _TAB_SUFFIXES else ","
        self.delimiter = delimiter or detect_delimiter(start, prefer)
        self._skip = bool(declared_delimiter(start))
        self._header, self.columns = self._find_columns(findings)

    def rows(self, findings: Findings) -> Iterator[Row]:
        """All rows as wide as the header; the rest is told to ``findings``."""
        width = len(self.columns)
        records = self._records()
        for number, fields, trouble, done in records:
            if number == self._header:
                continue
            if trouble:
                findings.add("row_unreadable", f"line {number}", trouble)
            elif len(fields) == width or _only_empty_beyond(fields, width):
                yield Row(number, fields[:width], done)
            elif fields:
                note = f"{len(fields)} fields instead of {width}"
                findings.add("row_ragged", f"line {number}", note)

    @property
    def lines_before_data(self) -> int | None:
        """Lines of the declaration and header; ``None`` where anything else comes before them."""
        declared = int(self._skip)
        if not self._header:
            return declared
        return self._header if self._header == declared + 1 else None

    def _start(self) -> str:
        with self._open() as file:
            return file.read(_SAMPLE_CHARACTERS)

    def _open(self) -> TextIO:
        return self.path.open(encoding=self.encoding, errors="replace", newline="")

    def _find_columns(self, findings: Findings) -> tuple[int, tuple[str, ...]]:
        """The header's line (0 where there is none) and the names of the columns."""
        sample = [(line, fields) for line, fields, _, _ in islice(self._records(), _PEEK) if fields]
        if not sample:
            return 0, ()
        line, first = sample[0]
        if _is_header(first, [fields for _, fields in sample[1:]]):
            return line, unique_names(first, findings)
        findings.add("header_missing", f"line {line}")
        return 0, tuple(f"column {place}" for place in range(1, len(first) + 1))

    def _records(self) -> Iterator[tuple[int, list[str], str, int]]:
        """(line it starts on, fields, what is wrong with it, bytes read), blank lines passed."""
        with self._open() as file:
            lines = _Lines(file)
            if self._skip:
                next(lines)
            reader = csv.reader(lines, delimiter=self.delimiter, strict=True, skipinitialspace=True)
            while True:
                number = lines.count + 1
                try:
                    fields = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    yield number, [], _said(error, number, lines.count), file.buffer.tell()
                    continue
                if fields:
                    yield number, fields, "", file.buffer.tell()


class _Lines:
    """The physical lines of a file, counted; an endless one is cut, so that memory holds."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self.count = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._file.readline(_LONGEST_LINE)
        if not line:
            raise StopIteration
        self.count += 1
        rest = line
        while len(rest) == _LONGEST_LINE and not rest.endswith(("\n", "\r")):
            rest = self._file.readline(_LONGEST_LINE)
        return line


def _only_empty_beyond(fields: Sequence[str], width: int) -> bool:
    return len(fields) > width and not any(field.strip() for field in fields[width:])


def _is_header(first: Sequence[str], others: Sequence[Sequence[str]]) -> bool:
    """Whether the first record names the columns: nothing in it looks like data."""
    if any(is_known_name(cell) for cell in first):
        return True
    for place, cell in enumerate(first):
        below = {fields[place] for fields in others if place < len(fields)}
        data_like = len(cell) > _LONGEST_NAME or suffix_of(cell) in PICTURE_SUFFIXES
        if cell.strip() and (data_like or cell in below):
            return False
    return True


def _said(error: csv.Error, first: int, last: int) -> str:
    lines = f" (up to line {last})" if last > first else ""
    text = str(error)
    if "field larger" in text:
        return f"a quotation mark is not closed, or a field is too long{lines}"
    if "unexpected end" in text:
        return f"a quotation mark is not closed{lines}"
    if "expected after" in text:
        return f"a quotation mark stands where none may{lines}"
    return f"{text}{lines}"
