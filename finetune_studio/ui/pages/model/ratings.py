"""How large, fast and accurate a model is beside the others: shares for bars, and their words."""

from __future__ import annotations

import math

from finetune_studio.project import wording
from finetune_studio.project.catalog_entry import CatalogEntry

# The ends of the bars; between them a bar grows with the logarithm.
_BYTES = (5e6, 1.2e9)
_GMACS = (0.05, 20.0)
_ACCURACIES = (50.0, 95.0)
_SHORTEST = 0.04

_VERY_FAST, FAST, MEDIUM = 0.3, 2.0, 6.0
"""Billions of multiply-adds a sample below which a model counts as very fast, fast, medium."""


def size_share(entry: CatalogEntry) -> float:
    """Length of the size bar, 0 to 1; a long bar is a large download."""
    return _logarithmic(entry.download_bytes, _BYTES)


def speed_share(entry: CatalogEntry) -> float:
    """Length of the speed bar, 0 to 1; a long bar is a fast model."""
    return max(_SHORTEST, 1 - _logarithmic(entry.gmacs, _GMACS)) if entry.gmacs else 0.0


def accuracy_share(entry: CatalogEntry) -> float:
    """Length of the accuracy bar, 0 to 1."""
    if entry.accuracy is None:
        return 0.0
    low, high = _ACCURACIES
    return min(1.0, max(_SHORTEST, (entry.accuracy - low) / (high - low)))


def size_words(entry: CatalogEntry) -> str:
    """The download's size, or a dash."""
    return wording.size(entry.download_bytes) if entry.download_bytes else wording.NO_VALUE


def speed_words(gmacs: float) -> str:
    """A speed anybody can read, from billions of multiply-adds a sample."""
    if not gmacs:
        return wording.NO_VALUE
    if gmacs < _VERY_FAST:
        return "very fast"
    if gmacs < FAST:
        return "fast"
    return "medium" if gmacs < MEDIUM else "slow"


def accuracy_words(accuracy: float | None) -> str:
    """A published accuracy, given in percent."""
    return wording.NO_VALUE if accuracy is None else wording.share(accuracy / 100)


def _logarithmic(value: float, ends: tuple[float, float]) -> float:
    if value <= 0:
        return 0.0
    low, high = (math.log(end) for end in ends)
    return min(1.0, max(_SHORTEST, (math.log(value) - low) / (high - low)))
