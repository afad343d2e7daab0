"""The most memory a process takes, together with the processes it starts."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Self

import psutil

from tests.benchmarks.training.trial import WATCHED_FILE

_PAUSE_S = 0.2
# What a child has to itself is found page by page, which takes a third of a core when asked as
# often: the contestants that start loaders would pay for being watched.
_LOOKS_BETWEEN_CHILDREN = 20


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
        looks = others = 0
        while not self._over.wait(_PAUSE_S):
            if not (self._file.exists() and (pid := self._file.read_text(encoding="ascii"))):
                continue
            if looks % _LOOKS_BETWEEN_CHILDREN == 0:
                others = _memory_of_children(int(pid))
            looks += 1
            self.peak = max(self.peak, _memory_of(int(pid)) + others)


def _memory_of(pid: int) -> int:
    """Resident bytes; 0 when the process is gone."""
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0


def _memory_of_children(pid: int) -> int:
    """Bytes that the children share with nobody; 0 when the process is gone."""
    try:
        children = psutil.Process(pid).children(recursive=True)
        return sum(child.memory_full_info().uss for child in children)
    except psutil.Error:
        return 0
