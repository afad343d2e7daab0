"""Operations drawn from a list for each picture.

TrivialAugment (Müller & Hutter 2021) draws one and how large it is; RandAugment (Cubuk et al.
2020) draws a few of one given size. The list and the ranges are theirs, as in torchvision. Unlike
there, all that moves pixels is part of the one resampling, which comes before the rest; pictures
are sheared about their middle, and what lies outside is the mirrored border instead of black.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F
from torchvision.transforms.v2 import functional as kernels

from finetune_studio.engine.data.augmentation_looks import LUMA
from finetune_studio.project.variation import RandomOperations

_LEVELS = 255
_SMOOTH = ((1.0, 1.0, 1.0), (1.0, 5.0, 1.0), (1.0, 1.0, 1.0))
_SIGN = 0.5


@dataclass(frozen=True, slots=True)
class Operation:
    """One of the list.

    Attributes:
        widest: where TrivialAugment's range ends; radians, or shares of the side or the change.
        narrow: where RandAugment's ends.
        goes_both_ways: whether a draw decides about its sign.
        moves: writes into matrices [n, 3, 3] that start as identity, by levels [n].
        changes: makes new pixels [n, 3, h, w] of old ones, by levels [n].
    """

    widest: float = 0.0
    narrow: float = 0.0
    goes_both_ways: bool = True
    moves: Callable[[Tensor, Tensor], None] | None = None
    changes: Callable[[Tensor, Tensor], Tensor] | None = None


@dataclass(frozen=True, slots=True)
class Drawn:
    """One operation for each picture of a batch.

    Attributes:
        which: places in `OPERATIONS`, int64 [batch].
        levels: in the operation's own unit, float [batch].
        matrices: what is done to places, [batch, 3, 3].
    """

    which: Tensor
    levels: Tensor
    matrices: Tensor


def drawn(operations: RandomOperations, draws: Tensor) -> tuple[Drawn, ...]:
    """Choose operations by uniform numbers: [batch, at least ``count``, 3]."""
    return tuple(_one_drawn(operations, draws[:, place]) for place in range(operations.count))


def operated(pixels: Tensor, operation: Drawn) -> Tensor:
    """Change how pictures look, each by its operation; those that move them have done so."""
    for place, known in enumerate(OPERATIONS.values()):
        if known.changes is None:
            continue
        chosen = (operation.which == place).nonzero()[:, 0]
        if len(chosen):
            pixels[chosen] = known.changes(pixels[chosen], operation.levels[chosen])
    return pixels


def _one_drawn(operations: RandomOperations, draws: Tensor) -> Drawn:
    which, size, way = draws.unbind(dim=1)
    which = (which * len(OPERATIONS)).long()
    shares = (
        size * operations.strength
        if operations.magnitude is None
        else torch.full_like(size, operations.magnitude * operations.strength)
    ).clamp_max(1.0)
    ranges = [one.widest if operations.wide else one.narrow for one in OPERATIONS.values()]
    both_ways = torch.tensor([one.goes_both_ways for one in OPERATIONS.values()])[which.cpu()]
    signs = torch.where((way < _SIGN) & both_ways.to(way.device), -1.0, 1.0)
    levels = torch.tensor(ranges).to(shares)[which] * shares * signs
    # What has no size is done or not: at half the strength, half as often.
    dropped = (size >= operations.strength) & ~torch.tensor(ranges).to(shares)[which].bool()
    which = torch.where(dropped, 0, which)
    matrices = torch.eye(3).to(shares).repeat(len(which), 1, 1)
    for place, known in enumerate(OPERATIONS.values()):
        chosen = which == place
        if known.moves is not None and chosen.any():
            own = matrices[chosen]
            known.moves(own, levels[chosen])
            matrices[chosen] = own
    return Drawn(which, levels, matrices)


def _shear_across(matrices: Tensor, levels: Tensor) -> None:
    matrices[:, 0, 1] = levels


def _shear_down(matrices: Tensor, levels: Tensor) -> None:
    matrices[:, 1, 0] = levels


def _shift_across(matrices: Tensor, levels: Tensor) -> None:
    matrices[:, 0, 2] = -2 * levels


def _shift_down(matrices: Tensor, levels: Tensor) -> None:
    matrices[:, 1, 2] = -2 * levels


def _turn(matrices: Tensor, levels: Tensor) -> None:
    matrices[:, 0, 0] = matrices[:, 1, 1] = levels.cos()
    matrices[:, 0, 1], matrices[:, 1, 0] = -levels.sin(), levels.sin()


def _brightness(pixels: Tensor, levels: Tensor) -> Tensor:
    return _between(torch.zeros_like(pixels), pixels, levels)


def _colour(pixels: Tensor, levels: Tensor) -> Tensor:
    return _between(_grey(pixels), pixels, levels)


def _contrast(pixels: Tensor, levels: Tensor) -> Tensor:
    return _between(_grey(pixels).mean(dim=(2, 3), keepdim=True), pixels, levels)


def _sharpness(pixels: Tensor, levels: Tensor) -> Tensor:
    kernel = torch.tensor(_SMOOTH).to(pixels)
    smooth = pixels.clone()
    weight = (kernel / kernel.sum()).expand(3, 1, 3, 3)
    smooth[..., 1:-1, 1:-1] = F.conv2d(pixels, weight, groups=3)
    return _between(smooth, pixels, levels)


def _posterize(pixels: Tensor, levels: Tensor) -> Tensor:
    """Keep as many of the eight bits as the level leaves."""
    step = 2.0 ** levels.round().view(-1, 1, 1, 1)
    return pixels.mul(_LEVELS).round_().div_(step).floor_().mul_(step).div_(_LEVELS)


def _solarize(pixels: Tensor, levels: Tensor) -> Tensor:
    """Turn what is brighter than one minus the level into its negative."""
    return torch.where(pixels > 1 - levels.view(-1, 1, 1, 1), 1 - pixels, pixels)


def _autocontrast(pixels: Tensor, levels: Tensor) -> Tensor:  # noqa: ARG001 - has no size
    low = pixels.amin(dim=(2, 3), keepdim=True)
    spread = pixels.amax(dim=(2, 3), keepdim=True) - low
    return torch.where(spread > 0, (pixels - low) / spread, pixels)


def _equalize(pixels: Tensor, levels: Tensor) -> Tensor:  # noqa: ARG001 - has no size
    bytes_of = pixels.mul(_LEVELS).round_().clamp_(0, _LEVELS).to(torch.uint8)
    return kernels.equalize(bytes_of).to(pixels).div_(_LEVELS)


def _between(less: Tensor, pixels: Tensor, levels: Tensor) -> Tensor:
    """On the line from less to the pixels, and as far beyond them as the level is above 0."""
    return less.lerp(pixels, 1 + levels.view(-1, 1, 1, 1)).clamp_(0.0, 1.0)


def _grey(pixels: Tensor) -> Tensor:
    return (pixels * torch.tensor(LUMA).to(pixels).view(1, 3, 1, 1)).sum(dim=1, keepdim=True)


# Ranges as in torchvision; TrivialAugment shifts by 32 pixels of its usual 224.
OPERATIONS: dict[str, Operation] = {
    "identity": Operation(goes_both_ways=False),
    "shear across": Operation(0.99, 0.3, moves=_shear_across),
    "shear down": Operation(0.99, 0.3, moves=_shear_down),
    "shift across": Operation(32 / 224, 150 / 331, moves=_shift_across),
    "shift down": Operation(32 / 224, 150 / 331, moves=_shift_down),
    "turn": Operation(2.35619449, 0.52359878, moves=_turn),  # 135 and 30 degrees
    "brightness": Operation(0.99, 0.9, changes=_brightness),
    "colour": Operation(0.99, 0.9, changes=_colour),
    "contrast": Operation(0.99, 0.9, changes=_contrast),
    "sharpness": Operation(0.99, 0.9, changes=_sharpness),
    "posterize": Operation(6.0, 4.0, goes_both_ways=False, changes=_posterize),
    "solarize": Operation(1.0, 1.0, goes_both_ways=False, changes=_solarize),
    "autocontrast": Operation(goes_both_ways=False, changes=_autocontrast),
    "equalize": Operation(goes_both_ways=False, changes=_equalize),
}
