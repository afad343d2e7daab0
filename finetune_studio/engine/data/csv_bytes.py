"""The bytes of a CSV file as UTF-8, from its first row on."""

from __future__ import annotations

import codecs
from pathlib import Path

_LONGEST_HEADER = 1024 * 1024
_START = 64 * 1024


class CsvBytes:
    """A CSV file as UTF-8, block by block, without its first lines.

    Attributes:
        trouble: whether it starts in a way that only the careful reader can tell.
        done: bytes read of the file.
    """

    def __init__(self, path: Path, encoding: str, *, skip: int) -> None:
        """Open the file and pass its first ``skip`` lines over.

        Raises:
            OSError: the file cannot be read.
        """
        self.done = 0
        self._file = path.open("rb", buffering=0)
        self._decoder = None if encoding == "utf-8" else _decoder(encoding)
        self.trouble, self._waiting = self._without_start(skip)

    def read(self, size: int) -> bytes:
        """The next bytes, about as many as asked for; none at the end."""
        block, self._waiting = self._waiting or self._next(size), b""
        return block

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _next(self, size: int) -> bytes:
        # A byte of another encoding becomes up to three.
        while raw := self._file.read(size if self._decoder is None else size // 3):
            self.done += len(raw)
            block = raw if self._decoder is None else self._decoder.decode(raw).encode()
            if block:  # a part of a character gives none yet
                return block
        return b"" if self._decoder is None else self._decoder.decode(b"", final=True).encode()

    def _without_start(self, lines: int) -> tuple[bool, bytes]:
        """Whether the start is odd, and what was read beyond the first lines."""
        start = b""
        while start.count(b"\n") <= lines and len(start) < _LONGEST_HEADER:
            if not (block := self._next(_START)):
                break
            start += block
        parts = start.split(b"\n", lines)
        # A header of several lines, or lines that end otherwise, are not for here.
        odd = len(parts) <= lines or b"".join(parts[:lines]).count(b'"') % 2 == 1
        # Fast readers drop a mark that stands first.
        return odd or parts[-1].startswith(codecs.BOM_UTF8), parts[-1]


def _decoder(encoding: str) -> codecs.IncrementalDecoder:
    return codecs.getincrementaldecoder(encoding)(errors="replace")
