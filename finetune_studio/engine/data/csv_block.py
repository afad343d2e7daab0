"""A few lines of a CSV file, each a row of the same width: checked, and read into columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from finetune_studio.engine.data.columns import ChosenColumns
from finetune_studio.engine.data.content_marks import marks_of
from finetune_studio.engine.data.csv_contents import GaveUp, Uneven
from finetune_studio.engine.data.csv_lines import WholeLines
from finetune_studio.engine.data.csv_marks import (
    NEWLINE,
    QUOTE,
    RETURN,
    beside_quotes,
    quotes_fit,
    returns_fit,
)
from finetune_studio.engine.data.csv_rows import CsvRows
from finetune_studio.engine.data.text_columns import LONGEST_CELL, stripped

_ORDER_MARK = "\ufeff".encode()
_REPLACED = "\ufffd".encode()
_STRETCH = LONGEST_CELL // 2


@dataclass(frozen=True, slots=True)
class Block:
    """What some lines hold of the columns taken; see ``CsvColumns``.

    Attributes:
        quoted: whether there are quotation marks.
        done: bytes read of the file.
    """

    texts: pa.StringArray
    marks: np.ndarray
    labels: pa.DictionaryArray
    splits: pa.DictionaryArray | None
    quoted: bool
    done: int


class BlockReader:
    """Reads blocks of one file, in any thread."""

    def __init__(self, source: CsvRows, chosen: ChosenColumns) -> None:
        """Take columns of a table."""
        self._text, self._label = str(chosen.text or 0), str(chosen.label or 0)
        self._split = None if chosen.split is None else str(chosen.split)
        self._lossless = source.lossless
        self._beside = beside_quotes(source.delimiter)
        self._names = [str(place) for place in range(len(source.columns))]
        self._parsing = pa_csv.ParseOptions(delimiter=source.delimiter)
        coded = pa.dictionary(pa.int32(), pa.string())
        types = {self._text: pa.string(), self._label: coded}
        if self._split is not None:
            types[self._split] = coded
        self._conversion = pa_csv.ConvertOptions(
            column_types=types,
            include_columns=list(types),
            strings_can_be_null=False,
            check_utf8=False,  # all columns are, not only those taken
        )

    def read(self, lines: WholeLines) -> Block:
        """Read some lines.

        Raises:
            Uneven: rows are ragged or span lines, or only a closer look can tell.
            GaveUp: ask the row reader.
        """
        quoted = self._check(lines.content)
        table = self._parsed(lines.content)
        texts = stripped(table[self._text].chunk(0))
        return Block(
            texts=texts,
            marks=marks_of(texts),
            labels=table[self._label].chunk(0),
            splits=None if self._split is None else table[self._split].chunk(0),
            quoted=quoted,
            done=lines.done,
        )

    def _check(self, content: bytes) -> bool:
        """Look at all bytes, whether any are what readers differ about; tell of quotes."""
        if b"\x00" in content or not (self._lossless or _is_faithful(content)):
            raise GaveUp
        # Each reading drops such a mark where it comes first.
        if content.startswith(_ORDER_MARK) or _has_long_line(content):
            raise Uneven
        _check_characters(content)
        whole = np.frombuffer(content, np.uint8)
        if b"\r" in content and not returns_fit(whole, np.flatnonzero(whole == RETURN)):
            raise GaveUp
        return self._check_quotes(whole) if b'"' in content else False

    def _check_quotes(self, content: np.ndarray) -> bool:
        marks = np.flatnonzero(content == QUOTE)
        if len(marks) % 2:
            raise Uneven
        if not quotes_fit(content, marks, self._beside):
            raise GaveUp
        return True

    def _parsed(self, content: bytes) -> pa.Table:
        size = len(content) + 1  # else it would be read in several blocks
        reading = pa_csv.ReadOptions(use_threads=False, column_names=self._names, block_size=size)
        try:
            table = pa_csv.read_csv(
                pa.BufferReader(content), reading, self._parsing, self._conversion
            )
        except pa.ArrowInvalid as error:
            raise Uneven from error
        # Empty lines, which the parser passes over, would move the numbers of all that follow.
        if table.num_rows != np.count_nonzero(np.frombuffer(content, np.uint8) == NEWLINE):
            raise Uneven
        return table


def _is_faithful(content: bytes) -> bool:
    """Whether nothing had to be replaced to make it UTF-8."""
    return _REPLACED not in content


def _check_characters(content: bytes) -> None:
    bounds = pa.py_buffer(np.array([0, len(content)], np.int32))
    text = pa.StringArray.from_buffers(1, bounds, pa.py_buffer(content))
    try:
        text.validate(full=True)
    except pa.ArrowInvalid as error:
        raise GaveUp from error


def _has_long_line(content: bytes) -> bool:
    """Whether a line is longer than a cell may be."""
    stretches = range(0, len(content) - _STRETCH, _STRETCH)
    if all(content.find(b"\n", start, start + _STRETCH) >= 0 for start in stretches):
        return False
    return max(map(len, content.split(b"\n"))) > LONGEST_CELL
