"""What figures by label share, whether a sample has one label or several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from torch import Tensor

from finetune_studio.project.choices import Target
from finetune_studio.project.problems import Problem, Severity


class _Words(NamedTuple):
    """How what is not defined is said of a kind of answers."""

    learn_how: str
    never: str
    why: str
    remedy: str


_WORDS = {
    Target.LABEL: _Words(
        "how well it is told apart",
        "never predicted",
        "The model takes every such sample for something else.",
        "Add samples of this label, or train longer or deeper.",
    ),
    Target.LABELS: _Words(
        "how well it is found",
        "never given",
        "No sample reaches the label's threshold.",
        "Lower the threshold, add samples of the label, or train longer.",
    ),
}


def unsaid(
    support: Tensor, named: Tensor, labels: Sequence[str], target: Target
) -> tuple[Problem, ...]:
    """What the figures cannot say of labels that no sample has, or that were never given.

    Args:
        support: how many samples have each label, int64 [labels].
        named: how many were given it, int64 [labels].
        labels: their names.
        target: ``LABEL`` or ``LABELS``; it decides about the words.
    """
    words = _WORDS[target]
    counted = list(zip(labels, support.tolist(), named.tolist(), strict=True))
    absent = [label for label, there, _ in counted if not there]
    never = [label for label, there, times in counted if there and not times]
    problems = []
    if absent:
        problems.append(
            Problem(
                what=f"{_listed(absent)}: no samples here, so nothing is measured.",
                why=f"None of the evaluated samples has {_this(absent)}.",
                remedy=f"Evaluate on more data to learn {words.learn_how}.",
                severity=Severity.NOTE,
                code="label_absent",
            )
        )
    if never:
        problems.append(
            Problem(
                what=f"{_listed(never)}: {words.never}, so precision is not defined (shown as 0).",
                why=words.why,
                remedy=words.remedy,
                severity=Severity.WARNING,
                code="label_never_predicted",
            )
        )
    return tuple(problems)


def share_of(part: Tensor, whole: Tensor) -> Tensor:
    """A share, float64; 0 of nothing is 0."""
    return part.double() / whole.clamp_min(1)


def _this(labels: Sequence[str]) -> str:
    return "this label" if len(labels) == 1 else "one of these labels"


def _listed(labels: Sequence[str], most: int = 5) -> str:
    shown = ", ".join(f"“{label}”" for label in labels[:most])
    return shown if len(labels) <= most else f"{shown} and {len(labels) - most} more"
