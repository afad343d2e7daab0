"""How far figures can be trusted: standard errors, and the trend of a few epochs with its error."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from finetune_studio.events.events import EpochFinished

if TYPE_CHECKING:
    from finetune_studio.events.history import RunHistory

# Losses of single samples scatter more than their mean is large; of the recorded runs, this much.
_SCATTER_OF_LOSSES = 1.5
Z_95 = 1.96
# Two-sided 95 % quantiles of Student's t with 1, 2, ... degrees of freedom.
_STUDENT = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31)


def share_error(share: float, samples: int) -> float:
    """The standard error of a share of right answers, ``sqrt(p (1 - p) / n)``.

    Two successes and two failures are added first (Agresti and Coull 1998), or a share of 0 or 1
    would seem to be known exactly.
    """
    if samples <= 0:
        return math.inf
    total = samples + 4
    p = (share * samples + 2) / total
    return math.sqrt(p * (1 - p) / total)


def loss_error(history: RunHistory, epoch: EpochFinished) -> float:
    """The standard error of an epoch's validation loss; older recordings do not tell it."""
    if epoch.val_loss_error > 0:
        return epoch.val_loss_error
    return _SCATTER_OF_LOSSES * epoch.val_loss / math.sqrt(max(1, history.samples[1]))


def samples_needed(share: float, half_width: float) -> int:
    """How many samples pin a share down to ± ``half_width`` (95 % interval)."""
    p = min(0.95, max(0.05, share))
    return math.ceil(p * (1 - p) * (Z_95 / half_width) ** 2)


def guessing_loss(counts: Sequence[int], labels: int) -> float:
    """The loss of a model that only knows how frequent each label is, in nats."""
    total = sum(counts)
    if not total:
        return math.log(max(2, labels))
    return -sum(n / total * math.log(n / total) for n in counts if n)


def most_frequent(counts: Sequence[int], labels: int) -> float:
    """The share of right answers of always giving the most frequent label."""
    total = sum(counts)
    return max(counts) / total if total else 1 / max(1, labels)


@dataclass(frozen=True)
class Trend:
    """A straight line through the values of consecutive epochs (least squares).

    Attributes:
        change: from the first to the last of them, along the line.
        half: half the width of the 95 % interval of that change.
    """

    change: float
    half: float


def trend(values: Sequence[float]) -> Trend:
    """The trend of three or more values; few values have wide intervals (Student's t)."""
    count = len(values)
    middle, mean = (count - 1) / 2, sum(values) / count
    spread = sum((i - middle) ** 2 for i in range(count))
    slope = sum((i - middle) * (value - mean) for i, value in enumerate(values)) / spread
    rest = sum((v - mean - slope * (i - middle)) ** 2 for i, v in enumerate(values))
    error = math.sqrt(rest / (count - 2) / spread)
    quantile = _STUDENT[min(count - 2, len(_STUDENT)) - 1]
    return Trend(slope * (count - 1), quantile * error * (count - 1))
