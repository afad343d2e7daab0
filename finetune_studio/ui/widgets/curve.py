"""One curve, kept whole: growing arrays and their exponential smoothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar, cast

import numpy as np
import numpy.typing as npt

from finetune_studio.ui.widgets.smoothing import Floats, moving_average

Drawn = npt.NDArray[np.float64] | npt.NDArray[np.float32]
Array = TypeVar("Array", bound=npt.NDArray[np.floating])
_FIRST_CAPACITY = 256


@dataclass(frozen=True)
class Extent:
    """How far the finite values of a curve reach, and whether there are others.

    Attributes:
        lowest_positive: infinity while no value is positive.
    """

    low: float = np.inf
    high: float = -np.inf
    lowest_positive: float = np.inf
    has_gaps: bool = False

    def with_values(self, values: Drawn) -> Extent:
        """The extent once these values are there too."""
        finite = values[np.isfinite(values)]
        has_gaps = self.has_gaps or len(finite) < len(values)
        if not len(finite):
            return Extent(self.low, self.high, self.lowest_positive, has_gaps)
        positive = finite[finite > 0]
        lowest = float(positive.min()) if len(positive) else np.inf
        return Extent(
            min(self.low, float(finite.min())),
            max(self.high, float(finite.max())),
            min(self.lowest_positive, lowest),
            has_gaps,
        )


class Curve:
    """Points in the order they came; none is ever dropped. One takes 16 bytes, smoothed 20.

    Smoothing is the exponential moving average with the bias of its start taken out, as in Adam
    (Kingma and Ba, 2015): ``m[t] = b m[t-1] + (1 - b) y[t]``, shown as ``m[t] / (1 - b^t)``.
    Values that are not numbers stay gaps and do not disturb the average.
    """

    def __init__(self) -> None:
        self._points: Floats = np.empty((2, _FIRST_CAPACITY))  # [x y, capacity]
        self._smoothed: npt.NDArray[np.float32] = np.empty(0, dtype=np.float32)
        self._count = 0
        self._factor = 0.0
        self._mean = 0.0
        self._seen = 0
        self._extent, self._measured = Extent(), 0

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
    def smooth(self) -> Drawn:
        """The values after smoothing, ``[points]``."""
        return self._smoothed[: self._count] if self._factor else self.y

    @property
    def extent(self) -> Extent:
        """How far the smoothed values reach."""
        if self._measured < self._count:
            self._extent = self._extent.with_values(self.smooth[self._measured :])
            self._measured = self._count
        return self._extent

    def extend(self, xs: Iterable[float], ys: Iterable[float]) -> None:
        """Add points; ``xs`` ascend."""
        new_x, new_y = _floats(xs), _floats(ys)
        start, end = self._count, self._count + len(new_x)
        self._points = _grown(self._points, end)
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

    def _smooth_from(self, start: int) -> None:
        if start == 0:
            self._mean, self._seen = 0.0, 0
            self._extent, self._measured = Extent(), 0
        if self._factor:
            self._smoothed = _grown(self._smoothed, self._points.shape[1])
            self._smoothed[start : self._count] = self._averaged(self.y[start:])

    def _averaged(self, values: Floats) -> Floats:
        finite = np.isfinite(values)
        means = moving_average(values[finite], self._factor, self._mean)
        if len(means):
            self._mean = float(means[-1])
        seen = self._seen + np.arange(1.0, len(means) + 1)
        self._seen += len(means)
        result = np.full(len(values), np.nan)
        result[finite] = means / (1 - self._factor**seen)
        return result


def _floats(values: Iterable[float]) -> Floats:
    ready = values if hasattr(values, "__len__") else list(values)
    return np.asarray(ready, dtype=np.float64)


def _grown(array: Array, count: int) -> Array:
    """The array with room for ``count`` values in its last dimension."""
    capacity = array.shape[-1]
    if count <= capacity:
        return array
    grown = np.empty((*array.shape[:-1], max(count, 2 * capacity)), dtype=array.dtype)
    grown[..., :capacity] = array
    return cast("Array", grown)
