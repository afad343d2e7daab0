"""Figures from answers. What is not defined is said in words, never shown as a number's absence.

All of them follow from the confusion matrix. torchmetrics computes the same, but its import brings
half of the installed libraries along: 250 MB and seconds in every worker.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from finetune_studio.engine.evaluation.by_label import share_of, unsaid
from finetune_studio.events.descriptions import Figures, LabelFigures
from finetune_studio.project.choices import Target
from finetune_studio.project.problems import Problem

_Z_95 = 1.959963984540054


def figures(targets: Tensor, predicted: Tensor, losses: Tensor, label_count: int) -> Figures:
    """The headline numbers.

    Macro F1 counts each label that occurs, truly or predicted, the same; a label that does
    neither says nothing about the model and is left out.

    Balanced accuracy is recall averaged over the labels that truly occur.

    Targets and predictions are [samples] int64, indices of labels; losses [samples] in nats.

    Raises:
        ValueError: there are no samples.
    """
    if not len(targets):
        raise ValueError("figures need at least one sample")
    counts = _counts(targets, predicted, label_count)
    support, f1 = counts.sum(1), _f1(counts)
    occurring = (support + counts.sum(0)) > 0
    return Figures(
        loss=float(losses.mean()),
        accuracy=float((targets == predicted).double().mean()),
        macro_f1=float(f1[occurring].mean()),
        weighted_f1=float((f1 * support).sum() / support.sum()),
        balanced_accuracy=float(share_of(counts.diagonal(), support)[support > 0].mean()),
    )


def label_figures(
    targets: Tensor, predicted: Tensor, labels: tuple[str, ...]
) -> tuple[LabelFigures, ...]:
    """Precision, recall, F1 and support of each label; 0 where nothing was right or nothing was."""
    counts = _counts(targets, predicted, len(labels))
    right, support = counts.diagonal(), counts.sum(1)
    columns = (share_of(right, counts.sum(0)), share_of(right, support), _f1(counts), support)
    return tuple(
        LabelFigures(label=label, precision=precision, recall=recall, f1=f1, support=count)
        for label, precision, recall, f1, count in zip(
            labels, *(column.tolist() for column in columns), strict=True
        )
    )


def confusion(targets: Tensor, predicted: Tensor, label_count: int) -> tuple[tuple[int, ...], ...]:
    """How often each label [row] was taken for each label [column]."""
    return tuple(tuple(row) for row in _counts(targets, predicted, label_count).tolist())


def given_counts(predicted: Tensor, label_count: int) -> tuple[int, ...]:
    """How often each label was given."""
    return tuple(torch.bincount(predicted, minlength=label_count).tolist())


def standard_error(values: Tensor) -> float:
    """Of the mean of some values; 0 of a single one, whose scatter is not known."""
    return float(values.std() / math.sqrt(len(values))) if len(values) > 1 else 0.0


def wilson_interval(right: int, samples: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927, score interval without continuity correction)."""
    share = right / samples
    z2 = _Z_95**2
    middle = (share + z2 / (2 * samples)) / (1 + z2 / samples)
    spread = math.sqrt(share * (1 - share) / samples + z2 / (4 * samples**2))
    half = _Z_95 * spread / (1 + z2 / samples)
    return max(0.0, middle - half), min(1.0, middle + half)


def undefined(targets: Tensor, predicted: Tensor, labels: Sequence[str]) -> tuple[Problem, ...]:
    """What the figures cannot say, in words."""
    counts = _counts(targets, predicted, len(labels))
    return unsaid(counts.sum(1), counts.sum(0), labels, Target.LABEL)


def _counts(targets: Tensor, predicted: Tensor, label_count: int) -> Tensor:
    """int64 [true label, predicted label]."""
    pairs = targets * label_count + predicted
    return torch.bincount(pairs, minlength=label_count**2).view(label_count, label_count)


def _f1(counts: Tensor) -> Tensor:
    """The harmonic mean of precision and recall, float64 [labels]."""
    return share_of(2 * counts.diagonal(), counts.sum(0) + counts.sum(1))
