"""What a run made its model forget: the earlier task's score before training and after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from finetune_studio.project import wording
from finetune_studio.project.value import Value

if TYPE_CHECKING:
    from finetune_studio.events.events import EarlierTaskJoined, EarlierTaskScored
    from finetune_studio.events.history import RunHistory


class Forgetting(Value):
    """The share of the earlier task's validation samples that is answered rightly.

    Attributes:
        before: before the first step.
        after: at the epoch that is kept.
        epoch: that epoch; 0 before one is finished.
        samples: that were asked about.
    """

    before: float
    after: float
    epoch: int
    samples: int


def forgetting(history: RunHistory) -> Forgetting | None:
    """What the run's best epoch forgot; ``None`` where there is no earlier task."""
    scores = {score.epoch: score for score in history.earlier_scores}
    if 0 not in scores:
        return None
    after = scores.get(history.best_epoch, history.earlier_scores[-1])
    return Forgetting(
        before=scores[0].accuracy,
        after=after.accuracy,
        epoch=after.epoch,
        samples=after.samples,
    )


def in_words(found: Forgetting) -> str:
    """One line: ``91.0 % before, 78.0 % after``."""
    before = f"{wording.share(found.before)} before"
    return f"{before}, {wording.share(found.after)} after" if found.epoch else before


def joined_words(event: EarlierTaskJoined) -> str:
    """What is done against forgetting, in sentences."""
    parts = []
    if event.source:
        parts.append(f"Earlier task: {event.source}.")
    if event.per_batch:
        parts.append(
            f"{event.replayed:,} of {event.samples:,} earlier samples are learned from again, "
            f"{event.per_batch} of {event.batch_size} in each batch."
        )
    parts.append(event.words)
    if event.known:
        known = wording.plural(len(event.known), "label")
        parts.append(f"The head keeps what it knows of {known}.")
    return " ".join(part for part in parts if part)


def with_score(
    scores: tuple[EarlierTaskScored, ...], score: EarlierTaskScored
) -> tuple[EarlierTaskScored, ...]:
    """The scores in order; one of an epoch trained again takes the place of the first."""
    return (*(one for one in scores if one.epoch < score.epoch), score)


def up_to(scores: tuple[EarlierTaskScored, ...], epoch: int) -> tuple[EarlierTaskScored, ...]:
    """The scores as they were after an epoch."""
    return tuple(one for one in scores if one.epoch <= epoch)
