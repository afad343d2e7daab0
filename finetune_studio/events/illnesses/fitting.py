"""Illnesses of fitting: learning the training samples by heart, and learning nothing more."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from finetune_studio.events.events import EpochFinished
from finetune_studio.events.finding import Finding, FindingKind
from finetune_studio.events.illnesses.answers import (
    RIGHT_NAMES,
    right,
    right_error,
    right_words,
    trained_right,
)
from finetune_studio.events.illnesses.noise import loss_error, trend
from finetune_studio.project import wording
from finetune_studio.project.choices import Kept, Target
from finetune_studio.project.remedies import Remedy

if TYPE_CHECKING:
    from finetune_studio.events.history import RunHistory

# As many epochs in a row as Prechelt's UP criterion waits for with its usual strips
# (Early stopping - but when?, 1998, section 2.2: UP_s with s = 3 or 4).
_RISING_EPOCHS = 3
# Accuracy may still grow after the loss has begun to rise; of the recorded healthy runs, the
# slowest took five epochs to show it.
_WAITING_EPOCHS = 5
# Prechelt's generalization loss, 100 (E_va / E_opt - 1), at which training is stopped: 5 in his
# most patient criteria. Cross-entropy rises from mere overconfidence (Guo et al., On calibration
# of modern neural networks, 2017, section 3), so four times that is asked for.
_GENERALIZATION_LOSS = 20.0
_TRAINING_FELL = 0.05
_GAP = 0.05

# The more epochs, the less their noise hides that they stand still.
_FLAT_EPOCHS = (24, 12, 6)
_FLAT = 0.05
_HEADROOM = 0.95
_STILL_STEPPING = 0.1


def overfitting(history: RunHistory) -> Finding | None:
    """Validation loss rises over several epochs while training loss falls, and nothing is gained.

    Where the loss of training is another one (mixed pictures, weighted labels), validation alone
    is judged by. A rise counts when it is more than twice its standard error. The same validation
    samples are looked at every epoch, so this is on the safe side.
    """
    if len(history.epochs) <= _RISING_EPOCHS:
        return None
    lowest = min(history.epochs, key=lambda epoch: epoch.val_loss)
    since = history.epochs[-1].epoch - lowest.epoch
    enough = _RISING_EPOCHS if _loses(history, lowest) else _WAITING_EPOCHS
    if since < enough or not _rises(history, lowest) or _gains(history, lowest):
        return None
    return _overfitting(history, lowest)


def _loses(history: RunHistory, lowest: EpochFinished) -> bool:
    """Whether answers have become worse by more than their standard error.

    Of numbers the loss says all that there is to say.
    """
    if history.target is Target.NUMBER:
        return False
    recent = statistics.mean(right(history, e) for e in history.epochs[-_RISING_EPOCHS:])
    return recent < right(history, lowest) - right_error(history, lowest)


def _rises(history: RunHistory, lowest: EpochFinished) -> bool:
    """Whether validation loss has risen since: clearly, by much, and as a trend.

    Where losses jump from epoch to epoch, the lowest is a lucky one, and what follows no rise.
    """
    last = history.epochs[-1]
    line = trend([epoch.val_loss for epoch in history.epochs if epoch.epoch >= lowest.epoch])
    typical = statistics.median(e.val_loss for e in history.epochs[-_RISING_EPOCHS:])
    rise = typical - lowest.val_loss
    lost = 100 * rise / max(lowest.val_loss, 1e-9)
    fell = last.train_loss < lowest.train_loss * (1 - _TRAINING_FELL)
    compares = not history.loss_altered_by
    return (
        (fell or not compares)
        and lost > _GENERALIZATION_LOSS
        and rise > 2 * loss_error(history, lowest)
        and line.change > line.half
    )


def _gains(history: RunHistory, lowest: EpochFinished) -> bool:
    """Whether answers are better all the same, or there is no gap to training to speak of.

    The last epochs tell: of all that came after, one was lucky, or what it had gained is lost.
    """
    if history.target is Target.NUMBER:
        return False
    reached, error = right(history, lowest), right_error(history, lowest)
    recent = history.epochs[-_RISING_EPOCHS:]
    best = max(right(history, epoch) for epoch in recent)
    gap = recent[-1].train_accuracy - right(history, recent[-1])
    no_gap = not history.loss_altered_by and gap < max(_GAP, error)
    return best > reached + error or no_gap


def _overfitting(history: RunHistory, lowest: EpochFinished) -> Finding:
    last = history.epochs[-1]
    begins = next(epoch for epoch in history.epochs if epoch.epoch > lowest.epoch)
    if history.state.busy and history.keep is Kept.LAST:
        action, then = Remedy.STOP, "Stop here: this run keeps its last epoch, which gets worse."
    elif history.state.busy:
        action, then = Remedy.STOP, "Stop here: the best epoch is kept."
    elif _has_depth(history):
        action, then = Remedy.FREEZE, "Freeze one block more next time, or vary the samples more."
    else:
        action, then = Remedy.MORE_DROPOUT, "Raise dropout next time, or train fewer epochs."
    return Finding(
        kind=FindingKind.OVERFITTING,
        epoch=begins.epoch,
        step=lowest.step,
        what=f"Overfitting since epoch {begins.epoch}.",
        why=f"Validation loss rose from {wording.figure(lowest.val_loss)} to "
        f"{wording.figure(last.val_loss)} {_beside(history, lowest)}: the model learns its "
        "samples by heart.",
        remedy=then,
        action=action,
    )


def _beside(history: RunHistory, lowest: EpochFinished) -> str:
    """What happened beside the rise of validation loss."""
    if history.loss_altered_by:
        altered = " and ".join(history.loss_altered_by)
        return f"and its answers got no better (training loss is another one here: {altered})"
    fell = wording.figure(history.epochs[-1].train_loss)
    return f"while training loss fell from {wording.figure(lowest.train_loss)} to {fell}"


def _has_depth(history: RunHistory) -> bool:
    """Whether more than a head trains: a head is a small part of any pretrained model."""
    return history.trainable > 0.05 * history.parameters > 0


def plateau(history: RunHistory) -> Finding | None:
    """Neither training nor validation gets any better, and there is much left to learn.

    That a curve is flat is said only when its trend is known well enough to exclude a fall worth
    waiting for: noise alone never makes a plateau. Where the schedule has brought the rate near
    zero, or still raises it, standing still says nothing.
    """
    latest = history.epochs[-min(_FLAT_EPOCHS) :]
    if len(latest) < min(_FLAT_EPOCHS):
        return None
    if max(trained_right(history, latest[-1]), right(history, latest[-1])) > _HEADROOM:
        return None
    for epochs in _FLAT_EPOCHS:
        recent = history.epochs[-epochs:]
        stands = len(recent) == epochs and _stands_still(history, recent)
        if stands and _steps_evenly(history, recent):
            return _plateau(history, recent)
    return None


def _steps_evenly(history: RunHistory, recent: tuple[EpochFinished, ...]) -> bool:
    rates = [max(epoch.learning_rates.values(), default=0.0) for epoch in recent]
    highest = max(max(e.learning_rates.values(), default=0.0) for e in history.epochs)
    return rates[-1] <= rates[0] * 1.001 and min(rates) > _STILL_STEPPING * highest


def _stands_still(history: RunHistory, recent: tuple[EpochFinished, ...]) -> bool:
    losses = [epoch.train_loss for epoch in recent]
    line = trend(losses)
    flat = line.change - line.half > -_FLAT * losses[0]
    best = max(history.epochs[: -len(recent) + 1], key=lambda epoch: right(history, epoch))
    error = right_error(history, best)
    no_gain = max(right(history, e) for e in recent[1:]) <= right(history, best) + error
    checked = trend([epoch.val_loss for epoch in recent])
    falls_clearly = checked.change < -max(checked.half, _FLAT * recent[0].val_loss)
    return flat and no_gain and not falls_clearly


def _plateau(history: RunHistory, recent: tuple[EpochFinished, ...]) -> Finding:
    first, last = recent[0], recent[-1]
    frozen = 0 < history.trainable < history.parameters
    if frozen:
        action, then = (
            Remedy.UNFREEZE,
            "Unfreeze one block more next time: what trains has learned ",
        )
        then += "what it can."
    elif history.state.busy:
        action, then = Remedy.STOP, "Stop here, and try another rate or another model."
    else:
        action, then = Remedy.HALVE_RATE, "Try half the rate, or another model."
    return Finding(
        kind=FindingKind.PLATEAU,
        epoch=first.epoch,
        step=first.step,
        what=f"Nothing gained since epoch {first.epoch}.",
        why=f"Training loss stands still at {wording.figure(last.train_loss)}, and validation "
        f"{RIGHT_NAMES[history.target]} at {right_words(history, right(history, last))}; "
        "a gain would be larger than the noise.",
        remedy=then,
        action=action,
    )
