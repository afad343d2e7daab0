"""Parquet: columns with types; those that hold pictures' bytes or lists are passed over."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from finetune_studio.engine.data.findings import Findings
from finetune_studio.engine.data.json_rows import as_text
from finetune_studio.engine.data.row_source import Row, unique_names

_BATCH = 4096


class ParquetRows:
    """The rows of a Parquet file; see ``RowSource``."""

    place = "row"
    split_column = ""
    delimiter = ""
    encoding = ""
    quoted = False
    lossless = True

    def __init__(self, path: Path, findings: Findings) -> None:
        """Find the columns that hold plain values.

        Raises:
            OSError: the file cannot be read, or is no Parquet file.
        """
        self._path = path
        try:
            with pq.ParquetFile(path) as file:
                self._names = [field.name for field in file.schema_arrow if is_plain(field.type)]
                self.size = file.metadata.num_rows
        except pa.ArrowInvalid as error:
            raise OSError(str(error).splitlines()[0]) from error
        self.columns = unique_names(self._names, findings)

    def rows(self, findings: Findings) -> Iterator[Row]:  # noqa: ARG002 - every row has its width
        """All rows."""
        number = 0
        with pq.ParquetFile(self._path) as file:
            for batch in file.iter_batches(_BATCH, columns=self._names):
                for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    number += 1
                    yield Row(number, [as_text(value) for value in values], number)


def is_plain(kind: pa.DataType) -> bool:
    """Whether values of a type can be shown in a table's cell."""
    if pa.types.is_dictionary(kind):
        return is_plain(kind.value_type)
    unfit = (pa.types.is_nested, pa.types.is_binary, pa.types.is_large_binary, pa.types.is_null)
    return not any(is_unfit(kind) for is_unfit in unfit)
