"""Two texts compared, as pieces that people can follow."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher

from finetune_studio.events.differences import Change, Span

_PIECE = re.compile(r"\w+|\s+|[^\w\s]")
_SPACES = re.compile(r"(\s+)")
_LONGEST_LETTER_BY_LETTER = 60
_ALIKE = 0.5
_AROUND = 48  # characters shown on both sides of a change
_UNCHANGED_SHOWN = 200


def difference(before: str, after: str) -> tuple[Span, ...]:
    """What has to go and to come to make one text of the other.

    Words are compared as wholes; where one became a similar one, letter by letter.
    """
    old, new = _PIECE.findall(before), _PIECE.findall(after)
    return tuple(_joined(_finer(_aligned(old, new))))


def abridged(spans: Sequence[Span]) -> tuple[Span, ...]:
    """The same with long stretches that stayed cut short around the changes."""
    if all(span.change is Change.SAME for span in spans):
        text = "".join(span.text for span in spans)
        return _cut(text, head=_UNCHANGED_SHOWN, tail=0)
    last = len(spans) - 1
    shorter: list[Span] = []
    for place, span in enumerate(spans):
        if span.change is Change.SAME:
            head, tail = _AROUND * (place > 0), _AROUND * (place < last)
            shorter += _cut(span.text, head=head, tail=tail)
        else:
            shorter.append(span)
    return tuple(shorter)


def _changes(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What went and what came instead, in order; equal where nothing changed."""
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for _, start, end, new_start, new_end in matcher.get_opcodes():
        yield "".join(old[start:end]), "".join(new[new_start:new_end])


def _aligned(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The same, with words that differ in case alone, and all white space, beside each other."""
    matcher = SequenceMatcher(None, _keys(old), _keys(new), autojunk=False)
    for kind, start, end, new_start, new_end in matcher.get_opcodes():
        if kind == "equal":
            yield from zip(old[start:end], new[new_start:new_end], strict=True)
        else:
            yield "".join(old[start:end]), "".join(new[new_start:new_end])


def _keys(pieces: Sequence[str]) -> list[str]:
    return [" " if piece.isspace() else piece.casefold() for piece in pieces]


def _finer(changes: Iterable[tuple[str, str]]) -> Iterator[Span]:
    for went, came in changes:
        if went == came:
            yield Span(change=Change.SAME, text=went)
            continue
        old, new = _SPACES.split(went), _SPACES.split(came)
        if len(old) == len(new):
            for word, instead in zip(old, new, strict=True):
                yield from _letters(word, instead)
        else:
            yield from _replaced(went, came)


def _letters(went: str, came: str) -> Iterator[Span]:
    # Capitals and accents make words similar that share no letter.
    matcher = SequenceMatcher(None, went.casefold(), came.casefold(), autojunk=False)
    if max(len(went), len(came)) > _LONGEST_LETTER_BY_LETTER or matcher.ratio() < _ALIKE:
        yield from _replaced(went, came)
        return
    for old, new in _changes(went, came):
        if old == new:
            yield Span(change=Change.SAME, text=old)
        else:
            yield from _replaced(old, new)


def _replaced(went: str, came: str) -> Iterator[Span]:
    yield Span(change=Change.REMOVED, text=went)
    yield Span(change=Change.ADDED, text=came)


def _joined(spans: Iterable[Span]) -> Iterator[Span]:
    """Neighbours of one kind as one, and none that is empty."""
    waiting: Span | None = None
    for span in spans:
        if not span.text:
            continue
        if waiting is not None and waiting.change is span.change:
            waiting = Span(change=span.change, text=waiting.text + span.text)
            continue
        if waiting is not None:
            yield waiting
        waiting = span
    if waiting is not None:
        yield waiting


def _cut(text: str, *, head: int, tail: int) -> tuple[Span, ...]:
    """The first and the last characters of a stretch that stayed."""
    if len(text) <= head + tail + 1:
        return (Span(change=Change.SAME, text=text),)
    parts = (
        (Change.SAME, text[:head]),
        (Change.SKIPPED, text[head : len(text) - tail]),
        (Change.SAME, text[len(text) - tail :]),
    )
    return tuple(Span(change=change, text=part) for change, part in parts if part)
