"""A buffer of earlier samples: a few of many, each as likely to be kept as any other."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import TypeVar

from finetune_studio.engine.data.order import mixed

_RESERVOIR = 4  # sets this seed apart from those of order, steps, mixing and replay

T = TypeVar("T")


def reservoir(stream: Iterable[T], size: int, seed: int) -> tuple[T, ...]:
    """Draw some of a stream of unknown length (Vitter 1985, algorithm R).

    The first fill the buffer; the n-th after them comes in with probability ``size / n`` and takes
    the place of one drawn by chance. So at any time each one seen is kept with that probability.

    Args:
        stream: gone through once.
        size: at most so many are kept.
        seed: of the draws.
    """
    chance = random.Random(mixed(seed, _RESERVOIR))  # noqa: S311 - no secret
    kept: list[T] = []
    for number, one in enumerate(stream):
        if number < size:
            kept.append(one)
        elif (place := chance.randrange(number + 1)) < size:
            kept[place] = one
    return tuple(kept)
