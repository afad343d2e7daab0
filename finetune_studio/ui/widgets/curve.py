"""One curve, kept whole: growing float64 arrays and their exponential smoothing."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
_FIRST_CAPACITY = 256


class Curve:
    """Points in the order they came; 288,000 of them take 7 MB and none is ever dropped.

    Smoothing is the exponential moving average with the bias of its start taken out, as in Adam
    (Kingma and Ba, 2015): ``m[t] = b m[t-1] + (1 - b) y[t]``, shown as ``m[t] / (1 - b^t)``.
    Values that are not numbers stay gaps and do not disturb the average.
    """

    def __init__(self) -> None:
        self._points = np.empty((3, _FIRST_CAPACITY), dtype=np.float64)  # [x y smooth, capacity]
        self._count = 0
        self._factor = 0.0
        self._mean = 0.0
        self._seen = 0

    def __len__(self) -> int:
        return self._count

    @property
    def x(self) -> Floats:
        """Where the points lie, ``[points]``."""
        return self._points[0, : self._count]

    @property
    def y(self) -> Floats:
        """The values as they came, ``[points]``."""
        return self._points[1, : self._count]

    @property
    def smooth(self) -> Floats:
        """The values after smoothing, ``[points]``."""
        return self._points[2, : self._count]

    def extend(self, xs: Iterable[float], ys: Iterable[float]) -> None:
        """Add points; ``xs`` ascend."""
        new_x, new_y = (np.asarray(list(values), dtype=np.float64) for values in (xs, ys))
        start, end = self._count, self._count + len(new_x)
        self._reserve(end)
        self._points[0, start:end] = new_x
        self._points[1, start:end] = new_y
        self._count = end
        self._smooth_from(start)

    def clear(self) -> None:
        """Forget all points; the smoothing stays as chosen."""
        self._count = 0
        self._smooth_from(0)

    def set_smoothing(self, factor: float) -> None:
        """Smooth by ``factor``: 0 for not at all, towards 1 for more."""
        if factor != self._factor:
            self._factor = factor
            self._smooth_from(0)

    def at(self, x: float) -> tuple[float, float] | None:
        """The point nearest to ``x`` as (x, smoothed value); ``None`` while there are none."""
        if not self._count:
            return None
        right = min(int(np.searchsorted(self.x, x)), self._count - 1)
        left = max(0, right - 1)
        nearest = left if abs(self.x[left] - x) < abs(self.x[right] - x) else right
        return float(self.x[nearest]), float(self.smooth[nearest])

    def _reserve(self, count: int) -> None:
        capacity = self._points.shape[1]
        if count <= capacity:
            return
        grown = np.empty((3, max(count, 2 * capacity)), dtype=np.float64)
        grown[:, : self._count] = self._points[:, : self._count]
        self._points = grown

    def _smooth_from(self, start: int) -> None:
        if start == 0:
            self._mean, self._seen = 0.0, 0
        values = self._points[1, start : self._count]
        if self._factor == 0.0:
            self._points[2, start : self._count] = values
        else:
            self._points[2, start : self._count] = [self._next(y) for y in values.tolist()]

    def _next(self, value: float) -> float:
        if not math.isfinite(value):
            return math.nan
        self._seen += 1
        self._mean = self._factor * self._mean + (1 - self._factor) * value
        return float(self._mean / (1 - self._factor**self._seen))
