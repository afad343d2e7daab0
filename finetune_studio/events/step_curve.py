"""The curve of a run's steps, in arrays that a long run can afford."""

from __future__ import annotations

import dataclasses
from array import array
from dataclasses import dataclass, field
from typing import Self

from finetune_studio.events.events import StepFinished


def _singles() -> array[float]:
    return array("f")  # what the engine computes in: nothing is lost


@dataclass(frozen=True)
class StepCurve:
    """One value a step in each array, 28 bytes in all. Grows in place.

    A million steps must not be copied a million times, so all histories of one run share the
    arrays and each knows its length.
    """

    steps: array[int] = field(default_factory=lambda: array("q"))
    losses: array[float] = field(default_factory=_singles)
    accuracies: array[float] = field(default_factory=_singles)
    rates: array[float] = field(default_factory=_singles)
    speeds: array[float] = field(default_factory=_singles)
    norms: array[float] = field(default_factory=_singles)

    def append(self, event: StepFinished) -> None:
        """Add a step."""
        self.steps.append(event.step)
        self.losses.append(event.loss)
        self.accuracies.append(event.accuracy)
        self.rates.append(max(event.learning_rates.values(), default=0.0))
        self.speeds.append(event.samples_per_second)
        self.norms.append(event.gradient_norm)

    def first(self, count: int) -> Self:
        """A copy of the first ``count`` steps."""
        return type(self)(*(getattr(self, f.name)[:count] for f in dataclasses.fields(self)))
