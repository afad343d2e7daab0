"""The bytes of a CSV file on their way to a fast reader, watched for what it would get wrong.

Where all marks stand as they may (see ``csv_marks``), all readers agree on the rows; where they do
not, ``trouble`` says so, and the careful reader has to be asked.
"""

from __future__ import annotations

import numpy as np

from finetune_studio.engine.data.csv_bytes import CsvBytes
from finetune_studio.engine.data.csv_marks import (
    NEWLINE,
    QUOTE,
    RETURN,
    beside_quotes,
    quotes_fit,
    returns_fit,
)

_REPLACED = "\ufffd".encode()
_WINDOW = 256 * 1024
_LONGEST_END = 1024  # empty lines, in bytes


class WatchedBytes:
    """The bytes of a CSV file, as readers of files take them.

    Attributes:
        trouble: whether something came that only the careful reader can tell.
        quoted: whether there are quotation marks.
        lines: how many lines ended so far, the first ones included.
        blank_at_end: empty lines after the last row, known at the end.
        closed: as files have it.
    """

    def __init__(self, source: CsvBytes, delimiter: str, *, skipped: int, lossless: bool) -> None:
        """Watch the bytes from ``source``, which has passed some lines over."""
        self.trouble = source.trouble
        self.quoted = False
        self.lines = skipped
        self.blank_at_end = 0
        self.closed = False
        self._source = source
        self._lossless = lossless
        self._beside = beside_quotes(delimiter)
        self._open = False  # inside quotes
        self._returns = False  # whether any came yet
        self._last = b"\n"  # the byte before those not looked at yet, and these
        self._end = b""

    @property
    def done(self) -> int:
        """Bytes read of the file."""
        return self._source.done

    def read(self, size: int) -> bytes:
        """The next bytes, about as many as asked for; none at the end."""
        block = self._source.read(size)
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
        self._source.close()

    def readable(self) -> bool:
        """It is."""
        return True

    def writable(self) -> bool:
        """It is not."""
        return False

    def seekable(self) -> bool:
        """It is not."""
        return False

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
            marks = _places(window, QUOTE)
            self.trouble |= not quotes_fit(window, marks, self._beside, inside=self._open)
            self.quoted |= bool(len(marks))
            self._open ^= len(marks) % 2 == 1
        if self._returns:
            self.trouble |= not returns_fit(window, _places(window, RETURN))
        self.lines += int(np.count_nonzero(window[1:-1] == NEWLINE))

    def _finish(self) -> None:
        """Look at the last byte, and close."""
        self._watch(b"\n")
        self.lines += not self._end.endswith(b"\n")  # a last line may do without
        blank = self._end[len(self._end.rstrip(b"\r\n")) :]
        self.blank_at_end = max(0, blank.count(b"\n") - 1)
        self.trouble |= self._open or len(blank) == _LONGEST_END
        self.close()


def _places(window: np.ndarray, byte: int) -> np.ndarray:
    """Where a byte comes, the first and last place left out."""
    return np.flatnonzero(window[1:-1] == byte) + 1
