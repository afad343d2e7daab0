"""What is looked for among all samples together: copies, contradictions, leaks, odd labels."""

from __future__ import annotations

from collections import Counter

from finetune_studio.engine.data.columns import is_number
from finetune_studio.engine.data.findings import Findings
from finetune_studio.engine.data.label_spellings import (
    quoted,
    tell_lookalikes,
    with_spellings_merged,
)
from finetune_studio.engine.data.samples import Sample
from finetune_studio.project.choices import Split
from finetune_studio.project.problems import Problem, Severity

_UNEVEN = 10
_MANY_NUMBERS = 20
_MANY_LABELS = 20
_LONG_LABEL = 50
_MOST_LABELS = 10_000
_PLACEHOLDERS = frozenset(
    {"na", "n/a", "nan", "none", "null", "nil", "unknown", "undefined", "?", "-", "missing"}
)


def check_samples(samples: list[Sample], findings: Findings) -> list[Sample]:
    """Tell what is odd; merge and leave out what the user wants merged and left out.

    Returns:
        The samples to be used, in the order given.
    """
    for step in (with_spellings_merged, _conflicts, _leaks, _copies, _placeholders, _singles):
        samples = step(samples, findings)
    labels = Counter(sample.label for sample in samples)
    _tell_unusable(labels, findings)
    _tell_uneven(labels, findings)
    tell_lookalikes(labels, findings)
    _tell_odd_labels(labels, findings)
    return samples


def _conflicts(samples: list[Sample], findings: Findings) -> list[Sample]:
    labels: dict[str, str] = {}
    mixed = {
        sample.identity
        for sample in samples
        if labels.setdefault(sample.identity, sample.label) != sample.label
    }
    return _sifted(samples, {s.key for s in samples if s.identity in mixed}, "conflict", findings)


def _leaks(samples: list[Sample], findings: Findings) -> list[Sample]:
    tested = {s.identity for s in samples if s.split is Split.TEST}
    watched = {s.identity for s in samples if s.split is Split.VALIDATION}
    elsewhere = {Split.TRAIN: tested | watched, Split.VALIDATION: tested}
    copies = {s.key for s in samples if s.split and s.identity in elsewhere.get(s.split, ())}
    return _sifted(samples, copies, "leak", findings)


def _copies(samples: list[Sample], findings: Findings) -> list[Sample]:
    seen: set[tuple[str, str, Split | None]] = set()
    again = set()
    for sample in samples:
        mark = (sample.identity, sample.label, sample.split)
        if mark in seen:
            again.add(sample.key)
        seen.add(mark)
    return _sifted(samples, again, "duplicate", findings)


def _placeholders(samples: list[Sample], findings: Findings) -> list[Sample]:
    odd = {s.label for s in samples if s.label.casefold() in _PLACEHOLDERS}
    return _sifted_labels(samples, odd, "label_placeholder", findings)


def _singles(samples: list[Sample], findings: Findings) -> list[Sample]:
    labels = Counter(sample.label for sample in samples)
    single = {label for label, count in labels.items() if count == 1}
    return _sifted_labels(samples, single, "label_single", findings)


def _sifted(samples: list[Sample], keys: set[str], code: str, findings: Findings) -> list[Sample]:
    if not keys:
        return samples
    for sample in samples:
        if sample.key in keys:
            findings.add(code, sample.where, f"“{sample.label}”")
    if not findings.leaves_out(code):
        return samples
    return [sample for sample in samples if sample.key not in keys]


def _sifted_labels(
    samples: list[Sample], labels: set[str], code: str, findings: Findings
) -> list[Sample]:
    if not labels:
        return samples
    counts = Counter(sample.label for sample in samples)
    for label in sorted(labels):
        findings.add(code, f"“{label}”", samples=counts[label])
    if not findings.leaves_out(code):
        return samples
    return [sample for sample in samples if sample.label not in labels]


def _tell_unusable(labels: Counter[str], findings: Findings) -> None:
    if not labels:
        findings.add_problem(
            Problem(
                what="There is not one usable sample.",
                why="Nothing was found, or all that was found had to be left out.",
                remedy="Choose a folder with one folder a label, or a table with a label column.",
                code="data_no_samples",
            )
        )
    elif len(labels) > _MOST_LABELS:
        findings.add_problem(
            Problem(
                what=f"There are {len(labels):,} different labels.",
                why=f"More than {_MOST_LABELS:,} cannot be told apart here.",
                remedy="Choose another label column, or fewer labels.",
                code="data_too_many_labels",
            )
        )
    elif len(labels) == 1:
        findings.add_problem(
            Problem(
                what=f"All samples have the same label, {quoted(next(iter(labels)))}.",
                why="There is nothing to tell apart.",
                remedy="Choose data with at least two labels.",
                code="data_one_label",
            )
        )


def _tell_uneven(labels: Counter[str], findings: Findings) -> None:
    if len(labels) < 2:
        return
    (most, many), (least, few) = labels.most_common()[0], labels.most_common()[-1]
    if many > _UNEVEN * few:
        findings.add_problem(
            _warning(
                "labels_uneven",
                f"The labels are uneven: {quoted(most)} has {many:,} samples, "
                f"{quoted(least)} {few:,}.",
                "A model can look good by answering the common labels only.",
                "Add samples of the rare labels; watch macro F1 rather than accuracy.",
            )
        )


def _tell_odd_labels(labels: Counter[str], findings: Findings) -> None:
    total = labels.total()
    if len(labels) <= _MANY_LABELS and not _are_long(labels):
        return
    if len(labels) > total / 2:
        what = f"Nearly every sample has a label of its own: {len(labels):,} in {total:,}."
        why = "The column or the folder names look like an identifier."
        code = "labels_like_id"
    elif len(labels) > _MANY_NUMBERS and all(map(is_number, labels)):
        what = f"The labels are {len(labels):,} different numbers."
        why = "They look like a quantity; labels are told apart, not measured."
        code = "labels_like_number"
    elif _are_long(labels):
        what = "The labels are long."
        why = "They look like texts."
        code = "labels_like_text"
    else:
        return
    findings.add_problem(_warning(code, what, why, "Choose another label column if this is wrong."))


def _are_long(labels: Counter[str]) -> bool:
    return bool(labels) and sum(map(len, labels)) / len(labels) > _LONG_LABEL


def _warning(code: str, what: str, why: str, remedy: str) -> Problem:
    return Problem(what=what, why=why, remedy=remedy, severity=Severity.WARNING, code=code)
