"""A CSV file read in columns whose rows may span lines, or be ragged: parsed on one thread.

With more threads the parser would not tell which rows are ragged.
"""

from __future__ import annotations

import csv
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from finetune_studio.engine.data.coded_column import Coding, is_coded
from finetune_studio.engine.data.columns import ChosenColumns
from finetune_studio.engine.data.content_marks import marks_of
from finetune_studio.engine.data.csv_bytes import CsvBytes
from finetune_studio.engine.data.csv_contents import CsvColumns, GaveUp, RaggedRow
from finetune_studio.engine.data.csv_rows import CsvRows
from finetune_studio.engine.data.csv_watch import WatchedBytes
from finetune_studio.engine.data.text_columns import LONGEST_CELL, bytes_of, lengths_of, stripped
from finetune_studio.engine.progress import Emit, Meter
from finetune_studio.engine.stopping import StopRequested, check

_BLOCK_BYTES = 2 * 1024 * 1024  # smaller ones are slower, larger ones take memory


def read_uneven(
    source: CsvRows, chosen: ChosenColumns, emit: Emit, stop_requested: StopRequested
) -> CsvColumns:
    """Read a table; see ``csv_columns.read_columns``.

    Raises:
        GaveUp: ask the row reader.
        Stopped: a stop was asked for.
    """
    return _Reading(source, chosen).read(emit, stop_requested)


class _Reading:
    """One reading of a file."""

    def __init__(self, source: CsvRows, chosen: ChosenColumns) -> None:
        self._source, self._chosen = source, chosen
        self._skip = source.lines_before_data or 0
        self._width = len(source.columns)
        self._texts: list[pa.Array] = []
        self._marks: list[np.ndarray] = [np.empty(0, np.uint64)]
        self._labels, self._splits = Coding(), Coding()
        self._ragged: list[RaggedRow] = []
        self._refused = False
        self._extra: list[np.ndarray] = []
        self._spanning: dict[int, list[str]] = {}
        self._rows = 0

    def read(self, emit: Emit, stop_requested: StopRequested) -> CsvColumns:
        source = self._source
        stream = WatchedBytes(
            CsvBytes(source.path, source.encoding, skip=self._skip),
            source.delimiter,
            skipped=self._skip,
            lossless=source.lossless,
        )
        meter = Meter(emit, "Reading the table", source.size)
        done = 0
        try:
            with closing(_one_ahead(self._batches(stream))) as batches:
                for batch in batches:
                    check(stop_requested)
                    if stream.trouble or self._refused:
                        raise GaveUp
                    self._take(batch)
                    meter.advance(stream.done - done)
                    done = stream.done
        except pa.ArrowInvalid as error:
            raise GaveUp from error
        finally:
            stream.close()
        found = self._found(stream)
        meter.done()
        return found

    def _batches(self, stream: WatchedBytes) -> Iterator[pa.RecordBatch]:
        names = [str(place) for place in range(self._width)]
        types = dict.fromkeys(names, pa.string())
        for place in (self._chosen.label, self._chosen.split):
            if place is not None:
                types[str(place)] = pa.dictionary(pa.int32(), pa.string())
        with pa_csv.open_csv(
            pa.PythonFile(stream, mode="r"),
            pa_csv.ReadOptions(use_threads=False, column_names=names, block_size=_BLOCK_BYTES),
            pa_csv.ParseOptions(
                delimiter=self._source.delimiter,
                newlines_in_values=True,
                invalid_row_handler=self._on_ragged,
            ),
            pa_csv.ConvertOptions(column_types=types, strings_can_be_null=False),
        ) as batches:
            yield from batches

    def _on_ragged(self, row: pa_csv.InvalidRow) -> str:
        try:
            (fields,) = csv.reader(
                [row.text], delimiter=self._source.delimiter, strict=True, skipinitialspace=True
            )
        except (csv.Error, ValueError):
            self._refused = True
            return "error"
        if not any(cell.strip() for cell in fields[self._width :]) and len(fields) > self._width:
            self._refused = True
            return "error"
        self._ragged.append(
            RaggedRow(row.number - 1 - len(self._ragged), len(fields), row.text.count("\n"))
        )
        return "skip"

    def _take(self, batch: pa.RecordBatch) -> None:
        columns = batch.columns
        if any(lengths_of(column).max(initial=0) > LONGEST_CELL for column in columns):
            raise GaveUp
        if any(map(_spans_lines, columns)):
            self._take_lines(columns, batch.num_rows)
        texts = stripped(columns[self._chosen.text or 0])
        self._texts.append(texts)
        self._marks.append(marks_of(texts))
        self._labels.add(columns[self._chosen.label or 0])
        if self._chosen.split is not None:
            self._splits.add(columns[self._chosen.split])
        self._rows += batch.num_rows

    def _take_lines(self, columns: list[pa.Array], rows: int) -> None:
        """Count the lines of rows that have several, and remember their fields."""
        extra = np.zeros(rows, np.int32)
        for column in columns:
            plain = column.dictionary_decode() if is_coded(column) else column
            extra += pc.count_substring(plain, "\n").to_numpy()
        self._extra.extend([np.zeros(self._rows - sum(map(len, self._extra)), np.int32), extra])
        for row in np.flatnonzero(extra).tolist():
            self._spanning[self._rows + row] = [column[row].as_py() for column in columns]

    def _found(self, stream: WatchedBytes) -> CsvColumns:
        extra = self._extra_lines()
        inside = 0 if extra is None else int(extra.sum())
        inside += sum(row.extra_lines for row in self._ragged)
        rows = self._rows + len(self._ragged)
        if stream.lines != self._skip + rows + inside + stream.blank_at_end:
            # Empty lines between rows would move the numbers of all that follow.
            raise GaveUp
        if stream.trouble or (stream.quoted and self._labels.starts_with_space()):
            raise GaveUp
        return CsvColumns(
            texts=pa.chunked_array(self._texts, pa.string()),
            marks=np.concatenate(self._marks),
            labels=self._labels.coded(),
            splits=self._splits.coded(),
            ragged=self._ragged,
            extra_lines=extra,
            spanning=self._spanning,
            first_line=self._skip + 1,
        )

    def _extra_lines(self) -> np.ndarray | None:
        if not self._extra:
            return None
        known = np.concatenate(self._extra)
        return np.concatenate((known, np.zeros(self._rows - len(known), np.int32)))


def _one_ahead(
    batches: Iterator[pa.RecordBatch],
) -> Generator[pa.RecordBatch, None, None]:
    """Parse each batch while the one before it is looked at."""
    with ThreadPoolExecutor(1, thread_name_prefix="csv") as pool:
        coming = pool.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = pool.submit(next, batches, None)
            yield batch


def _spans_lines(column: pa.Array) -> bool:
    values = column.dictionary if is_coded(column) else column
    return bool(np.any(bytes_of(values) == ord("\n")))
