"""What computing the frozen layers once saves a run."""

from __future__ import annotations

import statistics
from collections.abc import Iterable

from finetune_studio.events.history import FrozenPass, RunHistory
from finetune_studio.project.value import Value


class Savings(Value):
    """What a run gains by not asking its frozen layers again every epoch.

    Attributes:
        epoch: seconds an epoch takes once all it needs is stored.
        plain_epoch: seconds it would take if nothing were.
        seconds: gained by all epochs so far, less what storing took; negative until that is
            made up for.
        size: bytes stored.
    """

    epoch: float
    plain_epoch: float
    seconds: float
    size: int


def savings(history: RunHistory) -> Savings | None:
    """What a run has gained so far; ``None`` before its first epoch, or when nothing is stored."""
    plan = history.frozen
    if plan is None or not plan.used or not history.epochs or not history.frozen_passes:
        return None
    spared = _spared_per_epoch(history.frozen_passes)
    epoch = _epoch_seconds(history)
    storing = sum(_computing(history.frozen_passes))
    return Savings(
        epoch=epoch,
        plain_epoch=epoch + spared,
        seconds=len(history.epochs) * spared - storing,
        size=plan.size,
    )


def _spared_per_epoch(passes: Iterable[FrozenPass]) -> float:
    """Seconds: each epoch would pass every sample once, in one of its views."""
    latest = {(one.computed.part, one.computed.view): one.computed.seconds for one in passes}
    parts: dict[str, list[float]] = {}
    for (part, _view), seconds in latest.items():
        parts.setdefault(part, []).append(seconds)
    return sum(statistics.fmean(seconds) for seconds in parts.values())


def _epoch_seconds(history: RunHistory) -> float:
    """Of a typical epoch in which nothing had to be computed, as far as that can be told."""
    storing: dict[int, float] = {}
    for one in history.frozen_passes:
        if not one.computed.reused:
            storing[one.epoch] = storing.get(one.epoch, 0.0) + one.computed.seconds
    free = [epoch.seconds for epoch in history.epochs if epoch.epoch not in storing]
    rest = (max(0.0, e.seconds - storing.get(e.epoch, 0.0)) for e in history.epochs)
    return statistics.median(free or rest)


def _computing(passes: Iterable[FrozenPass]) -> Iterable[float]:
    return (one.computed.seconds for one in passes if not one.computed.reused)
