"""What the numbers that leave a model mean: one of several labels, any of them, or a quantity.

One output stands for each label, or a single one for the number. Numbers are learned standardised:
less their mean over training, divided by their spread there. So a head that begins near zero
begins at the mean, and the learning rate means the same whatever the unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from finetune_studio.project.choices import Target
from finetune_studio.project.target import parts_of
from finetune_studio.project.value import Value

if TYPE_CHECKING:
    from torch import Tensor

EVEN = 0.5
"""The threshold of a label for which none was chosen."""

_Finite = Annotated[float, Field(allow_inf_nan=False)]


class Outputs(Value):
    """What a model's outputs mean.

    Attributes:
        thresholds: of several labels, the probability from which on each is given; empty before
            any were chosen.
        mean, spread: of the numbers of training, in their own unit; the spread is the standard
            deviation, 1 where all numbers are the same.
        unit: of numbers.
    """

    kind: Target = Target.LABEL
    thresholds: tuple[Annotated[float, Field(ge=0.0, le=1.0)], ...] = ()
    mean: _Finite = 0.0
    spread: Annotated[float, Field(gt=0.0, allow_inf_nan=False)] = 1.0
    unit: str = ""

    def targets(self, samples: Sequence[str], labels: Sequence[str]) -> Tensor:
        """What a model should answer for samples, from what they are.

        Args:
            samples: each as a `Sample` carries its label.
            labels: in the order of the outputs.

        Returns:
            places of the labels, int64 [samples]; or which labels they have, 0 or 1, float32
            [samples, labels]; or standardised numbers, float32 [samples].

        Raises:
            KeyError: a sample has a label that is not among them.
        """
        import torch

        places = {label: place for place, label in enumerate(labels)}
        if self.kind is Target.LABEL:
            return torch.tensor([places[label] for label in samples], dtype=torch.int64)
        if self.kind is Target.NUMBER:
            numbers = torch.tensor([float(label) for label in samples], dtype=torch.float64)
            return ((numbers - self.mean) / self.spread).float()
        rows = [
            (row, places[part]) for row, label in enumerate(samples) for part in parts_of(label)
        ]
        given = torch.zeros(len(samples), len(labels))
        if rows:
            given[tuple(torch.tensor(rows).T)] = 1.0
        return given

    def told(self, logits: Tensor) -> Tensor:
        """Probabilities, float32 [batch, labels]; or numbers in their own unit [batch, 1]."""
        if self.kind is Target.LABEL:
            return logits.softmax(-1)
        if self.kind is Target.LABELS:
            return logits.sigmoid()
        return logits * self.spread + self.mean

    def thresholds_of(self, count: int) -> tuple[float, ...]:
        """A threshold for each of so many labels."""
        return self.thresholds if len(self.thresholds) == count else (EVEN,) * count


ONE_OF_THEM = Outputs()
"""The outputs of a model that gives each sample one label."""


def standardised(numbers: Sequence[float], unit: str) -> Outputs:
    """The outputs of a model that learns from these numbers."""
    import torch

    values = torch.tensor(numbers, dtype=torch.float64)
    spread = float(values.std(correction=0)) if len(values) else 0.0
    mean = float(values.mean()) if len(values) else 0.0
    tiny = abs(mean) * 1e-12
    return Outputs(
        kind=Target.NUMBER, mean=mean, spread=spread if spread > tiny else 1.0, unit=unit
    )


def plain_losses(logits: Tensor, targets: Tensor) -> Tensor:
    """The loss of each answer where nothing is weighted: in nats, or the squared error [batch].

    Args:
        logits: [batch, outputs].
        targets: as `Outputs.targets` makes them; what they are says which loss is meant.
    """
    from torch.nn import functional

    if not targets.is_floating_point():
        return functional.cross_entropy(logits, targets, reduction="none")
    if targets.ndim == 1:
        return (logits[:, 0] - targets) ** 2
    losses = functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    return losses.mean(1)
