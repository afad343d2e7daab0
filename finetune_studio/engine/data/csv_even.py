"""A CSV file whose rows are one line each, all of the same width: read in several threads.

Such a file can be cut after any line, so that each block is read, checked and worked on by itself.
What turns out not to be even is an error of the parser, or has more or fewer rows than lines.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing

import numpy as np
import pyarrow as pa

from finetune_studio.engine.data.coded_column import Coding
from finetune_studio.engine.data.columns import ChosenColumns
from finetune_studio.engine.data.csv_block import Block, BlockReader
from finetune_studio.engine.data.csv_bytes import CsvBytes
from finetune_studio.engine.data.csv_contents import CsvColumns, GaveUp, Uneven
from finetune_studio.engine.data.csv_lines import EndlessLine, whole_lines
from finetune_studio.engine.data.csv_rows import CsvRows
from finetune_studio.engine.data.threads import in_threads
from finetune_studio.engine.progress import Emit, Meter
from finetune_studio.engine.stopping import StopRequested

_BLOCK_BYTES = 2 * 1024 * 1024  # smaller ones are slower, larger ones take memory
_AHEAD = 2  # blocks for each thread


def read_even(
    source: CsvRows, chosen: ChosenColumns, emit: Emit, stop_requested: StopRequested
) -> CsvColumns:
    """Read a table; see ``csv_columns.read_columns``.

    Raises:
        Uneven: rows are ragged or span lines, or only a closer look can tell.
        GaveUp: ask the row reader.
        Stopped: a stop was asked for.
    """
    skip = source.lines_before_data or 0
    meter = Meter(emit, "Reading the table", source.size)
    with closing(CsvBytes(source.path, source.encoding, skip=skip)) as stream:
        if stream.trouble:
            raise GaveUp
        lines = whole_lines(stream, _BLOCK_BYTES)
        reader = BlockReader(source, chosen)
        with closing(in_threads(reader.read, lines, stop_requested, ahead=_AHEAD)) as blocks:
            try:
                found = _put_together(blocks, skip + 1, meter)
            except EndlessLine as error:
                raise Uneven from error
    meter.done()
    return found


def _put_together(blocks: Iterable[Block], first_line: int, meter: Meter) -> CsvColumns:
    texts: list[pa.Array] = []
    marks = [np.empty(0, np.uint64)]
    labels, splits = Coding(), Coding()
    quoted, done = False, 0
    for block in blocks:
        texts.append(block.texts)
        marks.append(block.marks)
        labels.add(block.labels)
        if block.splits is not None:
            splits.add(block.splits)
        quoted |= block.quoted
        meter.advance(block.done - done)
        done = block.done
    if quoted and labels.starts_with_space():
        raise GaveUp
    return CsvColumns(
        texts=pa.chunked_array(texts, pa.string()),
        marks=np.concatenate(marks),
        labels=labels.coded(),
        splits=splits.coded(),
        ragged=[],
        extra_lines=None,
        spanning={},
        first_line=first_line,
    )
