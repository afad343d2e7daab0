"""Figures where a sample can have several labels, and the thresholds that decide who gets which.

In all of them ``targets`` is float32 or bool [samples, labels], 1 where the sample has the label,
and ``shares`` float32 [samples, labels], the model's probability of it.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from finetune_studio.engine.evaluation.by_label import share_of, unsaid
from finetune_studio.events.descriptions import Figures, LabelFigures
from finetune_studio.project.choices import Target
from finetune_studio.project.problems import Problem

_EVEN = 0.5
# With fewer than these a threshold would be chosen by chance.
_FEWEST_TO_CHOOSE = 3


def given(shares: Tensor, thresholds: Sequence[float]) -> Tensor:
    """Which labels are given, bool [samples, labels]: those from their threshold on."""
    # A threshold is kept in the numbers that probabilities come in, so that equal stays equal.
    return shares >= torch.tensor(thresholds, dtype=shares.dtype)


def figures(targets: Tensor, answers: Tensor, losses: Tensor) -> Figures:
    """The headline numbers.

    As with single labels, macro F1 leaves out labels that occur neither truly nor predicted.

    Args:
        targets: which labels the samples have.
        answers: which labels were given, bool [samples, labels].
        losses: float64 [samples], in nats.

    Raises:
        ValueError: there are no samples.
    """
    if not len(targets):
        raise ValueError("figures need at least one sample")
    wanted = targets > 0
    both, named, support = _counts(wanted, answers)
    f1, occurring = share_of(2 * both, named + support), (named + support) > 0
    return Figures(
        target=Target.LABELS,
        loss=float(losses.mean()),
        accuracy=float((wanted == answers).all(1).double().mean()),
        macro_f1=float(f1[occurring].mean()) if occurring.any() else 1.0,
        weighted_f1=float(share_of((f1 * support).sum(), support.sum())),
        micro_f1=float(share_of(2 * both.sum(), named.sum() + support.sum()))
        if occurring.any()
        else 1.0,
    )


def label_figures(
    targets: Tensor, answers: Tensor, labels: Sequence[str], thresholds: Sequence[float]
) -> tuple[LabelFigures, ...]:
    """Precision, recall, F1 and support of each label; 0 where nothing was right or nothing was."""
    both, named, support = _counts(targets > 0, answers)
    columns = (share_of(both, named), share_of(both, support), share_of(2 * both, named + support))
    return tuple(
        LabelFigures(
            label=label,
            precision=precision,
            recall=recall,
            f1=f1,
            support=count,
            threshold=threshold,
        )
        for label, precision, recall, f1, count, threshold in zip(
            labels,
            *(column.tolist() for column in columns),
            support.tolist(),
            thresholds,
            strict=True,
        )
    )


def best_thresholds(targets: Tensor, shares: Tensor) -> tuple[float, ...]:
    """For each label the threshold with the highest F1 on these samples.

    It lies halfway between two probabilities that were answered, so that new samples near one of
    them fall on its side; of several equally good the one nearest to even chances is taken. A
    label with fewer than three samples, or on all of them, stays at even chances.
    """
    return tuple(
        _best_threshold(targets[:, label] > 0, shares[:, label].double())
        for label in range(shares.shape[1])
    )


def together(targets: Tensor) -> tuple[tuple[int, ...], ...]:
    """How many samples have both of two labels; with itself, how many have the label."""
    wanted = (targets > 0).double()
    return tuple(tuple(int(count) for count in row) for row in (wanted.T @ wanted).tolist())


def usual_labels(targets: Tensor) -> Tensor:
    """The labels that more than half of the samples have; else the most frequent, bool [labels]."""
    shares = (targets > 0).double().mean(0)
    usual = shares > _EVEN
    if not usual.any():
        usual[int(shares.argmax())] = True
    return usual


def undefined(targets: Tensor, answers: Tensor, labels: Sequence[str]) -> tuple[Problem, ...]:
    """What the figures cannot say, in words."""
    _, named, support = _counts(targets > 0, answers)
    return unsaid(support, named, labels, Target.LABELS)


def _counts(wanted: Tensor, answers: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Of each label, int64 [labels]: rightly given, given, and there."""
    return (wanted & answers).sum(0), answers.sum(0), wanted.sum(0)


def _best_threshold(wanted: Tensor, shares: Tensor) -> float:
    present = int(wanted.sum())
    if present < _FEWEST_TO_CHOOSE or present == len(wanted):
        return _EVEN
    order = torch.argsort(shares, descending=True, stable=True)
    ranked, right = shares[order], wanted[order].cumsum(0)
    count = torch.arange(1, len(order) + 1)
    ends = torch.ones(len(order), dtype=torch.bool)  # equal probabilities are given together
    ends[:-1] = ranked[1:] < ranked[:-1]
    f1 = 2 * right / (count + present)
    f1[~ends] = -1.0
    below = torch.cat([ranked[1:], torch.zeros(1, dtype=ranked.dtype)])
    middles = (ranked + below) / 2
    best = torch.nonzero(f1 >= f1.max() - 1e-12)[:, 0]
    nearest = best[(middles[best] - _EVEN).abs().argmin()]
    at = int(nearest)
    lowest, highest = float(below[at]), float(ranked[at])
    # Even chances are as good as the middle where they divide the samples alike.
    return _EVEN if lowest < _EVEN <= highest else float(torch.tensor(float(middles[at])).float())
