"""From outcomes to the figures of the table: medians over the rounds. No machine, no network."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.benchmarks.training.trial import Outcome, Task

_NEARLY_FINAL = 0.95
_CALM = 0.15  # share of the processors that others may take of a round that counts


@dataclass(frozen=True)
class Figures:
    """A contestant's figures in one task, medians over its rounds.

    Times and memory come from rounds that nothing disturbed, as long as there are any; accuracies
    from all rounds that were done to the end.

    Attributes:
        pace: training samples a second, in the median epoch, validation included.
        seconds: to the end; of rounds cut short, reckoned from their epochs.
        nearly_final: seconds to 95 % of the final accuracy, reckoned likewise; ``None`` when no
            round was done to the end.
        reckoned: whether any of the timed rounds was cut short.
        accuracy, best: of the last epoch and of the best one; ``None`` like ``nearly_final``.
        memory: peak, bytes.
        rounds: how many were timed.
        disturbance: the largest share other programs took of the machine in any of those.
    """

    pace: float
    seconds: float
    nearly_final: float | None
    reckoned: bool
    accuracy: float | None
    best: float | None
    memory: float
    rounds: int
    disturbance: float
    note: str


def figures(outcomes: Iterable[Outcome], training_samples: int) -> Figures:
    """The figures of one contestant in one task.

    Raises:
        ValueError: there is no outcome.
    """
    own = list(outcomes)
    if not own:
        raise ValueError("no outcome")
    timed = [one for one in own if one.disturbance <= _CALM] or own
    whole = [one for one in own if one.trial.whole]
    epochs_needed = _median([_epochs_to_nearly_final(one) for one in whole])
    return Figures(
        pace=training_samples / statistics.median(map(epoch_seconds, timed)),
        seconds=statistics.median(map(seconds_to_end, timed)),
        nearly_final=None
        if epochs_needed is None
        else statistics.median(_seconds_to_epoch(one, round(epochs_needed)) for one in timed),
        reckoned=not all(one.trial.whole for one in timed),
        accuracy=_median([one.epochs[-1].accuracy for one in whole]),
        best=_median([max(epoch.accuracy for epoch in one.epochs) for one in whole]),
        memory=statistics.median(one.memory for one in timed),
        rounds=len(timed),
        disturbance=max(one.disturbance for one in timed),
        note=timed[-1].note,
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
    """The median epoch; the first is left out where there are others, since it also warms up."""
    ends = [outcome.ready, *(epoch.seconds for epoch in outcome.epochs)]
    first, *later = (after - before for before, after in itertools.pairwise(ends))
    return statistics.median(later or [first])


def seconds_to_end(outcome: Outcome) -> float:
    """Seconds of all epochs; those that were not done take as long as the median one."""
    missing = max(0, outcome.trial.task.epochs - len(outcome.epochs))
    return outcome.seconds + missing * epoch_seconds(outcome)


def _epochs_to_nearly_final(outcome: Outcome) -> int:
    """After how many epochs validation first reached 95 % of what it came to in the last."""
    wanted = _NEARLY_FINAL * outcome.epochs[-1].accuracy
    reached = (epoch.accuracy >= wanted for epoch in outcome.epochs)
    return 1 + next(place for place, enough in enumerate(reached) if enough)


def _seconds_to_epoch(outcome: Outcome, number: int) -> float:
    """Seconds to the end of an epoch, counted from 1; it may be one that was not done."""
    done = outcome.epochs[:number]
    return done[-1].seconds + (number - len(done)) * epoch_seconds(outcome)


def _median(values: Sequence[float]) -> float | None:
    return statistics.median(values) if values else None
