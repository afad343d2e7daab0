"""The random numbers that decide what happens to each picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from finetune_studio.engine.data.order import mixed

_OPERATIONS = 23
_MOST_OPERATIONS = 4
_DRAWS_EACH = 3
_DRAWS = _OPERATIONS + _MOST_OPERATIONS * _DRAWS_EACH


@dataclass(frozen=True, slots=True)
class Draws:
    """Uniform numbers between 0 and 1, each [batch] or [batch, n].

    Attributes:
        operations: which, how much and which way, of each that may come; [batch, 4, 3].
    """

    flip: Tensor
    view: Tensor
    rotation: Tensor
    shift: Tensor
    colour: Tensor
    contrast: Tensor
    brightness: Tensor
    erasing: Tensor
    patch: Tensor
    flip_vertical: Tensor
    hue: Tensor
    blur: Tensor
    corners: Tensor
    operations: Tensor

    @classmethod
    def of(cls, numbers: Tensor) -> Draws:
        """Give each number its use: [batch, draws].

        Every picture draws all of them. So a run that was begun when there were fewer variations
        goes on with the numbers it had: new ones only come after the old.
        """
        return cls(
            flip=numbers[:, 0],
            view=numbers[:, 1],
            rotation=numbers[:, 2],
            shift=numbers[:, 3:5],
            colour=numbers[:, 5],
            contrast=numbers[:, 6],
            brightness=numbers[:, 7],
            erasing=numbers[:, 8],
            patch=numbers[:, 9:12],
            flip_vertical=numbers[:, 12],
            hue=numbers[:, 13],
            blur=numbers[:, 14],
            corners=numbers[:, 15:_OPERATIONS],
            operations=numbers[:, _OPERATIONS:].unflatten(1, (_MOST_OPERATIONS, _DRAWS_EACH)),
        )


def numbers_for(seed: int, epoch: int, indices: Sequence[int]) -> Tensor:
    """Uniform numbers for each picture, from a generator of its own: float32 [batch, draws]."""
    generator = torch.Generator()
    rows = []
    for index in indices:
        generator.manual_seed(mixed(seed, epoch, index))
        rows.append(torch.rand(_DRAWS, generator=generator))
    return torch.stack(rows)


def signed(draws: Tensor) -> Tensor:
    """From between 0 and 1 to between -1 and 1."""
    return 2 * draws - 1
