"""How much of a run's time may go into finding out how to compute it."""

from __future__ import annotations

import time

SHARE = 0.03
# Two ways, each warmed up and timed, the second perhaps slower than the first.
LEAST_STEPS = 5.0
# Whatever is gained on less is less than anybody notices.
_SHORTEST_S = 5.0


class Budget:
    """A share of a run whose length is only known in steps until the first one was timed.

    Attributes:
        quickest: seconds of the quickest step so far; 0 before the first.
    """

    def __init__(self, work_steps: float) -> None:
        self.quickest = 0.0
        self._work_steps = work_steps
        self._spent = 0.0
        self._since = time.perf_counter()

    @property
    def opens(self) -> bool:
        """Whether the run is long enough to time anything at all."""
        return SHARE * self._work_steps >= LEAST_STEPS

    @property
    def seconds(self) -> float:
        """That may be spent in all, as far as is known."""
        whole = self._work_steps * self.quickest
        return SHARE * whole if whole >= _SHORTEST_S else 0.0

    def begin(self) -> None:
        """Count from now on: what was done so far, the run would have had to do itself."""
        self._since = time.perf_counter()

    def timed(self, seconds: float) -> None:
        """A step took so long."""
        self.quickest = min(seconds, self.quickest or seconds)

    def allows(self, steps: float = 0.0, seconds: float = 0.0) -> bool:
        """Whether so many of the quickest steps, and so many seconds, can still be spent."""
        spent = time.perf_counter() - self._since
        return spent + steps * self.quickest + seconds <= self.seconds

    def saved(self, before: float, after: float) -> float:
        """Seconds the whole run is shorter for a shorter step."""
        return self._work_steps * (before - after)
