"""What computing the frozen layers once saves a run."""

from __future__ import annotations

import statistics
from collections.abc import Iterable

from finetune_studio.events.events import EpochFinished, FrozenPartPlanned
from finetune_studio.events.history import FrozenPass, RunHistory
from finetune_studio.project.value import Value


class Savings(Value):
    """What a run gains by not asking its frozen layers again every epoch.

    Where layers wake, times are those of the latest phase that stored anything.

    Attributes:
        epoch: seconds an epoch takes once all it needs is stored.
        plain_epoch: seconds it would take if nothing were.
        seconds: gained by all epochs so far, less what storing took; negative until that is
            made up for.
        size: bytes stored.
        first, last: the epochs the times are of; the last is 0 where that is the end of the run.
    """

    epoch: float
    plain_epoch: float
    seconds: float
    size: int
    first: int = 1
    last: int = 0


def savings(history: RunHistory) -> Savings | None:
    """What a run has gained so far; ``None`` before its first epoch, or when nothing is stored."""
    found = phase_savings(history)
    if not found:
        return None
    return found[-1].edited(seconds=sum(one.seconds for one in found))


def phase_savings(history: RunHistory) -> tuple[Savings, ...]:
    """What each phase has gained that stored anything and has an epoch behind it, in order."""
    plans = history.frozen_plans
    ends = (plan.first_epoch - 1 for plan in plans[1:])
    found = (_of_phase(history, plan, next(ends, 0)) for plan in plans)
    return tuple(one for one in found if one is not None)


def _of_phase(history: RunHistory, plan: FrozenPartPlanned, last: int) -> Savings | None:
    def inside(epoch: int) -> bool:
        return plan.first_epoch <= epoch and (not last or epoch <= last)

    epochs = [done for done in history.epochs if inside(done.epoch)]
    passes = [one for one in history.frozen_passes if inside(one.epoch)]
    if not plan.used or not epochs or not passes:
        return None
    spared = _spared_per_epoch(passes)
    epoch = _epoch_seconds(epochs, passes)
    return Savings(
        epoch=epoch,
        plain_epoch=epoch + spared,
        seconds=len(epochs) * spared - sum(_computing(passes)),
        size=plan.size,
        first=plan.first_epoch,
        last=last,
    )


def _spared_per_epoch(passes: Iterable[FrozenPass]) -> float:
    """Seconds: each epoch would pass every sample once, in one of its views."""
    latest = {(one.computed.part, one.computed.view): one.computed.seconds for one in passes}
    parts: dict[str, list[float]] = {}
    for (part, _view), seconds in latest.items():
        parts.setdefault(part, []).append(seconds)
    return sum(statistics.fmean(seconds) for seconds in parts.values())


def _epoch_seconds(epochs: Iterable[EpochFinished], passes: Iterable[FrozenPass]) -> float:
    """Of a typical epoch in which nothing had to be computed, as far as that can be told."""
    storing: dict[int, float] = {}
    for one in passes:
        if not one.computed.reused:
            storing[one.epoch] = storing.get(one.epoch, 0.0) + one.computed.seconds
    free = [done.seconds for done in epochs if done.epoch not in storing]
    rest = (max(0.0, done.seconds - storing.get(done.epoch, 0.0)) for done in epochs)
    return statistics.median(free or rest)


def _computing(passes: Iterable[FrozenPass]) -> Iterable[float]:
    return (one.computed.seconds for one in passes if not one.computed.reused)
