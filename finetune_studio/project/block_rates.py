"""How the learning rate differs between the blocks of a model.

The head starts from random numbers and the blocks below it do not, and the lower a block the more
general is what it knows. So each may take smaller steps than the one above it (discriminative
fine-tuning: Howard and Ruder, ULMFiT, 2018, section 3.2, who divide by 2.6 from layer to layer).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from finetune_studio.project.settings.optimizing import OptimizerSettings

HEAD, BACKBONE = "head", "backbone"


@dataclass(frozen=True)
class RatePart:
    """Blocks in a row that learn at the same rate.

    Attributes:
        name: "head", "backbone" where all other blocks are one part, else the block's own.
        factor: what the learning rate is multiplied with.
        blocks: their places from input to head.
    """

    name: str
    factor: float
    blocks: range


def block_factors(count: int, settings: OptimizerSettings) -> tuple[float, ...]:
    """What the learning rate of each block is multiplied with, from input to head.

    The block right below the head has the learning rate itself.
    """
    below = [settings.rate_decay ** -float(depth) for depth in range(count - 1)]
    return (*reversed(below), settings.head_rate)


def block_rates(count: int, settings: OptimizerSettings) -> tuple[float, ...]:
    """The learning rate of each block at the height of the schedule, from input to head."""
    return tuple(settings.learning_rate * factor for factor in block_factors(count, settings))


def rate_parts(names: Sequence[str], settings: OptimizerSettings) -> tuple[RatePart, ...]:
    """The parts whose rates may differ, from input to head; the head is always one by itself.

    Args:
        names: of the blocks from input to head.
        settings: of the optimizer.
    """
    factors = block_factors(len(names), settings)
    head = RatePart(HEAD, factors[-1], range(len(names) - 1, len(names)))
    below = len(names) - 1
    if settings.rate_decay == 1.0:
        return (*([RatePart(BACKBONE, 1.0, range(below))] if below else []), head)
    parts = (RatePart(names[i], factors[i], range(i, i + 1)) for i in range(below))
    return (*parts, head)
