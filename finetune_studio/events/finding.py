"""What the watchdog has to say of a run: an illness, since when, why it is one, and one remedy."""

from __future__ import annotations

from enum import StrEnum

from finetune_studio.project.remedies import Remedy
from finetune_studio.project.value import Value


class FindingKind(StrEnum):
    """The illnesses, the gravest first."""

    DIVERGED = "diverged"
    RATE_TOO_HIGH = "rate_too_high"
    NOT_LEARNING = "not_learning"
    OVERFITTING = "overfitting"
    PLATEAU = "plateau"
    LABEL_NEVER_PREDICTED = "label_never_predicted"
    VALIDATION_TOO_SMALL = "validation_too_small"

    @property
    def words(self) -> str:
        """In a word or two, for marks and lists."""
        return _TITLES[self]


_TITLES = {
    FindingKind.DIVERGED: "diverged",
    FindingKind.RATE_TOO_HIGH: "rate too high",
    FindingKind.NOT_LEARNING: "not learning",
    FindingKind.OVERFITTING: "overfitting",
    FindingKind.PLATEAU: "plateau",
    FindingKind.LABEL_NEVER_PREDICTED: "label never predicted",
    FindingKind.VALIDATION_TOO_SMALL: "validation too small",
}


class Finding(Value):
    """An illness of a run.

    Attributes:
        epoch: since when it holds.
        step: where that is on the curves.
        what, why, remedy: in plain words, each a sentence or two.
        action: the one thing to do about it; ``None`` when there is nothing a program could do.
        noticed: the epoch in which it was noticed.
        resolved: the epoch in which it no longer held; 0 while it does.
    """

    kind: FindingKind
    epoch: int
    step: int
    what: str
    why: str
    remedy: str
    action: Remedy | None = None
    noticed: int = 0
    resolved: int = 0

    @property
    def title(self) -> str:
        """The illness and its first epoch: ``overfitting since epoch 5``."""
        return f"{self.kind.words} since epoch {self.epoch}" if self.epoch else self.kind.words
