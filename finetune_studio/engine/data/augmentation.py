"""Varying training pictures at random, on whole batches, with torch alone.

What happens to a picture depends on (seed, epoch, its place among the samples): the same picture
in the same epoch is varied alike, whatever batch it is in.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from finetune_studio.engine.data.augmentation_draws import Draws, numbers_for
from finetune_studio.engine.data.augmentation_geometry import moved
from finetune_studio.engine.data.augmentation_looks import blurred, erased, hued, lit
from finetune_studio.engine.data.augmentation_operations import drawn, operated
from finetune_studio.project.variation import Variation


def augment(
    pixels: Tensor,
    variation: Variation | None,
    *,
    seed: int,
    epoch: int,
    indices: Sequence[int],
) -> Tensor:
    """Vary a batch of pictures.

    Args:
        pixels: float between 0 and 1, [batch, 3, h, w]; may be written to.
        variation: how far; ``None`` gives the batch back.
        seed: of the run.
        epoch: from 1.
        indices: the place of each picture among the samples.

    Returns:
        float between 0 and 1, of the same shape.
    """
    if variation is None:
        return pixels
    return vary(pixels, variation, Draws.of(numbers_for(seed, epoch, indices).to(pixels)))


def vary(pixels: Tensor, variation: Variation, draws: Draws) -> Tensor:
    """Vary a batch of pictures by numbers already drawn; shapes as for `augment`.

    All that moves pixels comes first, in one resampling; then what changes how they look.
    """
    operations = drawn(variation.operations, draws.operations) if variation.operations else ()
    if variation.moves:
        pixels = moved(pixels, variation, draws, [one.matrices for one in operations])
    if variation.brightness or variation.contrast or variation.colour:
        pixels = lit(pixels, variation, draws)
    if variation.hue:
        pixels = hued(pixels, variation, draws)
    if variation.blur:
        pixels = blurred(pixels, variation, draws)
    for operation in operations:
        pixels = operated(pixels, operation)
    if variation.erasing:
        pixels = erased(pixels, variation, draws)
    return pixels.clamp_(0.0, 1.0)
