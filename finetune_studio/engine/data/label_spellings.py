"""Labels that are one to a reader and several to a program: told, and merged where that is safe.

Spellings that differ in case or spaces only are merged on the user's word. Labels that look alike
otherwise ("1" and "1.0", "co-op" and "coop") may well mean different things and are only told.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from finetune_studio.engine.data.columns import is_number
from finetune_studio.engine.data.findings import Findings
from finetune_studio.engine.data.label_groups import label_counts, relabelled
from finetune_studio.engine.data.sample_sequence import Samples
from finetune_studio.engine.data.samples import Sample
from finetune_studio.project.choices import Target
from finetune_studio.project.problems import Problem, Severity

SPELLING = "label_spelling"
_LISTED = 5
_SHOWN_OF_LABEL = 60
_SHOWN_ON_BUTTON = 30


def with_spellings_merged(
    samples: Sequence[Sample], findings: Findings, kind: Target = Target.LABEL
) -> Samples:
    """Tell labels that differ in case or spaces only, and merge them if the user wants it.

    Each group becomes its most frequent spelling; of equally frequent ones the last by code
    point, so the one in small letters.
    """
    samples = Samples.of(samples)
    counts = label_counts(samples, kind)
    groups = [
        sorted(group, key=lambda label: (counts[label], label), reverse=True)
        for group in _groups(counts, _spelling)
    ]
    if not groups:
        return samples
    if not findings.leaves_out(SPELLING):
        findings.add_problem(_mergeable(groups))
        return samples
    findings.add_problem(_merged(groups))
    kept = {label: group[0] for group in groups for label in group[1:]}
    return relabelled(samples, kept, kind)


def tell_lookalikes(labels: Iterable[str], findings: Findings) -> None:
    """Tell labels that look alike, but differ in more than case and spaces."""
    spellings = {_spelling(label): label for label in sorted(labels, reverse=True)}
    groups = [sorted(group) for group in _groups(spellings.values(), _essence)]
    if groups:
        findings.add_problem(
            Problem(
                what=f"Some labels look like different spellings of one: {_listed(groups)}.",
                why="They are kept apart, as written.",
                remedy="Spell them alike in the data if they mean the same.",
                severity=Severity.WARNING,
                code="labels_alike",
            )
        )


def quoted(label: str, most: int = _SHOWN_OF_LABEL) -> str:
    """A label in a sentence, cut where it is long."""
    return f"“{label[:most]}”"


def _mergeable(groups: list[list[str]]) -> Problem:
    into = quoted(groups[0][0], _SHOWN_ON_BUTTON)
    return Problem(
        what=f"Some labels differ in capital letters or spaces only: {_listed(groups)}.",
        why="They are kept apart, as written, and learned as different labels.",
        remedy="Merge them if they mean the same.",
        severity=Severity.WARNING,
        code=SPELLING,
        fix=f"Merge into {into}" if len(groups) == 1 else "Merge into the most frequent spellings",
    )


def _merged(groups: list[list[str]]) -> Problem:
    shown = "; ".join(
        f"{', '.join(map(quoted, others[:_LISTED]))} into {quoted(kept)}"
        for kept, *others in groups[:_LISTED]
    )
    return Problem(
        what=f"Labels that differ in capital letters or spaces only are merged: {shown}.",
        severity=Severity.NOTE,
        code=SPELLING,
    )


def _groups(labels: Iterable[str], shared: Callable[[str], str]) -> list[list[str]]:
    """The labels that share something, where several do."""
    found: dict[str, list[str]] = defaultdict(list)
    for label in labels:
        found[shared(label)].append(label)
    return [group for group in found.values() if len(group) > 1]


def _listed(groups: list[list[str]]) -> str:
    return "; ".join(", ".join(map(quoted, group[:_LISTED])) for group in groups[:_LISTED])


def _spelling(label: str) -> str:
    """What labels share that differ in case or spaces only.

    Letters that Unicode writes in two ways, as one character or with the accent apart, are equal.
    """
    folded = unicodedata.normalize("NFC", label).casefold()
    return "".join(folded.split())


def _essence(label: str) -> str:
    """What labels share that look alike."""
    if is_number(label):
        return repr(float(label))
    folded = unicodedata.normalize("NFKC", label).casefold()
    return "".join(letter for letter in folded if letter.isalnum()) or folded
