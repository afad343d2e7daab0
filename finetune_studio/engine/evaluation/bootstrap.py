"""How sure a figure is: its interval when the same number of samples is drawn again and again.

The percentile bootstrap (Efron 1979; Efron and Tibshirani 1993, chapter 13), seeded, so that the
same answers always have the same interval.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

_DRAWS = 1000
_SEED = 7
_INSIDE = 0.95
# Draws of many samples differ little from one another, and take long.
_MOST_ANSWERS = 2_000_000

Figure = Callable[[Tensor], Mapping[str, float]]
"""Figures by name, from the places of some samples, int64 [samples]; they may repeat."""


def intervals(samples: int, figure: Figure) -> dict[str, tuple[float, float]]:
    """The 95 % interval of each figure.

    Args:
        samples: how many there are.
        figure: works the figures out.
    """
    generator = torch.Generator().manual_seed(_SEED)
    draws = max(100, min(_DRAWS, _MOST_ANSWERS // max(1, samples)))
    found = [figure(torch.randint(samples, (samples,), generator=generator)) for _ in range(draws)]
    tail = (1 - _INSIDE) / 2
    ends = torch.tensor([tail, 1 - tail], dtype=torch.float64)
    return {name: _ends([one[name] for one in found], ends) for name in found[0]}


def _ends(values: list[float], ends: Tensor) -> tuple[float, float]:
    low, high = torch.quantile(torch.tensor(values, dtype=torch.float64), ends).tolist()
    return low, high
