"""The losses where a sample has several labels or a number; see `criterion` for one label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from finetune_studio.engine.model.outputs import EVEN, Outputs
from finetune_studio.engine.training.criterion import Criterion, label_loss
from finetune_studio.project.choices import Balancing, NumberLoss, Target
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.metric_fit import SAMPLES_HAVE, require_fit
from finetune_studio.project.problems import ProblemError

# A label of one sample in a thousand is not to outweigh all others together.
_MOST_WEIGHT = 100.0


@dataclass(frozen=True, eq=False)
class SeveralLabelsLoss(Criterion):
    """Binary cross-entropy of each label, averaged over the labels; in nats.

    Targets are 0 or 1, or between where pictures were mixed, float32 [batch, labels].

    Attributes:
        weights: how many times a label that is there counts as much as one that is not, float32
            [labels]; ``None`` weighs them the same.
        smoothing: the part by which the wanted answer leans toward not knowing.
        focal: gamma of Lin et al. 2017, how fast the cost of an answer fades as the model becomes
            sure of it.
    """

    weights: Tensor | None = None
    smoothing: float = 0.0
    focal: float = 0.0

    def __call__(self, logits: Tensor, targets: Tensor) -> Tensor:
        """The loss of each sample, float32 [batch]."""
        wanted = targets * (1 - self.smoothing) + self.smoothing / 2
        costs = functional.binary_cross_entropy_with_logits(
            logits, wanted, reduction="none", pos_weight=self.weights
        )
        if self.focal:
            given = logits.sigmoid()
            wrong = wanted * (1 - given) + (1 - wanted) * given  # how far off each answer is
            costs = costs * wrong.clamp_min(1e-7) ** self.focal
        return costs.mean(1)

    def right(self, logits: Tensor, targets: Tensor) -> Tensor:
        """F1 of each sample's labels at even chances; 1 where it rightly has none, [batch]."""
        given, wanted = logits.sigmoid() >= EVEN, targets >= EVEN
        both, all_named = (given & wanted).sum(1), given.sum(1) + wanted.sum(1)
        return torch.where(all_named > 0, 2 * both / all_named.clamp_min(1), 1.0)


@dataclass(frozen=True, eq=False)
class QuantityLoss(Criterion):
    """The squared error of standardised numbers, or Huber's (1964), which outliers pull less.

    Targets are standardised numbers, float32 [batch].

    Attributes:
        spread: what an error of 1 is in the numbers' own unit.
        huber: beyond this error, in standard deviations, the cost grows in a straight line; 0
            never. Half of Huber's square is doubled, so that small errors cost the same either way.
    """

    spread: float = 1.0
    huber: float = 0.0

    def __call__(self, logits: Tensor, targets: Tensor) -> Tensor:
        """The loss of each sample, float32 [batch]."""
        answers = logits[:, 0]
        if not self.huber:
            return (answers - targets) ** 2
        return 2 * functional.huber_loss(answers, targets, reduction="none", delta=self.huber)

    def right(self, logits: Tensor, targets: Tensor) -> Tensor:
        """How far off each answer is, in the numbers' own unit, [batch]."""
        return (logits[:, 0] - targets).abs() * self.spread


def loss_for(
    outputs: Outputs,
    training: Hyperparameters,
    counts: Sequence[int] = (),
    samples: int = 0,
    device: torch.device | None = None,
) -> Criterion:
    """The loss that settings ask for, of a model with such outputs.

    Args:
        outputs: what the logits mean.
        training: the settings.
        counts: samples of training by label; without them every label weighs the same.
        samples: of training, in all.
        device: where the answers are.
    """
    if outputs.kind is Target.LABEL:
        return label_loss(training, counts, device)
    if outputs.kind is Target.NUMBER:
        bends = training.number_loss is NumberLoss.HUBER
        return QuantityLoss(outputs.spread, training.huber_from if bends else 0.0)
    weights = presence_weights(training, counts, samples)
    return SeveralLabelsLoss(
        weights=None if weights is None else weights.float().to(device),
        smoothing=training.label_smoothing,
        focal=training.focal,
    )


def presence_weights(
    training: Hyperparameters, counts: Sequence[int], samples: int
) -> Tensor | None:
    """How often a label that is there counts, against once where it is not, float64 [labels].

    Balanced weights make both sums even: samples without over samples with the label. With the
    effective number of samples (Cui et al. 2019) both are counted so.
    """
    present = torch.tensor(counts, dtype=torch.float64).clamp_min(1)
    absent = (samples - present).clamp_min(1)
    if not counts:
        return None
    if training.balancing is Balancing.EFFECTIVE:
        beta = training.effective_beta
        present, absent = 1 - beta**present, 1 - beta**absent
    elif training.balancing is not Balancing.WEIGHTS:
        return None
    return (absent / present).clamp(1 / _MOST_WEIGHT, _MOST_WEIGHT)


def refuse_unfit(training: Hyperparameters, kind: Target) -> None:
    """Let pass only settings that mean something for what is learned.

    Raises:
        ProblemError: one does not; it says which, and what to do.
    """
    require_fit(training.best_metric, kind)
    for unfit, name, what in _unfit(training, kind):
        if unfit:
            raise ProblemError.of(
                f"{what} cannot be used where a sample has {SAMPLES_HAVE[kind]}.",
                "It is made for one label a sample.",
                "Switch it off, or choose another value.",
                where=f"training.{name}",
                code="setting_unfit",
            )


def _unfit(training: Hyperparameters, kind: Target) -> list[tuple[bool, str, str]]:
    evenly = training.balancing is Balancing.SAMPLING
    if kind is not Target.NUMBER:
        return [(kind is Target.LABELS and evenly, "balancing", "Balanced sampling")]
    return [
        (training.balancing is not Balancing.OFF, "balancing", "Evening out labels"),
        (training.focal > 0, "focal", "Focal loss"),
        (training.label_smoothing > 0, "label_smoothing", "Label smoothing"),
        (training.mixup > 0, "mixup", "Mixup"),
        (training.cutmix > 0, "cutmix", "CutMix"),
    ]
