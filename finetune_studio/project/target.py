"""What is learned of each sample: one of several labels, any of them, or a number.

Wherever a sample travels, what it is travels as one text: the label; or all its labels, sorted and
joined; or the number as it would be written in a program. So tables stay columns of few different
texts, and everything that only asks whether two samples have the same label need not know more.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from finetune_studio.project import wording
from finetune_studio.project.choices import Target
from finetune_studio.project.value import Value

_FIGURES = 4

JOINT = " | "
"""What stands between the labels of one sample."""

AS_LIST = "[]"
"""The separator of cells that are lists, ``["a", "b"]``."""


class TargetReading(Value):
    """What the samples are taken to be, and how a table says it.

    Attributes:
        separator: between the labels of a cell; ``AS_LIST`` for lists, empty where there is none.
        columns: the columns that say yes or no to one label each, where there are several.
        blank_is_no: whether an empty cell of such a column says no; else nothing is known there.
        decimal: what stands before a number's decimals.
        unit: of the numbers; empty when they have none.
        reason: why it was taken so, in words; empty where that needs no words.
        decided: whether the user said so.
    """

    kind: Target = Target.LABEL
    separator: str = ""
    columns: tuple[str, ...] = ()
    blank_is_no: bool = False
    decimal: Literal[".", ","] = "."
    unit: str = ""
    reason: str = ""
    decided: bool = False


ONE_LABEL = TargetReading()
"""What holds where nothing else was said or seen."""


def joined(labels: Iterable[str]) -> str:
    """The labels of one sample as one text: each once, in order; empty when it has none."""
    plain = {label.replace(JOINT, " ¦ ") for label in labels}
    return JOINT.join(sorted(plain - {""}))


def parts_of(label: str) -> tuple[str, ...]:
    """The labels of one sample from their text."""
    return tuple(label.split(JOINT)) if label else ()


def as_label(number: float) -> str:
    """A number as the text it travels as; `float` gives exactly the number back."""
    return repr(int(number)) if number == int(number) and abs(number) < 1e15 else repr(number)


def number_words(number: float) -> str:
    """A number as people read it, to four figures: ``3.5``, ``1,204``, ``0.03217``."""
    words = wording.figure(number, _FIGURES)
    return words.rstrip("0").rstrip(".") if "." in words and "e" not in words else words


def shown(label: str, kind: Target, unit: str = "") -> str:
    """What a sample is, as people read it."""
    if kind is Target.LABELS:
        return ", ".join(parts_of(label)) or "none of the labels"
    return f"{label} {unit}".strip() if kind is Target.NUMBER else label
