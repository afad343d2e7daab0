"""What an answer costs: the loss of each sample, and whether its answer was right.

The loss of a step is the mean over its samples, whatever they weigh: the weights of labels are
scaled so that the samples of training weigh 1 on average, and are not divided by their sum in a
batch, as PyTorch's own mean does. So a step's gradient does not depend on how its samples are
divided into batches and micro-batches, a batch of rare labels moves the weights more than one of
frequent labels, and the learning rate keeps its meaning.

Validation does not ask here: its loss stays plain cross-entropy, so that runs compare.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional

from finetune_studio.project.choices import Balancing
from finetune_studio.project.hyperparameters import Hyperparameters

# Below this a sample is certain. The slope of a power below 1 is infinite at 0.
_SURE = 1e-7


class Criterion(Protocol):
    """The loss of samples, whatever kind of answer they want."""

    def __call__(self, logits: Tensor, targets: Tensor) -> Tensor:
        """The loss of each sample, float32 [batch]."""

    def right(self, logits: Tensor, targets: Tensor) -> Tensor:
        """How right each answer is, from 0 to 1, float32 [batch]."""

    def mean(self, logits: Tensor, targets: Tensor) -> Tensor:
        """The mean loss of the samples, float32 []."""
        return self(logits, targets).mean()


@dataclass(frozen=True, eq=False)
class LabelLoss(Criterion):
    """The loss where a sample has one label: cross-entropy, and what is made of it.

    With p the answered and q the wanted share of a label c, a sample costs
    ``-sum_c weights[c] * q[c] * (1 - p[c])**focal * log p[c]``. Wanted is the whole of one label,
    or of a mixed picture some of two; smoothing spreads a part of it evenly. Without focal this is
    PyTorch's cross-entropy; without smoothing it is the focal loss of Lin et al. 2017, whose alpha
    the weights are.

    Targets are indices of labels, int64 [batch], or shares of them, float32 [batch, labels].

    Attributes:
        weights: of the labels, float32 [labels]; ``None`` weighs all the same.
        smoothing: the part that is spread over all labels.
        focal: gamma, how fast the cost of a sample fades as the model becomes sure of it.
    """

    weights: Tensor | None = None
    smoothing: float = 0.0
    focal: float = 0.0

    def __call__(self, logits: Tensor, targets: Tensor) -> Tensor:
        """The loss of each sample, float32 [batch], in nats where nothing is weighted."""
        if self.focal:
            return self._focal(logits, targets)
        return functional.cross_entropy(
            logits, targets, self.weights, reduction="none", label_smoothing=self.smoothing
        )

    def mean(self, logits: Tensor, targets: Tensor) -> Tensor:
        """The mean loss; of plain cross-entropy PyTorch's own, to the last bit."""
        if self.focal or self.weights is not None:
            return super().mean(logits, targets)
        return functional.cross_entropy(logits, targets, label_smoothing=self.smoothing)

    def right(self, logits: Tensor, targets: Tensor) -> Tensor:
        """1 for the wanted label; of a mixed picture, the share that the named label has in it."""
        named = logits.argmax(1)
        if targets.ndim == 1:
            return (named == targets).float()
        return targets.gather(1, named[:, None])[:, 0]

    def _focal(self, logits: Tensor, targets: Tensor) -> Tensor:
        log_p = functional.log_softmax(logits, dim=1)  # [batch, labels]
        labels = logits.shape[1]
        wanted = functional.one_hot(targets, labels).float() if targets.ndim == 1 else targets
        wanted = wanted * (1 - self.smoothing) + self.smoothing / labels
        fading = (-torch.expm1(log_p)).clamp_min(_SURE) ** self.focal
        costs = -wanted * fading * log_p
        return (costs if self.weights is None else costs * self.weights).sum(1)


def label_loss(
    training: Hyperparameters, counts: Sequence[int] = (), device: torch.device | None = None
) -> LabelLoss:
    """The loss that some settings ask for.

    Args:
        training: the settings.
        counts: samples of training by label; without them every label weighs the same.
        device: where the answers are.
    """
    weights = label_weights(training, counts)
    return LabelLoss(
        weights=None if weights is None else weights.float().to(device),
        smoothing=training.label_smoothing,
        focal=training.focal,
    )


def label_weights(training: Hyperparameters, counts: Sequence[int]) -> Tensor | None:
    """What the samples of each label weigh, float64 [labels]; 1 on average over all samples.

    Balanced weights make the labels' sums even: n / (k n_c). The effective number of samples
    (Cui et al. 2019, equation 2) is (1 - beta**n_c) / (1 - beta), and the weight its inverse.
    A label without samples weighs as much as one with a single sample.
    """
    present = torch.tensor(counts, dtype=torch.float64)
    most = present.clamp_min(1)
    match training.balancing:
        case Balancing.WEIGHTS if counts:
            weights = 1 / most
        case Balancing.EFFECTIVE if counts:
            weights = (1 - training.effective_beta) / (1 - training.effective_beta**most)
        case _:
            return None
    return weights * present.sum() / (weights * present).sum()
