"""How the pixels of a varied picture look: light, colour, sharpness, a patch that is gone."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from finetune_studio.engine.data.augmentation_draws import Draws, signed
from finetune_studio.project.variation import Variation

LUMA = (0.299, 0.587, 0.114)
_ERASED_SHARE = (0.02, 0.2)
_GREY = 0.5
_DEVIATIONS_IN_KERNEL = 3
_SHARPEST = 1e-3
# To brightness and two axes of colour, as American television had it: turning the two axes keeps
# brightness and costs one product of small matrices, where a way through HSV takes a dozen passes.
_TO_YIQ = ((0.299, 0.587, 0.114), (0.5959, -0.2746, -0.3213), (0.2115, -0.5227, 0.3112))


def lit(pixels: Tensor, variation: Variation, draws: Draws) -> Tensor:
    """Saturation, then contrast, then brightness, folded into one weighted sum."""
    colour = _factor(draws.colour, variation.colour)
    contrast = _factor(draws.contrast, variation.contrast)
    light = _factor(draws.brightness, variation.brightness)
    red, green, blue = pixels.unbind(dim=1)
    grey = (LUMA[0] * red).add_(green, alpha=LUMA[1]).add_(blue, alpha=LUMA[2])[:, None]
    middle = grey.mean(dim=(2, 3), keepdim=True)
    grey_part = grey.mul_(light * contrast * (1 - colour)).add_(light * (1 - contrast) * middle)
    return pixels.mul_(light * contrast * colour).add_(grey_part)


def hued(pixels: Tensor, variation: Variation, draws: Draws) -> Tensor:
    """Turn colours around the circle; brightness and greys stay."""
    angle = 2 * math.pi * variation.hue * signed(draws.hue)
    to_yiq = torch.tensor(_TO_YIQ).to(pixels)
    turn = torch.eye(3).to(pixels).repeat(len(pixels), 1, 1)
    turn[:, 1, 1] = turn[:, 2, 2] = angle.cos()
    turn[:, 1, 2], turn[:, 2, 1] = angle.sin(), -angle.sin()
    mixing = torch.linalg.inv(to_yiq) @ turn @ to_yiq  # [batch, 3, 3]
    return torch.bmm(mixing, pixels.flatten(2)).view_as(pixels)


def blurred(pixels: Tensor, variation: Variation, draws: Draws) -> Tensor:
    """A Gaussian, one row and one column at a time; half of the pictures stay as they are."""
    chosen = (draws.blur > 0.5).nonzero()[:, 0]
    if not len(chosen):
        return pixels
    deviations = variation.blur * signed(draws.blur[chosen])
    # As wide as the strongest may need, so that a picture's blur is that of any other batch.
    reach = min(math.ceil(_DEVIATIONS_IN_KERNEL * variation.blur), min(pixels.shape[-2:]) - 1)
    offsets = torch.arange(-reach, reach + 1).to(pixels)
    weights = torch.exp(-0.5 * (offsets / deviations.clamp_min(_SHARPEST)[:, None]) ** 2)
    kernels = (weights / weights.sum(dim=1, keepdim=True)).repeat_interleave(3, dim=0)
    rows = pixels[chosen].flatten(0, 1)[None]  # [1, chosen * 3, h, w]
    padded = F.pad(rows, (reach, reach, reach, reach), mode="reflect")
    across = F.conv2d(padded, kernels[:, None, None, :], groups=len(kernels))
    both = F.conv2d(across, kernels[:, None, :, None], groups=len(kernels))
    return pixels.index_copy(0, chosen, both[0].unflatten(0, (len(chosen), 3)))


def erased(pixels: Tensor, variation: Variation, draws: Draws) -> Tensor:
    """Put grey on a patch of 2 to 20 % of the picture (Zhong et al., Random Erasing, 2020)."""
    height, width = pixels.shape[-2:]
    least, most = _ERASED_SHARE
    size, from_top, from_left = draws.patch.unbind(dim=1)
    side = (least + (most - least) * size).sqrt()
    top, left = from_top * (1 - side), from_left * (1 - side)
    down = torch.arange(height, device=pixels.device).add(0.5).div(height)
    across = torch.arange(width, device=pixels.device).add(0.5).div(width)
    in_rows = (down >= top[:, None]) & (down < (top + side)[:, None])  # [batch, h]
    in_columns = (across >= left[:, None]) & (across < (left + side)[:, None])  # [batch, w]
    chosen = (draws.erasing < variation.erasing)[:, None, None]
    patch = in_rows[:, :, None] & in_columns[:, None, :] & chosen
    return pixels.masked_fill_(patch[:, None], _GREY)


def _factor(draws: Tensor, most: float) -> Tensor:
    return (1 + most * signed(draws)).view(-1, 1, 1, 1)
