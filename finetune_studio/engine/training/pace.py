"""How fast training goes lately, and how long it will take to the end. Pauses do not count."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

# Seconds over which speed is averaged: long enough to be steady, short enough to be true.
_MEMORY_S = 4.0
# A sample costs about a third as much to look at as to learn from.
_LOOKING = 1 / 3


class Pace:
    """Speed and time left.

    Attributes:
        samples_per_second: lately, in training.
    """

    def __init__(
        self,
        steps_left: int,
        epochs_left: int,
        validation_samples: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.samples_per_second = 0.0
        self._clock = clock
        self._steps_left = steps_left
        self._epochs_left = epochs_left
        self._validation_samples = validation_samples
        self._validation_seconds: float | None = None
        self._seconds_per_step = 0.0
        self._since = clock()

    def start(self) -> None:
        """Training goes on now: after validation, a pause, or anything else that is no step."""
        self._since = self._clock()

    def stepped(self, steps: int, samples: int) -> None:
        """Some steps were made since the last call or :meth:`start`."""
        now = self._clock()
        spent, self._since = max(1e-9, now - self._since), now
        self._steps_left = max(0, self._steps_left - steps)
        weight = 1.0 - math.exp(-spent / _MEMORY_S) if self._seconds_per_step else 1.0
        self._seconds_per_step += weight * (spent / steps - self._seconds_per_step)
        self.samples_per_second += weight * (samples / spent - self.samples_per_second)

    def validated(self, seconds: float) -> None:
        """An epoch was validated and saved in so many seconds."""
        self._validation_seconds = seconds
        self._epochs_left = max(0, self._epochs_left - 1)

    @property
    def seconds_left(self) -> float | None:
        """To the end of the run; ``None`` before the first step."""
        if not self._seconds_per_step:
            return None
        validation = self._validation_seconds
        if validation is None:
            validation = self._validation_samples * _LOOKING / self.samples_per_second
        return self._steps_left * self._seconds_per_step + self._epochs_left * validation
