"""What is evaluated: a part of the run's own samples, or others that were given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from finetune_studio.engine.data.samples import Sample, SampleSet
from finetune_studio.engine.evaluation.division import changed, divide
from finetune_studio.engine.model.bundle import ModelBundle
from finetune_studio.project.choices import Split, Target
from finetune_studio.project.problems import Problem, ProblemError, Severity
from finetune_studio.project.project import Project
from finetune_studio.project.target import joined, parts_of
from finetune_studio.runs.folder import RunFolder


@dataclass(frozen=True)
class Material:
    """Some samples, and those that an answer without looking would rest on."""

    samples: Sequence[Sample]
    split: Split | None
    learned: Sequence[Sample]
    problems: tuple[Problem, ...] = ()


def own_samples(
    found: SampleSet, run: RunFolder, project: Project, split: Split | None
) -> Material:
    """The samples of a part of the run's data; without one the test samples, else validation's.

    Raises:
        ProblemError: the part has none.
    """
    division = divide(found, project.split, run)
    part = split or (Split.TEST if division.test else Split.VALIDATION)
    samples = division.of(part)
    if not samples:
        raise no_samples(f"The run has no {part.title_text.lower()} samples.", run.path)
    problems = (changed(division),) if division.changes else ()
    return Material(samples, part, division.train, problems)


def given_samples(found: SampleSet, bundle: ModelBundle) -> Material:
    """Other samples than the run's own, without what the model knows no label of.

    Raises:
        ProblemError: it knows none.
    """
    samples, problems = _known(found, bundle)
    if not samples:
        raise no_samples("None of the samples has a label the model knows.", Path())
    return Material(samples, None, samples, problems)


def _known(found: SampleSet, bundle: ModelBundle) -> tuple[Sequence[Sample], tuple[Problem, ...]]:
    """The samples that the model can be asked about, and what is to be said of the others."""
    labels = frozenset(bundle.labels)
    unknown = sorted(set(found.labels) - labels)
    if bundle.outputs.kind is Target.NUMBER or not unknown:
        return found.samples, ()
    if bundle.outputs.kind is Target.LABELS:
        stripped = [
            replace(one, label=joined(labels.intersection(parts_of(one.label))))
            for one in found.samples
        ]
        return stripped, (_passed_over(unknown),)
    samples = [sample for sample in found.samples if sample.label in labels]
    return samples, (_left_out(len(found.samples) - len(samples), unknown),)


def no_samples(what: str, where: Path) -> ProblemError:
    """The trouble that there is nothing to evaluate."""
    return ProblemError.of(
        what,
        "Figures need at least one sample.",
        "Evaluate another part of the data, or other data.",
        where=str(where),
        code="nothing_to_evaluate",
    )


def _left_out(count: int, labels: Sequence[str]) -> Problem:
    return Problem(
        what=f"{count:,} samples were left out: the model does not know their label.",
        why=f"Unknown to it: {', '.join(labels[:10])}.",
        remedy="Train again with these labels to tell them apart.",
        severity=Severity.WARNING,
        code="label_unknown",
    )


def _passed_over(labels: Sequence[str]) -> Problem:
    return Problem(
        what="Some samples have labels that the model does not know; these labels are passed over.",
        why=f"Unknown to it: {', '.join(labels[:10])}.",
        remedy="Train again with these labels to find them.",
        severity=Severity.WARNING,
        code="label_unknown",
    )
