"""What is looked for among all samples together: copies, contradictions, leaks, odd labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from finetune_studio.engine.data.columns import is_number
from finetune_studio.engine.data.findings import Findings
from finetune_studio.engine.data.label_cells import PLACEHOLDERS
from finetune_studio.engine.data.label_groups import label_counts, relabelled
from finetune_studio.engine.data.label_spellings import (
    quoted,
    tell_lookalikes,
    with_spellings_merged,
)
from finetune_studio.engine.data.sample_sequence import Samples
from finetune_studio.engine.data.samples import Sample
from finetune_studio.engine.data.twins import come_again, contradict, repeat
from finetune_studio.project.choices import Target
from finetune_studio.project.problems import Problem, Severity

_UNEVEN = 10
_MANY_NUMBERS = 20
_MANY_LABELS = 20
_LONG_LABEL = 50
_MOST_LABELS = 10_000


def check_samples(
    samples: Sequence[Sample], findings: Findings, kind: Target = Target.LABEL
) -> Samples:
    """Tell what is odd; merge and leave out what the user wants merged and left out.

    Returns:
        The samples to be used, in the order given.
    """
    checked = Samples.of(samples)
    if kind is Target.NUMBER:
        for step in (_conflicts, _leaks, _copies):
            checked = step(checked, findings)
        _tell_unusable_numbers(checked, findings)
        return checked
    checked = with_spellings_merged(checked, findings, kind)
    for step in (_conflicts, _leaks, _copies):
        checked = step(checked, findings)
    checked = _placeholders(checked, findings, kind)
    checked = _singles(checked, findings, kind)
    labels = label_counts(checked, kind)
    _tell_unusable(labels, findings, some_without=labels.total() > 0 and "" in checked.counts())
    _tell_uneven(labels, findings)
    tell_lookalikes(labels, findings)
    _tell_odd_labels(labels, findings)
    return checked


def _conflicts(samples: Samples, findings: Findings) -> Samples:
    twins = samples.twins
    mixed = contradict(samples.identities[twins], samples.codes[twins])
    return _sifted(samples, twins[mixed], "conflict", findings)


def _leaks(samples: Samples, findings: Findings) -> Samples:
    twins = samples.twins
    again = come_again(samples.identities[twins], samples.splits[twins])
    return _sifted(samples, twins[again], "leak", findings)


def _copies(samples: Samples, findings: Findings) -> Samples:
    twins = samples.twins
    copies = repeat(samples.splits[twins], samples.codes[twins], samples.identities[twins])
    return _sifted(samples, twins[copies], "duplicate", findings)


def _placeholders(samples: Samples, findings: Findings, kind: Target) -> Samples:
    odd = {label for label in label_counts(samples, kind) if label.casefold() in PLACEHOLDERS}
    return _sifted_labels(samples, odd, "label_placeholder", findings, kind)


def _singles(samples: Samples, findings: Findings, kind: Target) -> Samples:
    single = {label for label, count in label_counts(samples, kind).items() if count == 1}
    return _sifted_labels(samples, single, "label_single", findings, kind)


def _sifted(samples: Samples, places: np.ndarray, code: str, findings: Findings) -> Samples:
    if not len(places):
        return samples
    shown = (samples[place] for place in places.tolist())
    findings.add_many(code, len(places), ((one.where, f"“{one.label}”") for one in shown))
    return samples.without(places) if findings.leaves_out(code) else samples


def _sifted_labels(
    samples: Samples, labels: set[str], code: str, findings: Findings, kind: Target
) -> Samples:
    if not labels:
        return samples
    counts = label_counts(samples, kind)
    for label in sorted(labels):
        findings.add(code, f"“{label}”", samples=counts[label])
    if not findings.leaves_out(code):
        return samples
    if kind is Target.LABELS:  # the samples may have other labels that are not odd
        return relabelled(samples, dict.fromkeys(labels, ""), kind)
    odd = np.array([name in labels for name in samples.names], np.bool_)
    return samples.taken(~odd[samples.codes])


def _tell_unusable_numbers(samples: Samples, findings: Findings) -> None:
    if not len(samples):
        _tell_unusable(Counter(), findings)
    elif len(samples.counts()) == 1:
        findings.add_problem(
            Problem(
                what=f"All samples have the same number, {next(iter(samples.counts()))}.",
                why="There is nothing to learn from.",
                remedy="Choose another column.",
                code="data_one_number",
            )
        )


def _tell_unusable(labels: Counter[str], findings: Findings, *, some_without: bool = False) -> None:
    """Tell what stands in the way; one label is enough where some samples are without it."""
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
    elif len(labels) == 1 and not some_without:
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
