"""A CSV file read in columns, by pyarrow: many times faster than row by row.

Meant for files that follow the rules; ragged lines are counted like `CsvRows` counts them. For
all else that these readers would get wrong or could not tell, they give up, and nothing is lost
but a moment: the row reader begins anew.
"""

from __future__ import annotations

from contextlib import suppress

from finetune_studio.engine.data.columns import ChosenColumns
from finetune_studio.engine.data.csv_contents import CsvColumns, GaveUp, Uneven
from finetune_studio.engine.data.csv_even import read_even
from finetune_studio.engine.data.csv_rows import CsvRows
from finetune_studio.engine.data.csv_uneven import read_uneven
from finetune_studio.engine.progress import Emit
from finetune_studio.engine.stopping import StopRequested


def read_columns(
    source: CsvRows,
    chosen: ChosenColumns,
    emit: Emit,
    stop_requested: StopRequested,
    *,
    spanning: bool = False,
) -> CsvColumns:
    """Read a table's text, label and split columns.

    Args:
        source: the table.
        chosen: its columns.
        emit: hears of the progress.
        stop_requested: asked between blocks.
        spanning: whether rows are known to span lines; it is found out, but late.

    Raises:
        GaveUp: ask the row reader.
        Stopped: a stop was asked for.
    """
    places = [place for place in (chosen.text, chosen.label, chosen.split) if place is not None]
    alike = len(set(places)) < len(places)
    if source.lines_before_data is None or alike or not _is_plain(source.delimiter):
        raise GaveUp
    if not spanning:
        with suppress(Uneven):
            return read_even(source, chosen, emit, stop_requested)
    return read_uneven(source, chosen, emit, stop_requested)


def _is_plain(delimiter: str) -> bool:
    return len(delimiter) == 1 and delimiter.isascii() and delimiter not in ' "\r\n\0'
