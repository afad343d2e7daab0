"""The curve of a run's steps, in arrays that a long run can afford."""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from finetune_studio.events.events import StepFinished


def _singles() -> array[float]:
    return array("f")  # what the engine computes in: nothing is lost


@dataclass(frozen=True)
class StepCurve:
    """One value a step in each array, 28 bytes and 4 for each group of parameters. Grows in place.

    A million steps must not be copied a million times, so all histories of one run share the
    arrays and each knows its length.

    Attributes:
        rates: the highest learning rate of a step.
        group_rates: the learning rate of each group of parameters, as the optimizer names them, in
            the order in which they came; no number while a group does not train.
    """

    steps: array[int] = field(default_factory=lambda: array("q"))
    losses: array[float] = field(default_factory=_singles)
    accuracies: array[float] = field(default_factory=_singles)
    rates: array[float] = field(default_factory=_singles)
    speeds: array[float] = field(default_factory=_singles)
    norms: array[float] = field(default_factory=_singles)
    group_rates: dict[str, array[float]] = field(default_factory=dict)

    def append(self, event: StepFinished) -> None:
        """Add a step."""
        self._append_rates(event.learning_rates)
        self.steps.append(event.step)
        self.losses.append(event.loss)
        self.accuracies.append(event.accuracy)
        self.rates.append(max(event.learning_rates.values(), default=0.0))
        self.speeds.append(event.samples_per_second)
        self.norms.append(event.gradient_norm)

    def first(self, count: int) -> Self:
        """A copy of the first ``count`` steps."""
        return type(self)(
            self.steps[:count],
            self.losses[:count],
            self.accuracies[:count],
            self.rates[:count],
            self.speeds[:count],
            self.norms[:count],
            {name: rates[:count] for name, rates in self.group_rates.items()},
        )

    def _append_rates(self, rates: Mapping[str, float]) -> None:
        if not rates.keys() <= self.group_rates.keys():
            for name in rates:
                missed = array("f", [math.nan]) * len(self.steps)
                self.group_rates.setdefault(name, missed)
        for name, known in self.group_rates.items():
            known.append(rates.get(name, math.nan))
