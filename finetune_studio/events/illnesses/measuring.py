"""Illnesses of measuring: too few samples to tell, and labels that are never given."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from finetune_studio.events.events import EpochFinished
from finetune_studio.events.finding import Finding, FindingKind
from finetune_studio.events.illnesses.answers import right, right_error
from finetune_studio.events.illnesses.noise import Z_95, loss_error, samples_needed
from finetune_studio.events.main_figure import validation_of, value_words
from finetune_studio.events.run_state import RunState
from finetune_studio.project import wording
from finetune_studio.project.choices import Kept, Target
from finetune_studio.project.remedies import Remedy

if TYPE_CHECKING:
    from finetune_studio.events.history import RunHistory

# Half the width of the 95 % interval from which on a figure says little, and a fair one.
_TOO_WIDE = 0.125
_FAIR = 0.05
_TOO_WIDE_OF_ERROR = 0.3
_FAIR_OF_ERROR = 0.1
_MANY = 60  # samples; where these do not tell, single ones are far off, and more hardly help
_EPOCHS_TO_JUDGE = 3

_MISSING_EPOCHS = 5
_MISSING_AT_THE_END = 3
# With 5 samples and a chance of one half to find each, missing all happens in 3 of 100 runs.
_LEAST_SAMPLES = 5
_RARE = 0.5
_FALLS = 0.05
_LATE = 0.75


_MISSED = {
    Target.LABEL: "all are taken for something else",
    Target.LABELS: "none is found",
}


def validation_too_small(history: RunHistory) -> Finding | None:
    """So few samples that the accuracy of the best epoch may be far from what is shown."""
    samples, best = history.samples[1], history.best
    is_over = history.state in (RunState.FINISHED, RunState.STOPPED)
    judged = len(history.epochs) >= _EPOCHS_TO_JUDGE or is_over
    if best is None or not samples or not judged:
        return None
    half, allowed, fair = _uncertainty(history, best)
    if half <= allowed or (history.target is Target.NUMBER and samples >= _MANY):
        return None
    needed = math.ceil(samples * (half / fair) ** 2)
    if history.target is Target.LABEL:
        needed = samples_needed(best.val_accuracy, fair)
    chance = "" if history.keep is Kept.LAST else ", and which epoch is the best is partly chance"
    return Finding(
        kind=FindingKind.VALIDATION_TOO_SMALL,
        epoch=0,
        step=0,
        what=f"Validation is too small to tell: {wording.plural(samples, 'sample')}.",
        why=f"The {_judged(history, best)} of epoch {best.epoch} may be off by "
        f"{wording.share(half, 0)} either way{chance}.",
        remedy=f"About {wording.whole(needed)} samples would pin it down to ± "
        f"{wording.share(fair, 0)}. Use a larger validation share next time, or gather more "
        "samples.",
        action=Remedy.MORE_VALIDATION,
    )


def _uncertainty(history: RunHistory, best: EpochFinished) -> tuple[float, float, float]:
    """Half the width of the figure's 95 % interval, the most that is passed over, and a fair one.

    Of numbers that of the root of the mean squared error, as a share of it: how much is explained
    may be little for other reasons.
    """
    if history.target is Target.NUMBER:
        return (
            Z_95 * loss_error(history, best) / max(2 * best.val_loss, 1e-9),
            _TOO_WIDE_OF_ERROR,
            _FAIR_OF_ERROR,
        )
    return Z_95 * right_error(history, best), _TOO_WIDE, _FAIR


def _judged(history: RunHistory, best: EpochFinished) -> str:
    if history.target is Target.NUMBER:
        figures = validation_of(best)
        return f"RMSE of {value_words(figures.rmse, figures.target, figures.unit)}"
    named = "macro F1 of " if history.target is Target.LABELS else ""
    return f"{named}{wording.share(right(history, best))}"


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
    gain = right(history, recent[-1]) - right(history, recent[0])
    falls = recent[-1].train_loss < recent[0].train_loss * (1 - _FALLS)
    return falls or gain > right_error(history, recent[0])


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
        f"{'it' if len(missing) == 1 else 'them'}, and {_MISSED[history.target]}"
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
