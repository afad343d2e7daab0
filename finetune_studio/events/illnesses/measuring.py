"""Illnesses of measuring: too few samples to tell, and labels that are never given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from finetune_studio.events.events import EpochFinished
from finetune_studio.events.finding import Finding, FindingKind
from finetune_studio.events.illnesses.noise import (
    Z_95,
    samples_needed,
    share_error,
    validation_error,
)
from finetune_studio.events.run_state import RunState
from finetune_studio.project import wording
from finetune_studio.project.choices import Kept, Target
from finetune_studio.project.remedies import Remedy

if TYPE_CHECKING:
    from finetune_studio.events.history import RunHistory

# Half the width of the 95 % interval from which on a figure says little, and a fair one.
_TOO_WIDE = 0.125
_FAIR = 0.05
_EPOCHS_TO_JUDGE = 3

_MISSING_EPOCHS = 5
_MISSING_AT_THE_END = 3
# With 5 samples and a chance of one half to find each, missing all happens in 3 of 100 runs.
_LEAST_SAMPLES = 5
_RARE = 0.5
_FALLS = 0.05
_LATE = 0.75


def validation_too_small(history: RunHistory) -> Finding | None:
    """So few samples that the accuracy of the best epoch may be far from what is shown."""
    samples, best = history.samples[1], history.best
    is_over = history.state in (RunState.FINISHED, RunState.STOPPED)
    judged = len(history.epochs) >= _EPOCHS_TO_JUDGE or is_over
    if history.target is not Target.LABEL or best is None or not samples or not judged:
        return None
    half = Z_95 * share_error(best.val_accuracy, samples)
    if half <= _TOO_WIDE:
        return None
    needed = samples_needed(best.val_accuracy, _FAIR)
    chance = "" if history.keep is Kept.LAST else ", and which epoch is the best is partly chance"
    return Finding(
        kind=FindingKind.VALIDATION_TOO_SMALL,
        epoch=0,
        step=0,
        what=f"Validation is too small to tell: {wording.plural(samples, 'sample')}.",
        why=f"The {wording.share(best.val_accuracy)} of epoch {best.epoch} may be off by "
        f"{wording.share(half, 0)} either way{chance}.",
        remedy=f"About {wording.whole(needed)} samples would pin it down to ± 5 %. "
        "Use a larger validation share next time, or gather more samples.",
        action=Remedy.MORE_VALIDATION,
    )


def label_never_predicted(history: RunHistory) -> Finding | None:
    """Labels that validation has enough samples of, and the model never gives.

    Not while the run still learns, for rare labels are learned last; unless they have been missing
    for most of it.
    """
    epochs = _MISSING_EPOCHS if history.state.busy else _MISSING_AT_THE_END
    recent = history.epochs[-epochs:]
    if history.target is Target.NUMBER or len(recent) < epochs:
        return None
    missing = _missing(history, recent)
    if not missing or 2 * len(missing) > len(history.labels):
        return None
    late = history.epochs[-1].epoch - _since(history, missing).epoch + 1
    if _still_learns(history, recent) and late < _LATE * history.planned_epochs:
        return None
    return _never(history, missing)


def _missing(history: RunHistory, recent: tuple[EpochFinished, ...]) -> list[int]:
    counts = history.validation_counts
    told = [epoch.predicted_counts for epoch in recent]
    if any(len(one) != len(counts) for one in told):
        return []
    return [
        index
        for index, count in enumerate(counts)
        if count >= _LEAST_SAMPLES and not any(one[index] for one in told)
    ]


def _still_learns(history: RunHistory, recent: tuple[EpochFinished, ...]) -> bool:
    if not history.state.busy:
        return False
    gain = recent[-1].val_accuracy - recent[0].val_accuracy
    falls = recent[-1].train_loss < recent[0].train_loss * (1 - _FALLS)
    return falls or gain > validation_error(history, recent[0])


def _never(history: RunHistory, missing: list[int]) -> Finding:
    names = ", ".join(f"“{history.labels[index]}”" for index in missing[:3])
    if len(missing) > 3:
        names += f" and {len(missing) - 3} more"
    since = _since(history, missing)
    samples = sum(history.validation_counts[index] for index in missing)
    rare = _are_rare(history, missing)
    return Finding(
        kind=FindingKind.LABEL_NEVER_PREDICTED,
        epoch=since.epoch,
        step=since.step,
        what=f"{names} {'is' if len(missing) == 1 else 'are'} never predicted.",
        why=f"Validation has {wording.plural(samples, 'sample')} of "
        f"{'it' if len(missing) == 1 else 'them'}, and all are taken for something else"
        + ("; there are few to learn from." if rare else "."),
        remedy="Weigh rare labels more next time, or gather more samples of them."
        if rare
        else "See whether these samples look like those of another label.",
        action=Remedy.WEIGH_LABELS if rare else Remedy.LOOK_AT_DATA,
    )


def _since(history: RunHistory, missing: list[int]) -> EpochFinished:
    """The first of the epochs without a break in which all of them are missing."""
    found = history.epochs[-1]
    for epoch in reversed(history.epochs):
        if len(epoch.predicted_counts) != len(history.labels):
            break
        if any(epoch.predicted_counts[index] for index in missing):
            break
        found = epoch
    return found


def _are_rare(history: RunHistory, missing: list[int]) -> bool:
    counts = history.train_counts or history.validation_counts
    mean = sum(counts) / max(1, len(counts))
    return min(counts[index] for index in missing) < _RARE * mean
