"""How right a run's answers are, whatever is learned, and how right those of guessing would be."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from finetune_studio.events.events import EpochFinished
from finetune_studio.events.illnesses.noise import (
    guessing_loss,
    loss_error,
    most_frequent,
    share_error,
)
from finetune_studio.events.main_figure import validation_of
from finetune_studio.project import wording
from finetune_studio.project.choices import Target

if TYPE_CHECKING:
    from finetune_studio.events.history import RunHistory

_ERRORS = 3
# What balanced weights can make of the loss of somebody who does not know: both answers of a
# label weigh the same in the end, a rare one's almost twice.
_MOST_WEIGHED = 2.0
_WEIGHED = "balancing"


def right(history: RunHistory, epoch: EpochFinished) -> float:
    """How right an epoch's answers are on validation, at best 1.

    Of one label the share of right ones, of several the macro F1, of numbers the share of their
    spread that is explained.
    """
    if history.target is Target.LABELS:
        return epoch.val_macro_f1
    if history.target is Target.NUMBER:
        return validation_of(epoch).r2
    return epoch.val_accuracy


def right_error(history: RunHistory, epoch: EpochFinished) -> float:
    """The standard error of that."""
    if history.target is Target.LABELS:
        return _f1_error(history, epoch.val_macro_f1)
    if history.target is Target.NUMBER:
        lost = 1 - validation_of(epoch).r2
        return lost * loss_error(history, epoch) / max(epoch.val_loss, 1e-9)
    return share_error(epoch.val_accuracy, history.samples[1])


def trained_right(history: RunHistory, epoch: EpochFinished) -> float:
    """How right an epoch's answers are on the samples of training, at best 1."""
    return 1 - epoch.train_loss if history.target is Target.NUMBER else epoch.train_accuracy


def blind(history: RunHistory) -> float:
    """How right the best answers would be that know nothing of a sample."""
    counts = history.validation_counts or history.train_counts
    if history.target is Target.LABEL:
        return most_frequent(counts, len(history.labels))
    if history.target is Target.NUMBER or not counts:
        return 0.0
    shares = _shares(history)
    return sum(2 * share / (1 + share) for share in shares) / len(shares)


def guessing(history: RunHistory) -> float:
    """The training loss of a model that knows nothing and leans nowhere."""
    if history.target is Target.NUMBER:
        return 1.0  # numbers are standardised
    if history.target is Target.LABELS:
        return (_MOST_WEIGHED if _WEIGHED in history.loss_altered_by else 1.0) * math.log(2)
    return math.log(max(2, len(history.labels)))


def informed_guessing(history: RunHistory) -> float:
    """The training loss of a model that only knows how frequent each label is."""
    if history.target is Target.LABEL:
        return guessing_loss(history.train_counts, len(history.labels))
    if history.target is Target.NUMBER or not history.train_counts:
        return guessing(history)
    samples = max(1, history.samples[0])
    return _entropy(tuple(count / samples for count in history.train_counts))


def above_chance(history: RunHistory, epoch: EpochFinished) -> bool:
    """Whether an epoch's answers are clearly better than those of guessing."""
    if history.target is Target.LABEL:
        return _label_above_chance(history, epoch)
    better = right(history, epoch) > blind(history) + _ERRORS * right_error(history, epoch)
    if history.target is Target.NUMBER or not history.validation_counts:
        return better
    error = _ERRORS * loss_error(history, epoch)
    return better or epoch.val_loss + error < _entropy(_shares(history))


def far_off(history: RunHistory, epoch: EpochFinished, times: float) -> bool:
    """Whether validation loses so many times what guessing would."""
    if history.target is Target.NUMBER:
        return 1 - validation_of(epoch).r2 > times
    return epoch.val_loss > times * guessing(history)


def right_words(history: RunHistory, value: float) -> str:
    """That figure in words: ``84.2 %``; of numbers R²."""
    return f"{value:.2f}" if history.target is Target.NUMBER else wording.share(value)


RIGHT_NAMES = {
    Target.LABEL: "accuracy",
    Target.LABELS: "macro F1",
    Target.NUMBER: "R²",
}
"""What that figure is called."""


def _label_above_chance(history: RunHistory, epoch: EpochFinished) -> bool:
    labels = len(history.labels)
    train = most_frequent(history.train_counts, labels)
    checked = most_frequent(history.validation_counts or history.train_counts, labels)
    # Whoever weighs rare labels more may be right less often, and still have learned. Guessing
    # at random has a macro F1 of about one over the number of labels.
    blind_f1 = 1 / max(1, labels)
    noise = _ERRORS * share_error(checked, history.samples[1])
    return (
        epoch.train_accuracy > train + _ERRORS * share_error(train, history.samples[0])
        or epoch.val_accuracy > checked + noise
        or epoch.val_macro_f1 > blind_f1 + noise
    )


def _shares(history: RunHistory) -> tuple[float, ...]:
    """The share of validation samples that have each label."""
    samples = max(1, history.samples[1])
    return tuple(min(1.0, count / samples) for count in history.validation_counts) or (0.5,)


def _entropy(shares: tuple[float, ...]) -> float:
    """The mean loss of always answering how frequent each label is, in nats."""
    sides = (side for share in shares for side in (share, 1 - share) if side > 0)
    return -sum(side * math.log(side) for side in sides) / max(1, len(shares))


def _f1_error(history: RunHistory, reached: float) -> float:
    """About the standard error of a macro F1: rare labels make it large."""
    counts = [count for count in history.validation_counts if count]
    if not counts:
        return share_error(reached, history.samples[1])
    return math.sqrt(sum(share_error(reached, count) ** 2 for count in counts)) / len(counts)
