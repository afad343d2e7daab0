"""The bytes of a CSV file on their way to a fast reader, watched for what it would get wrong.

Fast readers take what they find: a quotation mark that is missing or stands in the wrong place
moves text into other rows, silently. Here each mark is looked at as it passes: outside of quotes
one may only open a field, and inside only close it or stand twice. Where that holds, all readers
agree on the rows; where it does not, ``trouble`` says so, and the careful reader has to be asked.
"""

from __future__ import annotations

import codecs
from pathlib import Path

import numpy as np

_QUOTE, _NEWLINE, _RETURN = 0x22, 0x0A, 0x0D
_REPLACED = "\ufffd".encode()
_WINDOW = 256 * 1024
_LONGEST_HEADER = 1024 * 1024
_LONGEST_END = 1024  # empty lines, in bytes


class WatchedBytes:
    """A CSV file as UTF-8, block by block, without its first lines.

    Attributes:
        trouble: whether something came that only the careful reader can tell.
        quoted: whether there are quotation marks.
        lines: how many lines ended so far.
        blank_at_end: empty lines after the last row, known at the end.
        done: bytes read of the file.
        closed: as files have it.
    """

    def __init__(
        self, path: Path, encoding: str, delimiter: str, *, skip: int, lossless: bool
    ) -> None:
        """Open the file and pass its first ``skip`` lines over.

        Raises:
            OSError: the file cannot be read.
        """
        self.trouble = False
        self.quoted = False
        self.lines = 0
        self.blank_at_end = 0
        self.done = 0
        self.closed = False
        self._file = path.open("rb", buffering=0)
        self._decoder = None if encoding == "utf-8" else _decoder(encoding)
        self._lossless = lossless
        self._beside = np.zeros(256, np.bool_)
        self._beside[[_QUOTE, _NEWLINE, _RETURN, *delimiter.encode()]] = True
        self._open = 0  # 1 inside quotes
        self._returns = False  # whether any came yet
        self._last = b"\n"  # the byte before those not looked at yet, and these
        self._end = b""
        self._waiting = self._without_start(skip)

    def read(self, size: int) -> bytes:
        """The next bytes, about as many as asked for; none at the end."""
        block, self._waiting = self._waiting or self._next(size), b""
        if block:
            self._end = block[-_LONGEST_END:]
            self._returns = self._returns or b"\r" in block
            self._watch(block)
        elif not self.closed:
            self._finish()
        return block

    def close(self) -> None:
        """Close the file."""
        self.closed = True
        self._file.close()

    def readable(self) -> bool:
        """It is."""
        return True

    def writable(self) -> bool:
        """It is not."""
        return False

    def seekable(self) -> bool:
        """It is not."""
        return False

    def _next(self, size: int) -> bytes:
        # A byte of another encoding becomes up to three.
        while raw := self._file.read(size if self._decoder is None else size // 3):
            self.done += len(raw)
            block = raw if self._decoder is None else self._decoder.decode(raw).encode()
            if block:  # a part of a character gives none yet
                return block
        return b"" if self._decoder is None else self._decoder.decode(b"", final=True).encode()

    def _without_start(self, lines: int) -> bytes:
        """What was read beyond the first lines."""
        start = b""
        while start.count(b"\n") <= lines and len(start) < _LONGEST_HEADER:
            if not (block := self._next(64 * 1024)):
                break
            start += block
        if not lines:
            self.trouble = start.startswith(codecs.BOM_UTF8)
            return start
        parts = start.split(b"\n", lines)
        # A header of several lines, or lines that end otherwise, are not for here.
        self.trouble = len(parts) <= lines or b"".join(parts[:lines]).count(b'"') % 2 == 1
        self.lines = lines
        return parts[-1]

    def _watch(self, block: bytes) -> None:
        """Look at all bytes but the last, whose next is not known yet."""
        seam = self._last + block[:2]
        self._last = (self._last + block)[-2:] if len(block) < 2 else block[-2:]
        self._look(np.frombuffer(seam, np.uint8), quotes=b'"' in seam)
        whole, quotes = np.frombuffer(block, np.uint8), b'"' in block
        # Small windows stay in the processor's cache, and their scratch space is used again.
        for start in range(0, len(block) - 2, _WINDOW):
            self._look(whole[start : start + _WINDOW + 2], quotes=quotes)
        for part in (seam, block):
            self.trouble |= b"\x00" in part or (not self._lossless and _REPLACED in part)

    def _look(self, window: np.ndarray, *, quotes: bool) -> None:
        """Look at all bytes but the first, seen before, and the last."""
        if quotes:
            self._look_at_quotes(window)
        if self._returns:
            returns = _places(window, _RETURN)
            self.trouble |= bool(np.any(window[returns + 1] != _NEWLINE))
        self.lines += int(np.count_nonzero(window[1:-1] == _NEWLINE))

    def _look_at_quotes(self, window: np.ndarray) -> None:
        marks = _places(window, _QUOTE)
        opening, closing = marks[self._open :: 2], marks[1 - self._open :: 2]
        fits = self._beside[window[opening - 1]].all() and self._beside[window[closing + 1]].all()
        self.trouble |= not fits
        self.quoted |= bool(len(marks))
        self._open = (self._open + len(marks)) % 2

    def _finish(self) -> None:
        """Look at the last byte, and close."""
        self._watch(b"\n")
        self.lines += not self._end.endswith(b"\n")  # a last line may do without
        blank = self._end[len(self._end.rstrip(b"\r\n")) :]
        self.blank_at_end = max(0, blank.count(b"\n") - 1)
        self.trouble |= self._open == 1 or len(blank) == _LONGEST_END
        self.close()


def _places(window: np.ndarray, byte: int) -> np.ndarray:
    """Where a byte comes, the first and last place left out."""
    return np.flatnonzero(window[1:-1] == byte) + 1


def _decoder(encoding: str) -> codecs.IncrementalDecoder:
    return codecs.getincrementaldecoder(encoding)(errors="replace")
