"""Figures where a number is learned: how far off the answers are, in the numbers' own unit."""

from __future__ import annotations

from torch import Tensor

from finetune_studio.events.descriptions import Figures
from finetune_studio.project.choices import Target


def figures(targets: Tensor, predicted: Tensor, losses: Tensor, unit: str = "") -> Figures:
    """The headline numbers.

    Args:
        targets: the true numbers, float64 [samples], in their own unit.
        predicted: the answers.
        losses: squared errors of the standardised numbers, float64 [samples].
        unit: of the numbers.

    Raises:
        ValueError: there are no samples.
    """
    if not len(targets):
        raise ValueError("figures need at least one sample")
    errors = (predicted - targets).double()
    squares, spread = float((errors**2).sum()), float(((targets - targets.mean()) ** 2).sum())
    return Figures(
        target=Target.NUMBER,
        loss=float(losses.mean()),
        accuracy=0.0,
        macro_f1=0.0,
        weighted_f1=0.0,
        mae=float(errors.abs().mean()),
        rmse=(squares / len(errors)) ** 0.5,
        r2=1 - squares / spread if spread else 0.0,
        unit=unit,
    )
