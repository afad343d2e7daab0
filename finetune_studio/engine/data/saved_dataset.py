"""A folder that Hugging Face ``datasets`` wrote with ``save_to_disk``: features and Arrow files.

Only Arrow files inside the folder are opened, mapped into memory. Nothing of the folder is run,
``datasets`` decodes nothing, and nothing is written beside the files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finetune_studio.engine.data.embedded_pictures import EmbeddedPictures
from finetune_studio.engine.data.findings import Findings
from finetune_studio.engine.data.json_rows import as_text
from finetune_studio.engine.data.parquet_rows import is_plain
from finetune_studio.engine.data.row_source import Row, unique_names
from finetune_studio.engine.data.split_names import split_named
from finetune_studio.project.problems import ProblemError

if TYPE_CHECKING:
    import pyarrow as pa
    from datasets import Dataset

_DATASET = ("dataset_info.json", "state.json")
_DATASET_DICT = "dataset_dict.json"
_SPLIT_COLUMN = "split"
_BATCH = 1000


def is_saved_dataset(folder: Path) -> bool:
    """Whether a folder holds a saved ``Dataset`` or ``DatasetDict``."""
    whole = all((folder / name).is_file() for name in _DATASET)
    return whole or (folder / _DATASET_DICT).is_file()


class SavedDatasetRows:
    """The rows of a saved dataset; see ``RowSource``.

    The name of a row's split is its first column, where there are several. Classes are shown by
    their names.
    """

    place = "row"
    delimiter = ""
    encoding = ""
    quoted = False
    lossless = True

    def __init__(self, folder: Path, embedded: EmbeddedPictures | None, findings: Findings) -> None:
        """Find the columns that hold plain values, classes or pictures.

        Args:
            folder: as ``save_to_disk`` left it.
            embedded: takes the pictures that lie inside; ``None`` where none are wanted.
            findings: gets what is odd about the columns.

        Raises:
            ProblemError: the folder cannot be read.
        """
        self._embedded = embedded
        self._parts = _load(folder)
        self._divided = len(self._parts) > 1
        shown = (name for part in self._parts.values() for name in _shown(part))
        self._names = list(dict.fromkeys(shown))
        first = [_SPLIT_COLUMN] if self._divided else []
        self.columns = unique_names([*first, *self._names], findings)
        known = self._divided and any(map(split_named, self._parts))
        self.split_column = _SPLIT_COLUMN if known else ""
        self.size = sum(part.num_rows for part in self._parts.values())

    def rows(self, findings: Findings) -> Iterator[Row]:  # noqa: ARG002 - every row has its width
        """All rows, split by split."""
        done = 0
        for split, part in self._parts.items():
            for number, values in enumerate(self._values(part), start=1):
                done += 1
                if self._divided:
                    yield Row(number, [split, *values], done, within=split)
                else:
                    yield Row(number, values, done)

    def _values(self, part: Dataset) -> Iterator[list[str | None]]:
        features = _shown(part)
        # Arrow, whatever format the folder asks for: so nothing is decoded, nor a column hidden.
        for batch in part.with_format("arrow", columns=list(features)).iter(_BATCH):
            columns = [
                self._cells(batch.column(name), features[name])
                if name in features
                else repeat(None)
                for name in self._names
            ]
            for _, *values in zip(range(batch.num_rows), *columns, strict=False):
                yield values

    def _cells(self, column: pa.ChunkedArray, feature: object) -> Iterable[str | None]:
        from datasets import ClassLabel, Image

        if isinstance(feature, Image):
            return (self._picture(cell.as_py()) for cell in column)  # one at a time: they are large
        values = column.to_pylist()
        if isinstance(feature, ClassLabel):
            names = dict(enumerate(feature.names))
            return [names.get(value) for value in values]
        return [as_text(value) for value in values]

    def _picture(self, value: dict[str, Any] | None) -> str | None:
        if not value:
            return None
        if value["bytes"] and self._embedded is not None:
            return self._embedded.keep(value["bytes"])
        return as_text(value["path"])


def _shown(part: Dataset) -> dict[str, object]:
    """The features that a table can show, by name."""
    from datasets import ClassLabel, Image, Value

    return {
        name: feature
        for name, feature in part.features.items()
        if isinstance(feature, (ClassLabel, Image))
        or (isinstance(feature, Value) and is_plain(feature.pa_type))
    }


def _load(folder: Path) -> dict[str, Dataset]:
    """The splits by name; a single one without a division is called by nothing."""
    from datasets import Dataset, load_from_disk

    try:
        loaded = load_from_disk(str(folder), keep_in_memory=False)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unreadable(folder, str(error)) from error
    parts = {"": loaded} if isinstance(loaded, Dataset) else dict(loaded)
    root = folder.resolve()
    for file in (file for part in parts.values() for file in part.cache_files):
        if not Path(file["filename"]).resolve().is_relative_to(root):
            raise _unreadable(folder, f"It names a file outside itself: {file['filename']}")
    return parts


def _unreadable(folder: Path, why: str) -> ProblemError:
    lines = why.strip().splitlines() or ["A file in it is damaged"]
    return ProblemError.of(
        f"The saved dataset {folder.name} cannot be read.",
        f"{lines[0].rstrip('.')}.",
        "Save it again with save_to_disk, or choose a table file.",
        where=str(folder),
        code="table_unreadable",
    )
