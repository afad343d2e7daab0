"""The most memory a process takes, together with the processes it starts."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Self

import psutil

from tests.benchmarks.training.trial import WATCHED_FILE

_PAUSE_S = 0.2


class MemoryWatch:
    """Watches the process a contestant names in its folder, until left.

    Counted are the resident memory of that process and what its children (loaders, as a rule)
    have to themselves; what they share with it is not counted twice.
    """

    def __init__(self, folder: Path) -> None:
        self.peak = 0
        self._file = folder / WATCHED_FILE
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="memory")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(_PAUSE_S):
            if self._file.exists() and (pid := self._file.read_text(encoding="ascii")):
                self.peak = max(self.peak, _memory_of(int(pid)))


def _memory_of(pid: int) -> int:
    """Bytes now; 0 when the process is gone."""
    try:
        process = psutil.Process(pid)
        own: int = process.memory_info().rss
        others: int = sum(child.memory_full_info().uss for child in process.children(True))
    except psutil.Error:
        return 0
    return own + others
