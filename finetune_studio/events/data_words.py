"""What data hold, in words that window and command line share."""

from __future__ import annotations

from finetune_studio.events.descriptions import DataReport
from finetune_studio.project import wording
from finetune_studio.project.choices import Target
from finetune_studio.project.target import AS_LIST


def target_words(report: DataReport) -> str:
    """What is learned of each sample: "7 labels", "7 labels, several each", "numbers in €"."""
    target = report.target
    if target.kind is Target.NUMBER:
        return f"numbers in {target.unit}" if target.unit else "numbers"
    labels = wording.plural(len(report.labels), "label")
    return f"{labels}, several each" if target.kind is Target.LABELS else labels


def reading_words(report: DataReport) -> str:
    """How it was seen that samples have several labels, or a number; empty for one label."""
    target = report.target
    if target.kind is Target.LABEL:
        return ""
    parts = [_how(report), target.reason]
    if target.kind is Target.LABELS:
        total = sum(label.count for label in report.labels)
        parts.append(
            f"The bars add up to {wording.whole(total)}, since a sample counts once for each of "
            "its labels."
        )
        if report.unlabelled:
            without = wording.plural(report.unlabelled, "sample")
            verb = "has" if report.unlabelled == 1 else "have"
            parts.append(f"{without} {verb} none of them.")
    return " ".join(part for part in parts if part)


def cleaning_words(report: DataReport) -> str:
    """That what was found is of cleaned texts; empty where nothing is cleaned."""
    if not report.cleaned:
        return ""
    return "What was found is of the cleaned texts; here they stand as in your data."


def target_line(report: DataReport) -> str:
    """The same for the terminal, with how to change it."""
    words = reading_words(report)
    change = "" if report.target.decided else " Set data.target to label, labels or number if not."
    return f"{words}{change}" if words else ""


def _how(report: DataReport) -> str:
    target = report.target
    if target.kind is Target.NUMBER:
        sign = "comma" if target.decimal == "," else "point"
        unit = f", in {target.unit}" if target.unit else ""
        return f"Learned as numbers (decimal {sign}{unit})."
    if target.columns:
        return f"Several labels a sample, from {wording.plural(len(target.columns), 'column')}."
    if target.separator == AS_LIST:
        return "Several labels a sample, in lists."
    if target.separator:
        return f"Several labels a sample, with “{target.separator}” between them."
    return "Any of the labels, or none, for each sample."
