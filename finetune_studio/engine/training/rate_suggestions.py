"""Which learning rates a curve of losses over rising rates suggests. Plain numbers.

The kinds and their names are fastai's (Howard and Gugger, fastai: a layered API, 2020, and its
`lr_find`): valley, steepest and a tenth of the minimum.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

# fastai leaves out the first tenth, where smoothing has little to go by, and the last five, where
# the loss shoots up.
_FIRST_SHARE, _LAST = 10, 5
_FEWEST = 10
# A curve that falls by less has no slope worth following.
_LEAST_FALL = 0.02
_MINIMUM_OVER = 10.0


@dataclass(frozen=True)
class Suggestions:
    """Learning rates worth taking; ``None`` where the curve does not show any.

    Attributes:
        valley: halfway down the longest fall of the loss.
        steepest: where the loss falls fastest for each power of ten.
        minimum: a tenth of the rate at which the loss is lowest.
    """

    valley: float | None = None
    steepest: float | None = None
    minimum: float | None = None


class Smoothing:
    """The running mean of a loss, with the bias of its start taken out as in Adam."""

    def __init__(self, keep: float = 0.98) -> None:
        self._keep = keep
        self._mean = 0.0
        self._count = 0

    def after(self, loss: float) -> float:
        """The mean once another loss is known."""
        self._count += 1
        self._mean = self._keep * self._mean + (1.0 - self._keep) * loss
        return self._mean / (1.0 - self._keep**self._count)


def suggest(rates: Sequence[float], losses: Sequence[float]) -> Suggestions:
    """What a curve suggests.

    Args:
        rates: ascending, equally far apart as powers.
        losses: smoothed, at these rates.
    """
    first, last = len(rates) // _FIRST_SHARE, len(rates) - _LAST
    usable = [i for i in range(first, last) if math.isfinite(losses[i])]
    xs, ys = [rates[i] for i in usable], [losses[i] for i in usable]
    if len(xs) < _FEWEST or ys[0] - min(ys) < _LEAST_FALL * abs(ys[0]):
        return Suggestions()
    return Suggestions(
        valley=xs[_halfway_down(ys)],
        steepest=xs[_steepest(xs, ys)],
        minimum=xs[ys.index(min(ys))] / _MINIMUM_OVER,
    )


def _halfway_down(losses: Sequence[float]) -> int:
    """The middle of the longest series of ever lower losses, which may skip bumps.

    Found as the longest falling subsequence, by patience sorting (Fredman, 1975).
    """
    tails: list[int] = []  # of series by length: where the one that ends highest ends
    before: list[int] = []
    for index, loss in enumerate(losses):
        length = bisect_left([-losses[tail] for tail in tails], -loss)
        before.append(tails[length - 1] if length else -1)
        tails[length : length + 1] = [index]
    series = [tails[-1]]
    while before[series[-1]] >= 0:
        series.append(before[series[-1]])
    return (series[0] + series[-1]) // 2


def _steepest(rates: Sequence[float], losses: Sequence[float]) -> int:
    slopes = [
        (losses[i + 1] - losses[i]) / math.log10(rates[i + 1] / rates[i])
        for i in range(len(rates) - 1)
    ]
    return slopes.index(min(slopes))
