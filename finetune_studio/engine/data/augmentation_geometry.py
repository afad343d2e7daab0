"""Where each pixel of a varied picture comes from: all geometry in one resampling.

Positions run from -1 to 1 over a square picture. A matrix takes a position in the varied picture
to one in the original; what lies outside of that is its mirrored border.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from finetune_studio.engine.data.augmentation_draws import Draws, signed
from finetune_studio.project.variation import Variation

_CORNERS = ((-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0))


def moved(
    pixels: Tensor, variation: Variation, draws: Draws, further: Sequence[Tensor] = ()
) -> Tensor:
    """Mirror, crop, shift, turn and tilt.

    Args:
        pixels: float, [batch, 3, h, w].
        variation: how far.
        draws: of each picture.
        further: what else is done to places, in its order; [batch, 3, 3] each.
    """
    shape = list(pixels.shape)
    matrices = _placed(variation, draws)  # [batch, 2, 3]
    if variation.perspective:
        tilted = _tilted(variation, draws)
        grid = _projected(_composed(matrices, (tilted, *further)), shape)
    else:
        matrices = _composed(matrices, further)[:, :2] if further else matrices
        grid = F.affine_grid(matrices, shape, align_corners=False)
    return F.grid_sample(pixels, grid, padding_mode="reflection", align_corners=False)


def _placed(variation: Variation, draws: Draws) -> Tensor:
    """Mirror, crop, shift and turn: [batch, 2, 3]."""
    mirror = torch.where(draws.flip < variation.flip, -1.0, 1.0)
    upside_down = torch.where(draws.flip_vertical < variation.flip_vertical, -1.0, 1.0)
    view = variation.smallest_view + (1 - variation.smallest_view) * draws.view
    angle = math.radians(variation.rotation) * signed(draws.rotation)
    room = 1 - view + variation.shift
    cosine, sine = angle.cos() * view, angle.sin() * view
    across, down = (room * signed(part) for part in draws.shift.unbind(dim=1))
    first = torch.stack((mirror * cosine, upside_down * -sine, across), dim=1)
    second = torch.stack((mirror * sine, upside_down * cosine, down), dim=1)
    return torch.stack((first, second), dim=1)


def _tilted(variation: Variation, draws: Draws) -> Tensor:
    """Corners move inward, each by itself, as in torchvision's RandomPerspective: [batch, 3, 3].

    The eight unknowns solve eight equations: two for each corner, which says where its new place
    comes from.
    """
    corners = torch.tensor(_CORNERS).to(draws.corners)  # [4, 2]
    places = corners * (1 - variation.perspective * draws.corners.unflatten(1, (4, 2)))
    whole = F.pad(places, (0, 1), value=1.0)  # [batch, 4, 3]
    nothing = torch.zeros_like(whole)
    across = torch.cat((whole, nothing, -corners[:, :1] * places), dim=2)
    down = torch.cat((nothing, whole, -corners[:, 1:] * places), dim=2)
    left = torch.stack((across, down), dim=2).flatten(1, 2)  # [batch, 8, 8]
    solved = torch.linalg.solve(left, corners.flatten().expand(len(left), 8))
    return F.pad(solved, (0, 1), value=1.0).unflatten(1, (3, 3))


def _composed(matrices: Tensor, further: Sequence[Tensor]) -> Tensor:
    """What is done last is asked first where a pixel comes from: [batch, 3, 3]."""
    last = torch.tensor([0.0, 0.0, 1.0]).to(matrices).expand(len(matrices), 1, 3)
    whole = torch.cat((matrices, last), dim=1)
    for step in further:
        whole = whole @ step
    return whole


def _projected(matrices: Tensor, shape: Sequence[int]) -> Tensor:
    """A grid for matrices that do not keep lines parallel: [batch, h, w, 2]."""
    height, width = shape[-2:]
    across = torch.arange(width).to(matrices).mul(2).add(1).div(width).sub(1)
    down = torch.arange(height).to(matrices).mul(2).add(1).div(height).sub(1)
    places = torch.stack(
        (
            across.expand(height, width),
            down[:, None].expand(height, width),
            torch.ones(height, width).to(matrices),
        ),
        dim=2,
    ).flatten(0, 1)  # [h * w, 3]
    sources = places @ matrices.transpose(1, 2)  # [batch, h * w, 3]
    return (sources[..., :2] / sources[..., 2:]).unflatten(1, (height, width))
