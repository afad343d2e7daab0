"""JSON Lines: one object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from finetune_studio.engine.data.encodings import detect_encoding
from finetune_studio.engine.data.findings import Findings
from finetune_studio.engine.data.row_source import Row, unique_names

_PEEK = 1000


class JsonRows:
    """The rows of a JSON Lines file; see ``RowSource``."""

    place = "line"
    split_column = ""
    delimiter = ""
    quoted = False
    lossless = True

    def __init__(self, path: Path, encoding: str, findings: Findings) -> None:
        """Find the columns: every key of the first thousand lines, in order of appearance.

        Raises:
            OSError: the file cannot be read.
        """
        self._path = path
        self.encoding = encoding or detect_encoding(path)
        self.size = path.stat().st_size
        objects = (value for _, value, _, _ in islice(self._objects(), _PEEK) if value)
        self._keys = list(dict.fromkeys(key for value in objects for key in value))
        self.columns = unique_names(self._keys, findings)

    def rows(self, findings: Findings) -> Iterator[Row]:
        """All lines that hold an object; the rest is told to ``findings``."""
        for number, value, trouble, done in self._objects():
            if value is None:
                findings.add("row_unreadable", f"line {number}", trouble)
            else:
                yield Row(number, [as_text(value.get(key)) for key in self._keys], done)

    def _objects(self) -> Iterator[tuple[int, dict[str, Any] | None, str, int]]:
        done = 0
        with self._path.open(encoding=self.encoding, errors="replace") as file:
            for number, line in enumerate(file, start=1):
                done += len(line)
                if line.strip():
                    value, trouble = _parsed(line)
                    yield number, value, trouble, min(done, self.size)


def as_text(value: object) -> str | None:
    """A cell as text; numbers as they are written, ``None`` where there is nothing."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, (bool, list, dict)):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def _parsed(line: str) -> tuple[dict[str, Any] | None, str]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None, "it is no JSON"
    return (value, "") if isinstance(value, dict) else (None, "it is no JSON object")
