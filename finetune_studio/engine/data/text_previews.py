"""A few of the user's own texts, cleaned or varied to be looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from finetune_studio.engine.data.cleaning import cleaner_of
from finetune_studio.engine.data.differences import abridged, difference
from finetune_studio.engine.data.text_variation import vary
from finetune_studio.events.descriptions import Preview
from finetune_studio.events.differences import CleaningEffect, StepEffect, TextDifference
from finetune_studio.project.choices import CleaningKind, Split
from finetune_studio.project.cleaning import CleaningStep, arranged
from finetune_studio.project.text_variation import TextVariation

_LOOKED_AT = 400
_SHOWN = 16
_VARIED = 8
_MASK = "[MASK]"  # BERT's; other models write theirs otherwise


def texts_in(previews: Path) -> tuple[Preview, ...]:
    """Texts that an inspection left, spread over all of them; damaged lines are passed over."""
    try:
        lines = previews.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return ()
    found = tuple(text for line in lines if (text := _parsed(line)) is not None and text.text)
    every = -(-len(found) // _LOOKED_AT) or 1
    return found[::every]


def cleaning_effect(texts: Sequence[Preview], steps: Sequence[CleaningStep]) -> CleaningEffect:
    """What steps do to texts, each by itself and all together.

    Args:
        texts: as they were read.
        steps: in their order; those that are missing or off are tried alone.
    """
    trial = _Trial(arranged(steps))
    looked = [trial.of(text) for text in texts]
    shown = _picked(looked)
    return CleaningEffect(
        looked_at=len(looked),
        changed=sum(one.after != one.text.text for one in looked),
        emptied=sum(not one.after for one in looked),
        steps=tuple(
            StepEffect(
                kind=step.kind,
                on=step.on,
                changed=sum(step.kind in one.changed_by for one in looked),
            )
            for step in arranged(steps)
        ),
        texts=tuple(_difference(one.text, one.after) for one in shown),
    )


def varied_texts(
    texts: Sequence[Preview],
    steps: Sequence[CleaningStep],
    how: TextVariation | None,
    *,
    seed: int,
    epoch: int,
) -> tuple[TextDifference, ...]:
    """A few training texts and what an epoch makes of them.

    Args:
        texts: as they were read.
        steps: of cleaning, which comes before.
        how: how far they are varied; ``None`` leaves them as they are.
        seed: of the run.
        epoch: from 1.
    """
    clean = cleaner_of(steps)
    training = [text for text in texts if text.split is Split.TRAIN] or list(texts)
    chosen = training[:: max(1, len(training) // _VARIED)][:_VARIED]
    result = []
    for place, text in enumerate(chosen):
        before = text.edited(text=clean(text.text))
        after = before.text
        if how is not None:
            after = vary(before.text, how, seed=seed, epoch=epoch, place=place, mask=_MASK)
        result.append(_difference(before, after))
    return tuple(result)


@dataclass(frozen=True)
class _Looked:
    """A text, what becomes of it, and the steps that change it; of those off, that would alone."""

    text: Preview
    after: str
    changed_by: frozenset[CleaningKind]


class _Trial:
    """Tries steps on texts, each by itself and all together."""

    def __init__(self, steps: Sequence[CleaningStep]) -> None:
        self._all = cleaner_of(steps)
        self._each = [(step, cleaner_of([step.edited(on=True)])) for step in steps]

    def of(self, text: Preview) -> _Looked:
        """What becomes of a text."""
        return _Looked(text, self._all(text.text), frozenset(self._changing(text.text)))

    def _changing(self, text: str) -> Iterator[CleaningKind]:
        so_far = text
        for step, clean in self._each:
            if step.on:
                before, so_far = so_far, clean(so_far)
                if so_far != before:
                    yield step.kind
            elif clean(text) != text:
                yield step.kind


def _picked(looked: Sequence[_Looked]) -> list[_Looked]:
    """Some to show: what changes first, and of that one for each step before a second for any."""
    changing = [one for one in looked if one.after != one.text.text]
    picked: list[_Looked] = []
    seen: frozenset[CleaningKind] = frozenset()
    for one in changing:
        if not one.changed_by <= seen:
            picked.append(one)
            seen |= one.changed_by
    emptied = [one for one in looked if not one.after]
    return list(dict.fromkeys([*picked, *emptied, *changing, *looked]))[:_SHOWN]


def _difference(before: Preview, after: str) -> TextDifference:
    return TextDifference(
        label=before.label,
        where=before.where,
        spans=abridged(difference(before.text, after)),
        emptied=not after,
    )


def _parsed(line: str) -> Preview | None:
    try:
        return Preview.model_validate_json(line)
    except ValidationError:
        return None
