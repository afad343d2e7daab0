"""How long the window's event loop keeps people waiting."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, QTimer

_EVERY_S = 0.005


@dataclass(frozen=True)
class Lag:
    """How long a click at any moment would have waited, in seconds."""

    median: float
    p99: float
    longest: float

    def words(self) -> str:
        """In milliseconds: median, 99th percentile and maximum."""
        parts = (self.median, self.p99, self.longest)
        return " / ".join(f"{part * 1000:.0f}" for part in parts) + " ms"

    @property
    def is_good(self) -> bool:
        """Whether p99 is at most 50 ms, and nothing took longer than 200 ms."""
        return self.p99 <= 0.050 and self.longest <= 0.200


class LagMeter(QObject):
    """A timer that notes by how much it is late.

    A loop that is blocked for 100 ms delays everything that would have come meanwhile, not one
    event; so a late tick counts once for each of the ticks that it stands for.
    """

    def __init__(self) -> None:
        super().__init__()
        self._lags: list[float] = []
        self._due = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(round(_EVERY_S * 1000))
        self._timer.timeout.connect(self._on_timeout)

    def start(self) -> None:
        """Begin afresh."""
        self._lags.clear()
        self._due = time.perf_counter() + _EVERY_S
        self._timer.start()

    def stop(self) -> Lag:
        """What was measured since the start."""
        self._timer.stop()
        ordered = sorted(self._lags)
        return Lag(_at(ordered, 0.50), _at(ordered, 0.99), ordered[-1])

    def _on_timeout(self) -> None:
        now = time.perf_counter()
        while self._due <= now:
            self._lags.append(now - self._due)
            self._due += _EVERY_S


def _at(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)]
