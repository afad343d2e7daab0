"""Telling new samples apart among new labels, so that earlier ones are not unlearned.

Where all labels compete, each step on a new sample also teaches that it is none of the earlier
ones, and soon nothing ever is. So where the model names labels already and no earlier sample is in
the batches to speak for them, the loss of a new sample is over the labels of the new data alone;
what holds the earlier ones is distillation (whose paper gives each task outputs of its own, Li &
Hoiem 2016) or the pull of L2-SP. The model still answers among all labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from finetune_studio.engine.training.criterion import Criterion, LabelLoss


@dataclass(frozen=True, eq=False)
class AmongNewLabels(Criterion):
    """A loss over some of the labels: the others are neither right nor wrong.

    Attributes:
        loss: over those labels alone, in the order of ``columns``.
        columns: their places among all, int64 [some labels].
        places: of each label among ``columns``, int64 [labels]; 0 of the others.
    """

    loss: LabelLoss
    columns: Tensor
    places: Tensor

    def __call__(self, logits: Tensor, targets: Tensor) -> Tensor:
        """The loss of each sample, float32 [batch]."""
        return self.loss(logits[:, self.columns.to(logits.device)], self._wanted(targets))

    def mean(self, logits: Tensor, targets: Tensor) -> Tensor:
        """The mean loss of the samples, float32 []."""
        return self.loss.mean(logits[:, self.columns.to(logits.device)], self._wanted(targets))

    def right(self, logits: Tensor, targets: Tensor) -> Tensor:
        """How right each answer among all labels is, float32 [batch]."""
        return self.loss.right(logits, targets)

    def _wanted(self, targets: Tensor) -> Tensor:
        if targets.ndim == 1:
            return self.places.to(targets.device)[targets]
        return targets[:, self.columns.to(targets.device)]


def among_new_labels(loss: Criterion, labels: Sequence[str], new: Sequence[str]) -> AmongNewLabels:
    """A loss over the labels of the new data.

    Args:
        loss: over all labels; of samples with one label.
        labels: all, in the order of the logits.
        new: those of the new data.
    """
    assert isinstance(loss, LabelLoss)
    columns = torch.tensor([labels.index(label) for label in new])
    places = torch.zeros(len(labels), dtype=torch.int64)
    places[columns] = torch.arange(len(new))
    weights = None if loss.weights is None else loss.weights[columns.to(loss.weights.device)]
    return AmongNewLabels(replace(loss, weights=weights), columns, places)
