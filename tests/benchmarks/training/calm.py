"""Whether anything else keeps the machine busy: a measurement made meanwhile means little."""

from __future__ import annotations

import resource
import time
from typing import Self

import psutil

_LOOK_S = 1.0
_CALM = 0.15


class Disturbance:
    """What other programs take of the machine's processors, while entered.

    Attributes:
        share: of all processors; known once left.
    """

    def __init__(self) -> None:
        self.share = 0.0
        self._started = self._busy = self._own = 0.0

    def __enter__(self) -> Self:
        self._started, self._busy, self._own = time.monotonic(), _busy(), _of_children()
        return self

    def __exit__(self, *_: object) -> None:
        capacity = (time.monotonic() - self._started) * (psutil.cpu_count() or 1)
        others = (_busy() - self._busy) - (_of_children() - self._own)
        self.share = min(1.0, max(0.0, others / max(capacity, 1e-9)))


def wait_for_calm(longest: float) -> None:
    """Return once nobody else computes, or after so many seconds."""
    until = time.monotonic() + longest
    while time.monotonic() < until:
        with Disturbance() as others:
            time.sleep(_LOOK_S)
        if others.share < _CALM:
            return


def _busy() -> float:
    """Processor seconds the whole machine has worked."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0))


def _of_children() -> float:
    """Processor seconds of the processes that were started from here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
