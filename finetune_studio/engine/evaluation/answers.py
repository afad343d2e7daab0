"""What a model says of samples: the raw material of every figure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from finetune_studio.engine.compute import Compute
from finetune_studio.engine.model.outputs import EVEN, plain_losses
from finetune_studio.engine.pieces import in_pieces
from finetune_studio.engine.progress import Emit, Meter
from finetune_studio.engine.stopping import StopRequested, check

Forward = Callable[[dict[str, Tensor]], Tensor]


class Batch(Protocol):
    """Samples that pass through the model together."""

    @property
    def inputs(self) -> dict[str, Tensor]:
        """What the model takes, each [batch, ...]."""

    @property
    def targets(self) -> Tensor:
        """What is true of them, as `Outputs.targets` makes it: [batch] or [batch, labels]."""

    @property
    def indices(self) -> Tensor:
        """Places of the samples among all of their part, int64 [batch]."""


class OrderedBatches(Protocol):
    """Batches that can be gone through in order."""

    def in_order(self) -> Iterator[Batch]:
        """Every sample once."""


@dataclass(frozen=True)
class Answers:
    """What a model says, by the samples' positions.

    Attributes:
        indices: [samples] int64, rising.
        targets, predicted: [samples] int64, indices of labels.
        probability: [samples] float32, of the predicted label.
        true_probability: [samples] float32, of the true label.
        losses: [samples] float64, cross-entropy in nats.
        shares: [samples, labels] float32, the probability of each of several labels; ``targets``
            and ``predicted`` (at even chances) are [samples, labels] float32 then, 0 or 1,
            ``probability`` is that of the likeliest label, and ``losses`` the mean over labels.

    Of numbers ``targets`` and ``predicted`` are [samples] float32, standardised, ``losses`` the
    squared errors, and there are no probabilities: both are 0.
    """

    indices: Tensor
    targets: Tensor
    predicted: Tensor
    probability: Tensor
    true_probability: Tensor
    losses: Tensor
    shares: Tensor | None = None


def ask(
    forward: Forward,
    batches: OrderedBatches,
    compute: Compute,
    *,
    samples: int,
    emit: Emit,
    phase: str,
    stop_requested: StopRequested,
) -> Answers:
    """Pass all samples through a model that is in eval mode, without gradients.

    ``forward`` gives logits [batch, labels]; ``samples`` says how many there are and ``phase`` what
    is done with them, for the progress.

    Raises:
        Stopped: a stop was asked for.
        ProblemError: not even one sample fits into memory.
    """
    meter = Meter(emit, phase, samples, "samples")
    parts: list[list[Tensor]] = []
    at_once = 0
    with torch.inference_mode():
        for batch in batches.in_order():
            check(stop_requested)
            (logits,), at_once = in_pieces(
                lambda inputs: (_forward(inputs, forward, compute),),
                batch.inputs,
                compute.device,
                at_once=at_once,
                what="looking at the validation samples",
            )
            parts.append([batch.indices, *_told(logits.cpu(), batch.targets)])
            meter.advance(len(batch.targets))
    meter.done()
    columns = [torch.cat(column) for column in zip(*parts, strict=True)]
    order = torch.argsort(columns[0])
    return Answers(*(column[order] for column in columns))


def _forward(inputs: dict[str, Tensor], forward: Forward, compute: Compute) -> Tensor:
    with compute.numbers():
        return forward(compute.moved(inputs)).float()


def _told(logits: Tensor, targets: Tensor) -> tuple[Tensor, ...]:
    """The columns of `Answers` after ``indices``; what is told follows from what is wanted."""
    losses = plain_losses(
        logits.double(), targets.double() if targets.is_floating_point() else targets
    )
    if not targets.is_floating_point():
        shares = logits.softmax(1)  # [batch, labels]
        probability, predicted = shares.max(1)
        true = shares.gather(1, targets[:, None])[:, 0]
        return targets, predicted, probability, true, losses
    if targets.ndim == 1:
        nothing = torch.zeros(len(targets))
        return targets, logits[:, 0], nothing, nothing, losses
    shares = logits.sigmoid()
    likeliest = shares.max(1).values
    surest = torch.where(targets > 0, shares, 1.0).min(1).values  # of those it has
    return targets, (shares >= EVEN).float(), likeliest, surest, losses, shares
