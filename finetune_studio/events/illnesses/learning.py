"""Illnesses of learning: steps that are too large, and none that help."""

from __future__ import annotations

import statistics
from itertools import pairwise
from typing import TYPE_CHECKING

from finetune_studio.events.events import EpochFinished
from finetune_studio.events.finding import Finding, FindingKind
from finetune_studio.events.illnesses.answers import (
    RIGHT_NAMES,
    above_chance,
    blind,
    far_off,
    guessing,
    informed_guessing,
    right,
    right_error,
    right_words,
)
from finetune_studio.events.illnesses.noise import trend
from finetune_studio.events.run_state import RunState
from finetune_studio.project import wording
from finetune_studio.project.choices import Kept, Target
from finetune_studio.project.remedies import Remedy

if TYPE_CHECKING:
    from finetune_studio.events.history import RunHistory

NOT_FINITE = "loss_not_finite"
# A model that knows nothing loses ln(labels); far more than that is no lack of knowledge.
_WORSE_THAN_GUESSING = 1.5
_UNDONE = 2.0
_HALF = 0.5
_LOST_ACCURACY = 0.05
_STEPS = (12, 48)
_RISEN = 1.25

# Many labels are answered at once, and their mean moves late.
_CHANCE_EPOCHS = {Target.LABEL: 3, Target.LABELS: 4, Target.NUMBER: 3}
_CHANCE_STEPS = 30
# Steps of adaptive optimizers below this hardly move a weight in any run of usual length.
_VERY_LOW_RATE = 5e-6
_SLOWLY = 0.03
_BLIND = {
    Target.LABEL: "always giving the most frequent label",
    Target.LABELS: "always giving every label",
    Target.NUMBER: "always giving the mean",
}
_WHAT = {
    Target.LABEL: "the labels apart",
    Target.LABELS: "the labels apart",
    Target.NUMBER: "small numbers from large ones",
}
_ANSWERS = {Target.LABEL: "labels", Target.LABELS: "labels", Target.NUMBER: "numbers"}


def diverged(history: RunHistory) -> Finding | None:
    """The loss is no longer a finite number; the engine has stopped the run."""
    problem = history.problem
    if history.state is not RunState.FAILED or problem is None or problem.code != NOT_FINITE:
        return None
    return Finding(
        kind=FindingKind.DIVERGED,
        epoch=max(1, history.epoch),
        step=history.step,
        what=f"The run diverged in epoch {max(1, history.epoch)}.",
        why="The loss grew until it was no finite number: the steps were too large for the model.",
        remedy=_back_words(history),
        action=_back(history),
    )


def rate_too_high(history: RunHistory) -> Finding | None:
    """The model is worse than guessing, or what it had learned is undone."""
    illnesses = (overshooting, _worse_than_guessing, _thrown_off, _unlearned)
    return next((found for illness in illnesses if (found := illness(history))), None)


def overshooting(history: RunHistory) -> Finding | None:
    """Within an epoch: the last steps lose far more than guessing would, and more than before.

    Medians of windows are compared, so that a few bad batches do not count.
    """
    low, high = _STEPS
    width = max(low, min(high, history.steps_per_epoch // 4))
    count, losses = history.step_count, history.curve.losses
    if count < 2 * width:
        return None
    last = statistics.median(losses[count - width : count])
    start = statistics.median(losses[:width])
    lowest = min([start, *(epoch.train_loss for epoch in history.epochs)])
    guess = guessing(history)
    limit = max(_WORSE_THAN_GUESSING * guess, _RISEN * lowest)
    if last <= limit:
        return None
    why = (
        f"The loss of a step climbed from {wording.figure(lowest)} to {wording.figure(last)}; "
        f"guessing would lose {wording.figure(guess)}."
    )
    first = next(i for i in range(count - width, count) if losses[i] > limit)
    return _too_high(history, max(1, history.epoch), history.curve.steps[first], why)


def _worse_than_guessing(history: RunHistory) -> Finding | None:
    """The last epochs, after the first, lose far more than guessing would."""
    if len(history.epochs) < 2 or not _is_worse(history, history.epochs[-1]):
        return None
    first = last = history.epochs[-1]
    for epoch in reversed(history.epochs):
        if not _is_worse(history, epoch):
            break
        first = epoch
    why = (
        f"Training loss is {wording.figure(last.train_loss)} and validation loss "
        f"{wording.figure(last.val_loss)}; a model that only guesses would lose "
        f"{wording.figure(guessing(history))}. Steps that large overshoot."
    )
    return _too_high(history, first.epoch, first.step, why)


def _is_worse(history: RunHistory, epoch: EpochFinished) -> bool:
    # Who learns samples by heart may be very wrong about others, but not about these.
    guess = guessing(history)
    lost = far_off(history, epoch, 2 * _WORSE_THAN_GUESSING)
    return epoch.train_loss > _WORSE_THAN_GUESSING * guess or (
        lost and epoch.train_loss > 0.9 * guess
    )


def _thrown_off(history: RunHistory) -> Finding | None:
    """An epoch lost far more than guessing would, and answers are no better than guesses since.

    Steps that are far too large leave a model that gives every sample the same answer: its loss is
    that of guessing, and looks calm.
    """
    thrown = next((epoch for epoch in history.epochs if _threw_off(history, epoch)), None)
    if thrown is None or any(
        above_chance(history, epoch) for epoch in history.epochs if epoch.epoch >= thrown.epoch
    ):
        return None
    last = history.epochs[-1]
    by_training = thrown.train_loss > _WORSE_THAN_GUESSING * guessing(history)
    which, lost = (
        ("Training", thrown.train_loss) if by_training else ("Validation", thrown.val_loss)
    )
    why = (
        f"{which} loss was {wording.figure(lost)} in epoch {thrown.epoch}, far more than guessing "
        f"would lose, and validation {RIGHT_NAMES[history.target]} is "
        f"{right_words(history, right(history, last))}, no better than guessing, since then."
    )
    return _too_high(history, thrown.epoch, thrown.step, why)


def _threw_off(history: RunHistory, epoch: EpochFinished) -> bool:
    """Whether an epoch lost far more than guessing would.

    Where each label is answered by itself, what is lost in training soon looks calm in the mean.
    """
    several = history.target is Target.LABELS and far_off(history, epoch, _WORSE_THAN_GUESSING)
    return several or epoch.train_loss > _WORSE_THAN_GUESSING * guessing(history)


def _unlearned(history: RunHistory) -> Finding | None:
    """The last two epochs lost what an earlier one had: accuracy is clearly lower.

    Either the loss has doubled, or more than half is gone of what was gained over guessing.
    Training loss has to be higher as well: where it falls, samples are learned by heart.
    """
    if len(history.epochs) < 3:
        return None
    best = max(history.epochs, key=lambda epoch: right(history, epoch))
    after = [epoch for epoch in history.epochs if epoch.epoch > best.epoch][-2:]
    if len(after) < 2:
        return None
    reached = right(history, best)
    error = max(right_error(history, epoch) for epoch in (best, *after))
    drop = reached - max(right(history, epoch) for epoch in after)
    trained = min(epoch.train_loss for epoch in after) / max(best.train_loss, 1e-9)
    checked = min(epoch.val_loss for epoch in after) / max(best.val_loss, 1e-9)
    # The less is left of a squared error, the sooner it doubles.
    doubled = history.target is not Target.NUMBER and max(trained, checked) > _UNDONE
    lost = drop > _HALF * (reached - blind(history)) or doubled
    least = max(_LOST_ACCURACY, 3 * error)
    if trained < 1 or not lost or drop < least:
        return None
    kept, first = _lost_between(history, reached - least)
    why = (
        f"Validation loss rose from {wording.figure(best.val_loss)} to "
        f"{wording.figure(after[-1].val_loss)}, and {RIGHT_NAMES[history.target]} fell from "
        f"{right_words(history, reached)} to {right_words(history, right(history, after[-1]))}."
    )
    return _too_high(history, first.epoch, kept.step, why)


def _lost_between(history: RunHistory, limit: float) -> tuple[EpochFinished, EpochFinished]:
    """The last epoch that is more often right than ``limit``, and the one after it."""
    pairs = list(pairwise(history.epochs))
    return next(pair for pair in reversed(pairs) if right(history, pair[0]) > limit)


def _too_high(history: RunHistory, epoch: int, step: int, why: str) -> Finding:
    return Finding(
        kind=FindingKind.RATE_TOO_HIGH,
        epoch=epoch,
        step=step,
        what=f"The learning rate is too high since epoch {epoch}.",
        why=why,
        remedy=_back_words(history),
        action=_back(history),
    )


def _back(history: RunHistory) -> Remedy:
    """Going back needs an epoch worth going back to, and some to train after it."""
    if history.keep is Kept.LAST:  # which is no better than what follows
        return Remedy.HALVE_RATE
    best = history.best
    worth = best is not None and not far_off(history, best, 1) and above_chance(history, best)
    return Remedy.GO_BACK if worth and history.can_go_back else Remedy.HALVE_RATE


def _back_words(history: RunHistory) -> str:
    if _back(history) is Remedy.GO_BACK:
        return f"Go back to epoch {history.best_epoch}, the best, and go on with half the rate."
    return "Start again with half the rate or less."


def not_learning(history: RunHistory) -> Finding | None:
    """After several epochs the answers are no better than those of someone who cannot see.

    The loss has to stand still at that of guessing, and validation and training at the level of
    always giving the most frequent label for some epochs, within three standard errors since so
    many figures are looked at. While the rate still climbs, the run has hardly begun.
    """
    count = _CHANCE_EPOCHS[history.target]
    recent = history.epochs[-count:]
    if len(recent) < count:
        return None
    rates = [max(epoch.learning_rates.values(), default=0.0) for epoch in recent]
    if recent[-1].step < _CHANCE_STEPS or rates[-1] > rates[-2] * 1.001:
        return None
    if _loses_less(history) or any(above_chance(history, epoch) for epoch in recent):
        return None
    return _not_learning(history, recent)


def _loses_less(history: RunHistory) -> bool:
    """Whether training loss is below that of guessing or falls: answers turn right a bit later."""
    start = min(informed_guessing(history), history.epochs[0].train_loss)
    before = max(start, history.epochs[-_CHANCE_EPOCHS[history.target]].train_loss)
    # Of several labels most are not there, which is soon known: what is left to fall is less.
    slowly = _SLOWLY / 2 if history.target is Target.LABELS else _SLOWLY
    return history.epochs[-1].train_loss < (1 - slowly) * before


def _not_learning(history: RunHistory, recent: tuple[EpochFinished, ...]) -> Finding:
    first, last = history.epochs[0], recent[-1]
    action, then = _cure(history)
    return Finding(
        kind=FindingKind.NOT_LEARNING,
        epoch=first.epoch,
        step=first.step,
        what=f"Not learning: no better than guessing after {len(history.epochs)} epochs.",
        why=f"Validation {RIGHT_NAMES[history.target]} is "
        f"{right_words(history, right(history, last))}; {_BLIND[history.target]} would reach "
        f"{right_words(history, blind(history))}. Training loss is "
        f"{wording.figure(last.train_loss)}, that of guessing "
        f"{wording.figure(informed_guessing(history))}.",
        remedy=then,
        action=action,
    )


def _cure(history: RunHistory) -> tuple[Remedy, str]:
    highest = max(max(e.learning_rates.values(), default=0.0) for e in history.epochs)
    if highest < _VERY_LOW_RATE:
        return Remedy.RAISE_RATE, f"The learning rate, {wording.rate(highest)}, is very low."
    losses = [epoch.train_loss for epoch in history.epochs]
    falls = trend(losses[-6:])
    total = (losses[0] - losses[-1]) / max(losses[0], 1e-9)
    if falls.change < -falls.half and total > 0:
        return Remedy.RAISE_RATE, "The loss falls steadily but very slowly: the rate is too low."
    if 0 < history.trainable < history.parameters:
        return Remedy.UNFREEZE, (
            f"What the frozen layers see may not tell {_WHAT[history.target]}: unfreeze one block "
            f"more next time, and see whether the {_ANSWERS[history.target]} are right."
        )
    return Remedy.LOOK_AT_DATA, f"See whether the {_ANSWERS[history.target]} fit the samples."
