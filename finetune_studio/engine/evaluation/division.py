"""Which sample belongs to which part of a run: written down once, kept when the run goes on."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from finetune_studio.engine.data.samples import Sample, SampleSet
from finetune_studio.engine.data.splitting import split, with_splits
from finetune_studio.project.choices import Split
from finetune_studio.project.files import write_atomic
from finetune_studio.project.problems import Problem, ProblemError, Severity
from finetune_studio.project.project import SplitChoice
from finetune_studio.runs.folder import RunFolder


@dataclass(frozen=True)
class Division:
    """The parts of the data.

    Attributes:
        labels: in the order of the model's answers.
        changes: how the data differ from those the run began with, in words; empty when in
            nothing.
    """

    labels: tuple[str, ...]
    train: tuple[Sample, ...]
    validation: tuple[Sample, ...]
    test: tuple[Sample, ...]
    changes: str = ""

    def of(self, part: Split) -> tuple[Sample, ...]:
        """The samples of one part."""
        return {
            Split.TRAIN: self.train,
            Split.VALIDATION: self.validation,
            Split.TEST: self.test,
        }[part]


def divide(samples: SampleSet, choice: SplitChoice, run: RunFolder) -> Division:
    """Divide the samples of a run: as written down in its folder, else anew.

    Raises:
        ProblemError: nothing would be left to learn from or to validate on, or the labels are not
            those the run began with.
    """
    parts = split(samples, choice)
    labels, changes = samples.labels, ""
    if run.split_file.exists():
        labels, known = _read(run)
        if samples.labels != labels:
            raise _other_labels(labels, samples.labels, run)
        changes = _changes(known, {sample.key: sample.label for sample in samples.samples})
        parts |= {key: part for key, (_, part) in known.items() if key in parts}
    division = Division(labels, *_divided(samples.samples, parts), changes=changes)
    _refuse_empty(division)
    return division


def write(division: Division, run: RunFolder) -> None:
    """Keep the division in the run's folder."""
    parts = {
        sample.key: [sample.label, part.value] for part in Split for sample in division.of(part)
    }
    content = {"version": 1, "labels": division.labels, "samples": parts}
    write_atomic(run.split_file, json.dumps(content, ensure_ascii=False))


def changed(division: Division) -> Problem:
    """What to say when the data are no longer what they were."""
    return Problem(
        what=f"The data have changed since the run began: {division.changes}.",
        why="Files or rows were added, removed or given another label.",
        remedy="The run goes on with the data as they are now; start a new run to compare fairly.",
        severity=Severity.WARNING,
        code="data_changed",
    )


def _divided(
    samples: Sequence[Sample], parts: dict[str, Split]
) -> tuple[tuple[Sample, ...], tuple[Sample, ...], tuple[Sample, ...]]:
    train, validation, test = (
        tuple(with_splits(samples, parts, part))
        for part in (Split.TRAIN, Split.VALIDATION, Split.TEST)
    )
    return train, validation, test


def _read(run: RunFolder) -> tuple[tuple[str, ...], dict[str, tuple[str, Split]]]:
    try:
        content = json.loads(run.split_file.read_text(encoding="utf-8"))
        parts = {key: (label, Split(part)) for key, (label, part) in content["samples"].items()}
        return tuple(content["labels"]), parts
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ProblemError.of(
            f"{run.split_file.name} of run {run.name} is damaged.",
            "It says which samples the run learns from and which it is measured on.",
            "Restore it from a backup, or start a new run.",
            where=str(run.split_file),
            code="split_damaged",
        ) from error


def _changes(before: Mapping[str, tuple[str, Split]], now: Mapping[str, str]) -> str:
    counts = Counter(
        added=sum(key not in before for key in now),
        removed=sum(key not in now for key in before),
        relabelled=sum(key in before and before[key][0] != label for key, label in now.items()),
    )
    return ", ".join(f"{count:,} {kind}" for kind, count in counts.items() if count)


def _refuse_empty(division: Division) -> None:
    for part, samples in ((Split.TRAIN, division.train), (Split.VALIDATION, division.validation)):
        if not samples:
            raise ProblemError.of(
                f"No samples are left for {part.title_text.lower()}.",
                "The data are too few, or their own division leaves this part out.",
                "Add samples, so that every label has at least two, or change the shares.",
                where="split",
                code="part_empty",
            )


def _other_labels(before: tuple[str, ...], now: tuple[str, ...], run: RunFolder) -> ProblemError:
    gone = ", ".join(sorted(set(before) - set(now)))
    new = ", ".join(sorted(set(now) - set(before)))
    facts = (f"no longer there: {gone}" if gone else "", f"new: {new}" if new else "")
    return ProblemError.of(
        f"Run {run.name} cannot go on: the data have other labels than when it began.",
        f"{'; '.join(fact for fact in facts if fact).capitalize()}.",
        "Restore the data, or start a new run.",
        where=str(run.path),
        code="labels_changed",
    )
