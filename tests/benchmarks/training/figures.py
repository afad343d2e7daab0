"""From outcomes to the figures of the table: medians over the rounds. No machine, no network."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterable
from dataclasses import dataclass

from tests.benchmarks.training.trial import Outcome, Task

_NEARLY_FINAL = 0.95


@dataclass(frozen=True)
class Figures:
    """A contestant's figures in one task, medians over its rounds.

    Attributes:
        pace: training samples a second, in the median epoch, validation included.
        seconds: to the end; of rounds cut short, reckoned from their epochs.
        reckoned: whether any round was cut short.
        nearly_final: seconds to 95 % of the final accuracy; ``None`` without a whole round.
        accuracy, best: of the last epoch and of the best one; ``None`` without a whole round.
        memory: peak, bytes.
        rounds: how many.
        disturbance: the largest share other programs took of the machine in any of them.
    """

    pace: float
    seconds: float
    reckoned: bool
    nearly_final: float | None
    accuracy: float | None
    best: float | None
    memory: float
    rounds: int
    disturbance: float = 0.0
    note: str = ""


def figures(outcomes: Iterable[Outcome], training_samples: int) -> Figures:
    """The figures of one contestant in one task.

    Raises:
        ValueError: there is no outcome.
    """
    own = list(outcomes)
    if not own:
        raise ValueError("no outcome")
    whole = [one for one in own if one.trial.whole]
    return Figures(
        pace=training_samples / statistics.median(map(epoch_seconds, own)),
        seconds=statistics.median(map(seconds_to_end, own)),
        reckoned=len(whole) < len(own),
        nearly_final=_median([seconds_to_nearly_final(one) for one in whole]),
        accuracy=_median([one.epochs[-1].accuracy for one in whole]),
        best=_median([max(epoch.accuracy for epoch in one.epochs) for one in whole]),
        memory=statistics.median(one.memory for one in own),
        rounds=len(own),
        disturbance=max(one.disturbance for one in own),
        note=own[-1].note,
    )


def by_contestant(outcomes: Iterable[Outcome], samples: int) -> dict[str, Figures]:
    """The figures of everybody who did a task, in the order they first came."""
    own: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        own.setdefault(outcome.trial.contestant, []).append(outcome)
    return {name: figures(found, samples) for name, found in own.items()}


def by_task(outcomes: Iterable[Outcome]) -> dict[Task, list[Outcome]]:
    """The outcomes of each task."""
    own: dict[Task, list[Outcome]] = {}
    for outcome in outcomes:
        own.setdefault(outcome.trial.task, []).append(outcome)
    return own


def epoch_seconds(outcome: Outcome) -> float:
    """The median epoch. The first is left out where there are others: it waits for the set-up."""
    ends = [epoch.seconds for epoch in outcome.epochs]
    lengths = [after - before for before, after in itertools.pairwise(ends)]
    return statistics.median(lengths or ends)


def seconds_to_end(outcome: Outcome) -> float:
    """Seconds of all epochs; those that were not done take as long as the median one."""
    missing = max(0, outcome.trial.task.epochs - len(outcome.epochs))
    return outcome.seconds + missing * epoch_seconds(outcome)


def seconds_to_nearly_final(outcome: Outcome) -> float:
    """When validation first reached 95 % of what it came to in the last epoch."""
    wanted = _NEARLY_FINAL * outcome.epochs[-1].accuracy
    return next(epoch.seconds for epoch in outcome.epochs if epoch.accuracy >= wanted)


def _median(values: list[float]) -> float | None:
    return statistics.median(values) if values else None
