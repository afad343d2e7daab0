"""Varying training pictures at random, on whole batches, with torch alone.

What happens to a picture depends on (seed, epoch, its place among the samples): the same picture
in the same epoch is varied alike, whatever batch it is in.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from finetune_studio.engine.data.order import mixed
from finetune_studio.project.choices import Augmentation

_DRAWS = 12
_LUMA = (0.299, 0.587, 0.114)


@dataclass(frozen=True, slots=True)
class _Strength:
    """How far each variation goes.

    Attributes:
        shift: share of the side.
        smallest_view: side of the smallest crop, as a share of the picture's.
        turn: degrees.
        light, contrast, colour: largest relative change of brightness, contrast, saturation.
        erased: chance that a patch is erased.
    """

    shift: float
    smallest_view: float
    turn: float = 0.0
    light: float = 0.0
    contrast: float = 0.0
    colour: float = 0.0
    erased: float = 0.0


_STRENGTHS = {
    Augmentation.LIGHT: _Strength(shift=0.05, smallest_view=0.9),
    Augmentation.MEDIUM: _Strength(
        shift=0.08, smallest_view=0.7, turn=12.0, light=0.2, contrast=0.2, colour=0.1
    ),
    Augmentation.STRONG: _Strength(
        shift=0.1, smallest_view=0.5, turn=20.0, light=0.4, contrast=0.4, colour=0.5, erased=0.3
    ),
}


def augment(
    pixels: Tensor, how: Augmentation, *, seed: int, epoch: int, indices: Sequence[int]
) -> Tensor:
    """Vary a batch of pictures.

    Args:
        pixels: float between 0 and 1, [batch, 3, h, w].
        how: how much; off gives the batch back.
        seed: of the run.
        epoch: from 1.
        indices: the place of each picture among the samples.

    Returns:
        float between 0 and 1, of the same shape.
    """
    strength = _STRENGTHS.get(how)
    if strength is None:
        return pixels
    draws = _draws(seed, epoch, indices).to(pixels)  # [batch, draws]
    varied = _moved(pixels, strength, draws)
    if strength.light:
        varied = _lit(varied, strength, draws)
    if strength.erased:
        varied = _erased(varied, strength, draws)
    return varied.clamp_(0.0, 1.0)


def _draws(seed: int, epoch: int, indices: Sequence[int]) -> Tensor:
    """Uniform numbers between 0 and 1 for each picture, from a generator of its own."""
    generator = torch.Generator()
    rows = []
    for index in indices:
        generator.manual_seed(mixed(seed, epoch, index))
        rows.append(torch.rand(_DRAWS, generator=generator))
    return torch.stack(rows)


def _moved(pixels: Tensor, strength: _Strength, draws: Tensor) -> Tensor:
    """Mirror, crop, shift and turn in one resampling; the border is mirrored outwards."""
    mirror = torch.where(draws[:, 0] < 0.5, -1.0, 1.0)
    view = strength.smallest_view + (1 - strength.smallest_view) * draws[:, 1]
    angle = math.radians(strength.turn) * _signed(draws[:, 2])
    room = 1 - view + strength.shift
    cosine, sine = angle.cos() * view, angle.sin() * view
    first = torch.stack((mirror * cosine, -sine, room * _signed(draws[:, 3])), dim=1)
    second = torch.stack((mirror * sine, cosine, room * _signed(draws[:, 4])), dim=1)
    matrices = torch.stack((first, second), dim=1)  # [batch, 2, 3]
    grid = F.affine_grid(matrices, list(pixels.shape), align_corners=False)
    return F.grid_sample(pixels, grid, padding_mode="reflection", align_corners=False)


def _lit(pixels: Tensor, strength: _Strength, draws: Tensor) -> Tensor:
    """Saturation, then contrast, then brightness, folded into one weighted sum."""
    colour = _factor(draws[:, 5], strength.colour)
    contrast = _factor(draws[:, 6], strength.contrast)
    light = _factor(draws[:, 7], strength.light)
    red, green, blue = pixels.unbind(dim=1)
    grey = (_LUMA[0] * red).add_(green, alpha=_LUMA[1]).add_(blue, alpha=_LUMA[2])[:, None]
    middle = grey.mean(dim=(2, 3), keepdim=True)
    grey_part = grey.mul_(light * contrast * (1 - colour)).add_(light * (1 - contrast) * middle)
    return pixels.mul_(light * contrast * colour).add_(grey_part)


def _erased(pixels: Tensor, strength: _Strength, draws: Tensor) -> Tensor:
    """Put grey on a patch of 2 to 20 % of the picture (Zhong et al., Random Erasing, 2020)."""
    height, width = pixels.shape[-2:]
    side = (0.02 + 0.18 * draws[:, 9]).sqrt()
    top, left = draws[:, 10] * (1 - side), draws[:, 11] * (1 - side)
    down = torch.arange(height, device=pixels.device).add(0.5).div(height)
    across = torch.arange(width, device=pixels.device).add(0.5).div(width)
    in_rows = (down >= top[:, None]) & (down < (top + side)[:, None])  # [batch, h]
    in_columns = (across >= left[:, None]) & (across < (left + side)[:, None])  # [batch, w]
    chosen = (draws[:, 8] < strength.erased)[:, None, None]
    patch = in_rows[:, :, None] & in_columns[:, None, :] & chosen
    return pixels.masked_fill_(patch[:, None], 0.5)


def _signed(draws: Tensor) -> Tensor:
    return 2 * draws - 1


def _factor(draws: Tensor, most: float) -> Tensor:
    return (1 + most * _signed(draws)).view(-1, 1, 1, 1)
