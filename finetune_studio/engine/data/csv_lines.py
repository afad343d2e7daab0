"""A CSV file in blocks of whole lines, which can be read each by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from finetune_studio.engine.data.csv_bytes import CsvBytes

_MOST_WAITING = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class WholeLines:
    """Some lines, each with its end.

    Attributes:
        content: of the lines, as UTF-8.
        done: bytes read of the file so far.
    """

    content: bytes
    done: int


class EndlessLine(Exception):  # noqa: N818 - no error: such a file is read otherwise
    """A line is longer than memory should hold."""


def whole_lines(source: CsvBytes, size: int) -> Iterator[WholeLines]:
    """The file in blocks that end where a line does; empty lines at its end are left out.

    Args:
        source: of the lines.
        size: of a block in bytes, about.

    Raises:
        EndlessLine: no end of a line comes.
    """
    last = b""
    for content in _ending_with_a_line(source, size):
        if last:
            yield WholeLines(last, source.done)
        last = content
    if rest := last.rstrip(b"\r\n"):
        yield WholeLines(rest + b"\n", source.done)  # the last line may do without an end


def _ending_with_a_line(source: CsvBytes, size: int) -> Iterator[bytes]:
    """The same, but the last block as it is."""
    begun = b""
    while block := source.read(size):
        end = block.rfind(b"\n") + 1
        if end:
            yield b"".join((begun, memoryview(block)[:end]))
            begun = block[end:]
        else:
            begun += block
            if len(begun) > _MOST_WAITING:
                raise EndlessLine
    if begun:
        yield begun
