"""What was done to texts, as pieces that stayed, went or came."""

from __future__ import annotations

from enum import StrEnum

from finetune_studio.project.choices import CleaningKind
from finetune_studio.project.value import Value


class Change(StrEnum):
    """What became of a piece of text."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"
    SKIPPED = "skipped"


class Span(Value):
    """A piece of text; one that is skipped stayed and is not worth showing."""

    change: Change
    text: str


class TextDifference(Value):
    """One text before and after, as pieces in order.

    Attributes:
        where: the file or line it comes from.
        emptied: whether nothing is left of it.
    """

    label: str
    where: str
    spans: tuple[Span, ...]
    emptied: bool = False

    @property
    def changed(self) -> bool:
        """Whether anything went or came."""
        return any(span.change in (Change.REMOVED, Change.ADDED) for span in self.spans)


class StepEffect(Value):
    """How many of the texts looked at a step of cleaning changes.

    Attributes:
        on: whether the step is on; of one that is off, ``changed`` is what it would change alone.
    """

    kind: CleaningKind
    on: bool
    changed: int


class CleaningEffect(Value):
    """What a list of steps does to some of the user's texts.

    Attributes:
        looked_at: how many texts were cleaned to find out.
        changed: how many of them all steps together change.
        emptied: of how many nothing is left.
        steps: of every step in its order, those that are off too.
        texts: a few, those that change first.
    """

    looked_at: int
    changed: int
    emptied: int
    steps: tuple[StepEffect, ...]
    texts: tuple[TextDifference, ...]
