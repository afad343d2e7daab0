"""The exponential moving average, over many values at once."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
_WORTH_BLOCKS = 256


def moving_average(values: Floats, factor: float, start: float) -> Floats:
    """``m[t] = factor m[t-1] + (1 - factor) values[t]``, from ``m[-1] = start``; ``[values]``.

    The recursion runs over all blocks of the values side by side, and what each block leaves to
    the next is added afterwards: a million values take milliseconds.
    """
    if len(values) < _WORTH_BLOCKS:
        return _one_by_one(values, factor, start)
    width = math.isqrt(len(values))
    blocks = len(values) // width
    means = (1 - factor) * values[: blocks * width].reshape(blocks, width).T  # [width, blocks]
    for place in range(1, width):
        means[place] += factor * means[place - 1]
    carried = np.empty(blocks)
    for block, last in enumerate(means[-1].tolist()):
        carried[block] = start
        start = last + start * factor**width
    means += np.outer(factor ** np.arange(1.0, width + 1), carried)
    rest = _one_by_one(values[blocks * width :], factor, start)
    return np.concatenate([means.T.reshape(-1), rest])


def _one_by_one(values: Floats, factor: float, mean: float) -> Floats:
    means = np.empty(len(values))
    for place, value in enumerate(values.tolist()):
        mean = factor * mean + (1 - factor) * value
        means[place] = mean
    return means
