"""How fast training goes lately, and how long it will take to the end. Pauses do not count."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from finetune_studio.engine.training.outlook import EpochCost, Outlook
from finetune_studio.events.run_estimate import LOOKING

# Seconds over which speed is averaged: long enough to be steady, short enough to be true.
_MEMORY_S = 4.0


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
        outlook: Outlook | None = None,
    ) -> None:
        """Nothing is done yet.

        Args:
            steps_left: in all epochs.
            epochs_left: the one about to begin and those after it.
            validation_samples: looked at after each epoch.
            clock: gives seconds.
            outlook: on epochs that differ; without one all are alike.
        """
        self.samples_per_second = 0.0
        self._clock = clock
        self._steps_left = steps_left
        self._epochs_left = epochs_left
        self._steps = steps_left // max(1, epochs_left)
        self._validation_samples = validation_samples
        self._validation_seconds: float | None = None
        self._seconds_per_step = 0.0
        self._outlook = outlook
        self._cost: EpochCost | None = None
        self._fresh = True
        self._storing = 0.0
        self._since = clock()

    def start(self) -> None:
        """Training goes on now: after validation, a pause, or anything else that is no step."""
        if self._outlook is not None and self._epochs_left:
            self._turn_to(self._outlook, self._outlook.of(self._epoch))
        self._since = self._clock()

    def stepped(self, steps: int, samples: int) -> None:
        """Some steps were made since the last call or :meth:`start`."""
        now = self._clock()
        spent, self._since = max(1e-9, now - self._since), now
        self._steps_left = max(0, self._steps_left - steps)
        weight = 1.0 - math.exp(-spent / _MEMORY_S)
        speed = weight if self.samples_per_second else 1.0
        self.samples_per_second += speed * (samples / spent - self.samples_per_second)
        fresh, self._fresh = self._fresh, False
        if fresh and self._seconds_per_step:
            return  # where other layers train, the first steps also pay for what is done once
        slowness = weight if self._seconds_per_step else 1.0
        self._seconds_per_step += slowness * (spent / steps - self._seconds_per_step)
        if self._outlook is not None and not fresh:
            self._outlook.stepped(self._epoch, spent / steps, steps)

    def validated(self, seconds: float) -> None:
        """An epoch was validated and saved in so many seconds."""
        self._validation_seconds = seconds
        self._epochs_left = max(0, self._epochs_left - 1)

    def stored(self, seconds: float, more: int) -> None:
        """What an epoch takes from store took so long to get there, and will ``more`` times."""
        self._storing = seconds * more

    @property
    def seconds_left(self) -> float | None:
        """To the end of the run; ``None`` before the first step."""
        if not self._seconds_per_step:
            return None
        validation = self._validation_seconds
        if validation is None:
            validation = self._validation_samples * LOOKING / self.samples_per_second
        if self._outlook is None:
            steps = self._steps_left * self._seconds_per_step
            return steps + self._epochs_left * validation + self._storing
        if not self._epochs_left:
            return 0.0
        left = self._steps_left - (self._epochs_left - 1) * self._steps
        here = left * self._seconds_per_step + validation
        return here + self._outlook.after(self._epoch, self._seconds_per_step, validation)

    @property
    def share(self) -> float | None:
        """How much of the run's expected time is over; ``None`` where all epochs are alike."""
        if self._outlook is None:
            return None
        if not self._epochs_left:
            return 1.0
        left = self._steps_left - (self._epochs_left - 1) * self._steps
        return self._outlook.share(self._epoch, self._steps - left)

    @property
    def _epoch(self) -> int:
        assert self._outlook is not None
        return self._outlook.epochs - self._epochs_left + 1

    def _turn_to(self, outlook: Outlook, cost: EpochCost) -> None:
        """Expect of the epoch that begins what was expected of it so far, until it is measured."""
        before, self._cost = self._cost, cost
        if before is None or (before.step, before.looking) == (cost.step, cost.looking):
            return
        if self._seconds_per_step:
            self._seconds_per_step = outlook.expected(
                self._seconds_per_step, before.step, cost.step
            )
        if self._validation_seconds is not None:
            self._validation_seconds = outlook.expected(
                self._validation_seconds, before.looking, cost.looking
            )
        self.samples_per_second = 0.0  # of these steps nothing is known yet
        self._fresh = True
