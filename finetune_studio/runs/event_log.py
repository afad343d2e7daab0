"""A run's events on disk: one JSON line each, only ever added to; the truth about the run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from finetune_studio.events.events import AnyEvent, Event
from finetune_studio.events.wire import WireError, event_line, parse_event

_TAIL = 1 << 16


class EventLog:
    """The end of an event file, to be written to.

    A line that a crash cut short is removed first, so that what follows can be read.

    Raises:
        OSError: the file cannot be written to.
    """

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        _cut_half_line(file)
        self._file: BinaryIO = file.open("ab")

    def append(self, event: Event) -> None:
        """Add an event; it reaches the disk with the next :meth:`flush` or :meth:`sync`."""
        self._file.write(event_line(event))

    def flush(self) -> None:
        """Hand everything to the operating system: it survives the end of this process."""
        self._file.flush()

    def sync(self) -> None:
        """Wait until everything is on the disk: it survives the end of this computer's power."""
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Write what is left and close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def read_log(file: Path, *, without: tuple[str, ...] = ()) -> Iterator[AnyEvent]:
    """The events of a file, in order; none when there is no such file.

    Lines that say no event we know are passed over: the last one may be cut short, and a newer
    program may have written others.

    Args:
        file: the event file.
        without: names of events that are not worth the time to read.
    """
    marks = tuple(f'"event":"{name}"'.encode() for name in without)
    try:
        opened = file.open("rb")
    except FileNotFoundError:
        return
    with opened:
        for line in opened:
            if any(mark in line for mark in marks):
                continue
            try:
                yield parse_event(line)
            except WireError:
                continue


def _cut_half_line(file: Path) -> None:
    if not file.exists():
        return
    with file.open("r+b") as opened:
        size = end = opened.seek(0, os.SEEK_END)
        while end:
            start = max(0, end - _TAIL)
            opened.seek(start)
            newline = opened.read(end - start).rfind(b"\n")
            if newline >= 0:
                end = start + newline + 1
                break
            end = start
        if end < size:
            opened.truncate(end)
