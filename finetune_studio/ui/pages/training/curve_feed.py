"""What of a run's curve is new since it was last drawn."""

from __future__ import annotations

from dataclasses import dataclass

from finetune_studio.events.history import RunHistory
from finetune_studio.events.step_curve import StepCurve


@dataclass(frozen=True)
class NewPoints:
    """The steps from ``start`` to ``stop`` of a curve; ``afresh`` when the old ones are void."""

    curve: StepCurve
    start: int
    stop: int
    afresh: bool


class CurveFeed:
    """Remembers how much of a run was drawn.

    The histories of one run share their arrays, so the same arrays with more points mean growth;
    other arrays mean another run, or steps that a resume trains again.
    """

    def __init__(self) -> None:
        self._curve: StepCurve | None = None
        self._run = ""
        self._drawn = 0

    def take(self, history: RunHistory) -> NewPoints:
        """What is to be drawn now; it counts as drawn from here on."""
        same = history.curve is self._curve and history.run == self._run
        afresh = not same or history.step_count < self._drawn
        start = 0 if afresh else self._drawn
        self._curve, self._run, self._drawn = history.curve, history.run, history.step_count
        return NewPoints(history.curve, start, history.step_count, afresh)
