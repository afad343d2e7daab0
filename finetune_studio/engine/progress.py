"""Progress with an estimate of the time left, at most ten times a second."""

from __future__ import annotations

import time
from collections.abc import Callable

from finetune_studio.events.events import Event, Progress

Emit = Callable[[Event], None]
_INTERVAL = 0.1


class Meter:
    """Counts what is done of a phase and tells it as `Progress` events."""

    def __init__(self, emit: Emit, phase: str, total: float = 0.0, unit: str = "") -> None:
        self._emit = emit
        self._phase = phase
        self._total = total
        self._unit = unit
        self._done = 0.0
        self._started = time.monotonic()
        self._told = float("-inf")
        self._tell()

    def advance(self, amount: float = 1.0) -> None:
        """Count some more as done."""
        self._done += amount
        if time.monotonic() - self._told >= _INTERVAL:
            self._tell()

    def done(self) -> None:
        """Tell that the phase is over."""
        self._done = max(self._done, self._total)
        self._tell()

    def _tell(self) -> None:
        self._told = time.monotonic()
        self._emit(
            Progress(
                phase=self._phase,
                done=self._done,
                total=self._total,
                unit=self._unit,
                seconds_left=self._seconds_left(),
            )
        )

    def _seconds_left(self) -> float | None:
        if not self._total or not self._done:
            return None
        spent = time.monotonic() - self._started
        return spent / self._done * max(0.0, self._total - self._done)
