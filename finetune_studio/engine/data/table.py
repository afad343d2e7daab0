"""Opening a table of any kind, choosing its columns, reading its samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from finetune_studio.engine.data.columns import ChosenColumns, choose_columns, describe_columns
from finetune_studio.engine.data.csv_columns import read_columns
from finetune_studio.engine.data.csv_contents import GaveUp
from finetune_studio.engine.data.csv_rows import CsvRows
from finetune_studio.engine.data.embedded_pictures import EmbeddedPictures
from finetune_studio.engine.data.encodings import is_encoding
from finetune_studio.engine.data.file_types import head_of, real_type, suffix_of
from finetune_studio.engine.data.findings import Findings
from finetune_studio.engine.data.json_rows import JsonRows
from finetune_studio.engine.data.label_cells import cells_for
from finetune_studio.engine.data.parquet_rows import ParquetRows
from finetune_studio.engine.data.picture_memory import PictureMemory
from finetune_studio.engine.data.picture_paths import PicturePaths
from finetune_studio.engine.data.row_source import RowSource
from finetune_studio.engine.data.samples import Sample, TableFacts
from finetune_studio.engine.data.saved_dataset import SavedDatasetRows
from finetune_studio.engine.data.table_samples import TableSamples
from finetune_studio.engine.data.table_texts import table_texts
from finetune_studio.engine.progress import Emit
from finetune_studio.engine.stopping import StopRequested
from finetune_studio.project.choices import Task
from finetune_studio.project.problems import Problem, ProblemError
from finetune_studio.project.project import DataChoice

_PEEK = 1000
# A column may well be called BMI.
_ALSO_TEXT = frozenset({"BMP"})
_PARQUET = "Parquet table"
_JSON_SUFFIXES = (".jsonl", ".ndjson", ".json")
_NO_CSV = (*_JSON_SUFFIXES, ".parquet")


@dataclass(frozen=True)
class TableReading:
    """What a table gave. Without a usable choice of columns there are no samples."""

    task: Task
    samples: Sequence[Sample]
    facts: TableFacts


def read_table(
    path: Path,
    choice: DataChoice,
    task: Task | None,
    cache: Path,
    findings: Findings,
    emit: Emit,
    stop_requested: StopRequested,
) -> TableReading:
    """Read a table's samples; columns that are missing or not to be told are an error found.

    Raises:
        ProblemError: the file cannot be read as a table at all.
    """
    quick = _read_quickly(path, choice, task, findings, emit, stop_requested)
    if quick is not None:
        return quick
    embedded = EmbeddedPictures(cache)
    source = open_table(path, choice, embedded if task is not Task.TEXT else None, findings)
    choice = choice.edited(split_column=choice.split_column or source.split_column)
    rows = _first_rows(source)
    try:
        chosen = choose_columns(source.columns, rows, choice, task)
    except ProblemError as error:
        findings.add_problem(error.problem)
        chosen = ChosenColumns()
    else:
        _tell_missing(source, chosen, task, findings)
    task = task or (Task.IMAGE if chosen.image is not None else Task.TEXT)
    cells = cells_for(chosen.target, chosen.labels or (0,), choice.leave_out)
    reader = TableSamples(source, chosen, cells, findings, emit, stop_requested)
    samples: list[Sample] = []
    if chosen.label is not None and chosen.image is not None:
        folder = path if path.is_dir() else path.parent
        paths = PicturePaths(folder, allow_outside=choice.allow_outside)
        memory = PictureMemory(cache, path)
        samples = reader.pictures(lambda cell: embedded.find(cell) or paths.find(cell), memory)
    elif chosen.label is not None and chosen.text is not None:
        samples = reader.texts()
    return TableReading(task, samples, _facts(source, chosen, rows))


def _read_quickly(
    path: Path,
    choice: DataChoice,
    task: Task | None,
    findings: Findings,
    emit: Emit,
    stop_requested: StopRequested,
) -> TableReading | None:
    """Read a CSV file of texts in columns; ``None`` where that is not possible."""
    if task is Task.IMAGE or not path.is_file() or not _is_csv(path):
        return None
    told = Findings()
    try:
        source = CsvRows(path, choice.delimiter, choice.encoding, told, whole=False)
        rows = _first_rows(source)
        chosen = choose_columns(source.columns, rows, choice, task)
        if chosen.image is not None or chosen.text is None or len(chosen.labels) != 1:
            return None
        spanning = any("\n" in (cell or "") for row in rows for cell in row)
        columns = read_columns(source, chosen, emit, stop_requested, spanning=spanning)
    except (GaveUp, ProblemError, OSError, LookupError, UnicodeError):
        return None  # whoever reads row by row says what is wrong
    cells = cells_for(chosen.target, chosen.labels, choice.leave_out)
    samples = table_texts(columns, source, chosen.labels[0], cells, told)
    findings.take_over(told)
    return TableReading(Task.TEXT, samples, _facts(source, chosen, rows))


def _first_rows(source: RowSource) -> list[Sequence[str | None]]:
    return [row.values for row in islice(source.rows(Findings()), _PEEK)]


def _is_csv(path: Path) -> bool:
    kind = real_type(head_of(str(path)))
    return not (kind and kind not in _ALSO_TEXT) and suffix_of(path.name) not in _NO_CSV


def open_table(
    path: Path, choice: DataChoice, embedded: EmbeddedPictures | None, findings: Findings
) -> RowSource:
    """Open a table by its ending; a folder as a saved dataset.

    Args:
        path: of the file or folder.
        choice: how to read it.
        embedded: takes pictures that lie inside the table; ``None`` where none are wanted.
        findings: gets what is odd about the columns.

    Raises:
        ProblemError: it cannot be read, or is empty.
    """
    if choice.encoding and not is_encoding(choice.encoding):
        raise _unreadable(path, f"“{choice.encoding}” is no encoding known here")
    try:
        source = _opened(path, choice, embedded, findings)
    except (OSError, UnicodeError) as error:
        raise _unreadable(path, getattr(error, "strerror", None) or str(error)) from error
    if not source.columns:
        raise _unreadable(path, "It holds no rows")
    return source


def _opened(
    path: Path, choice: DataChoice, embedded: EmbeddedPictures | None, findings: Findings
) -> RowSource:
    if path.is_dir():
        return SavedDatasetRows(path, embedded, findings)
    suffix = suffix_of(path.name)
    kind = real_type(head_of(str(path)))
    if suffix == ".parquet" or kind == _PARQUET:
        return ParquetRows(path, findings)
    if kind and kind not in _ALSO_TEXT:
        raise OSError(f"Its type is {kind}")
    if suffix in _JSON_SUFFIXES:
        return JsonRows(path, choice.encoding, findings)
    return CsvRows(path, choice.delimiter, choice.encoding, findings)


def _tell_missing(
    source: RowSource, chosen: ChosenColumns, task: Task | None, findings: Findings
) -> None:
    content = chosen.image if task is Task.IMAGE else chosen.text
    if task is None and chosen.image is not None:
        content = chosen.image
    wanted = "the paths of pictures" if task is Task.IMAGE else "the texts"
    if content is None:
        findings.add_problem(_column_problem(source, wanted, "table_no_content_column"))
    if chosen.label is None:
        findings.add_problem(_column_problem(source, "the labels", "table_no_label_column"))


def _column_problem(source: RowSource, wanted: str, code: str) -> Problem:
    return Problem(
        what=f"No column of the table seems to hold {wanted}.",
        why=f"Its columns are {', '.join(source.columns[:20])}.",
        remedy="Choose the column, or another delimiter.",
        code=code,
    )


def _facts(
    source: RowSource, chosen: ChosenColumns, rows: list[Sequence[str | None]]
) -> TableFacts:
    def name(place: int | None) -> str:
        return source.columns[place] if place is not None else ""

    return TableFacts(
        columns=describe_columns(source.columns, rows),
        text_column=name(chosen.text),
        image_column=name(chosen.image),
        label_column=name(chosen.label),
        split_column=name(chosen.split),
        target=chosen.target,
        delimiter=source.delimiter,
        encoding=source.encoding,
    )


def _unreadable(path: Path, why: str) -> ProblemError:
    return ProblemError.of(
        f"The table {path.name} cannot be read.",
        f"{why.rstrip('.')}.",
        "Choose a CSV, TSV, JSON Lines or Parquet file with one sample a row.",
        where=str(path),
        code="table_unreadable",
    )
