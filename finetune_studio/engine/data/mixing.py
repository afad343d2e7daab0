"""Mixing the pictures of a batch with one another, and what is then wanted of the model.

Both ways make the model answer for what lies between samples, which keeps it from learning them by
heart. What is mixed with what, and how, follows from seed, epoch and batch: a run that goes on
mixes as it would have.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from finetune_studio.engine.data.order import mixed
from finetune_studio.project.hyperparameters import Hyperparameters

_MIXING = 2  # sets these seeds apart from those of order and of steps


@dataclass(frozen=True)
class Mixing:
    """How pictures are mixed.

    Attributes:
        mixup: alpha of mixup (Zhang et al. 2018); 0 is off.
        cutmix: alpha of CutMix (Yun et al. 2019); 0 is off. With both on, each batch takes one.
        labels: how many there are.
        seed: of the run.
    """

    mixup: float
    cutmix: float
    labels: int
    seed: int

    def mix(self, pixels: Tensor, targets: Tensor, epoch: int, batch: int) -> tuple[Tensor, Tensor]:
        """Mix each picture of a batch with another of it.

        Args:
            pixels: float32 [batch, 3, height, width].
            targets: indices of labels, int64 [batch], or float32 [batch, ...].
            epoch: counted from 1.
            batch: of the epoch, counted from 0.

        Returns:
            mixed pixels, and what is wanted of them: of indices the share of each label, float32
            [batch, labels]; else mixed targets.
        """
        chance = random.Random(mixed(self.seed, epoch, batch, _MIXING))  # noqa: S311 - no secret
        others = torch.tensor(chance.sample(range(len(targets)), len(targets)))
        cuts = self.cutmix > 0 and (self.mixup == 0 or chance.random() < 0.5)
        alpha = self.cutmix if cuts else self.mixup
        share = chance.betavariate(alpha, alpha)  # that each picture keeps of itself
        if cuts:
            pixels, share = _pasted(pixels, others, share, chance)
        else:
            pixels = torch.lerp(pixels[others], pixels, share)
        wanted = self._shares(targets)
        return pixels, torch.lerp(wanted[others], wanted, share)

    def _shares(self, targets: Tensor) -> Tensor:
        if targets.is_floating_point():
            return targets  # several labels, or a number, mix as they are
        return functional.one_hot(targets, self.labels).float()


def mixing_for(training: Hyperparameters, labels: int) -> Mixing | None:
    """The mixing that some settings ask for, if any."""
    if not training.mixup and not training.cutmix:
        return None
    return Mixing(training.mixup, training.cutmix, labels, training.seed)


def _pasted(
    pixels: Tensor, others: Tensor, share: float, chance: random.Random
) -> tuple[Tensor, float]:
    """Pictures with the same rectangle of others in them, and the share that is left of them.

    The rectangle has the picture's proportions and lies around a point anywhere in the picture.
    What would lie outside is cut off, so the share left is larger than the one asked for.
    """
    height, width = pixels.shape[2:]
    side = (1 - share) ** 0.5
    top, bottom = _stretch(height, side, chance)
    left, right = _stretch(width, side, chance)
    pasted = pixels.clone()
    pasted[:, :, top:bottom, left:right] = pixels[others, :, top:bottom, left:right]
    return pasted, 1 - (bottom - top) * (right - left) / (height * width)


def _stretch(length: int, share: float, chance: random.Random) -> tuple[int, int]:
    middle, half = chance.randrange(length), int(length * share) // 2
    return max(0, middle - half), min(length, middle + half)
