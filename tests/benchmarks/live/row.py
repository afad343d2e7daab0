"""One line of the table."""

from __future__ import annotations

from dataclasses import dataclass

from tests.benchmarks.live.lag import Lag

_LAG_GOAL = "p99 ≤ 50 ms, max ≤ 200 ms"


@dataclass(frozen=True)
class Row:
    """A goal, what was measured, and whether it was reached."""

    what: str
    goal: str
    measured: str
    is_good: bool


def lag_row(what: str, lag: Lag) -> Row:
    """The line of a lag."""
    return Row(what, _LAG_GOAL, lag.words(), lag.is_good)
