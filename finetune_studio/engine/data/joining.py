"""The labels of two sets of samples as one list: names that are the same are one label."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from finetune_studio.project import wording
from finetune_studio.project.problems import Problem, Severity

_MOST_NAMED = 5


@dataclass(frozen=True)
class JoinedLabels:
    """Labels of now and of before.

    Attributes:
        all: sorted by code point, as the model answers them.
        shared: in both.
        added: only in what is learned now.
        earlier: only in what was learned before.
    """

    all: tuple[str, ...]
    shared: tuple[str, ...]
    added: tuple[str, ...]
    earlier: tuple[str, ...]


def joined(now: Collection[str], before: Collection[str]) -> JoinedLabels:
    """Join labels by their names, letter by letter."""
    new, old = set(now), set(before)
    return JoinedLabels(
        all=tuple(sorted(new | old)),
        shared=tuple(sorted(new & old)),
        added=tuple(sorted(new - old)),
        earlier=tuple(sorted(old - new)),
    )


def in_words(labels: JoinedLabels) -> str:
    """What became of the labels, in a sentence or two."""
    total = wording.plural(len(labels.all), "label")
    if not labels.added and not labels.earlier:
        return f"{total}, the same in both."
    parts = [
        f"{_listed(labels.shared)} in both" if labels.shared else "",
        f"{_listed(labels.added)} new" if labels.added else "",
        f"{_listed(labels.earlier)} only in the earlier data" if labels.earlier else "",
    ]
    return f"{total} together: {'; '.join(part for part in parts if part)}."


def nearly_same(labels: JoinedLabels) -> tuple[Problem, ...]:
    """A warning of labels that were kept apart although only case or spaces differ."""
    known = {_plain(label): label for label in (*labels.shared, *labels.earlier)}
    pairs = [
        f"“{label}” and “{known[_plain(label)]}”"
        for label in labels.added
        if _plain(label) in known
    ]
    if not pairs:
        return ()
    return (
        Problem(
            what=f"{_few(pairs)} are taken for different labels.",
            why="The first is in the new data, the second in the earlier data; only case or "
            "spaces differ.",
            remedy="Name them alike in both if they mean the same.",
            severity=Severity.WARNING,
            code="label_spelling_earlier",
        ),
    )


def _plain(label: str) -> str:
    return "".join(label.split()).casefold()


def _listed(labels: Collection[str]) -> str:
    return _few([f"“{label}”" for label in labels])


def _few(words: Iterable[str]) -> str:
    named = list(words)
    shown = ", ".join(named[:_MOST_NAMED])
    more = len(named) - _MOST_NAMED
    return f"{shown} and {more:,} more" if more > 0 else shown
