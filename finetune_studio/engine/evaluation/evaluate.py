"""An honest look at a run's best epoch: figures, their uncertainty, and what goes wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from finetune_studio.engine.conditions import recall
from finetune_studio.engine.data.loaders import make_batches
from finetune_studio.engine.data.reading import read
from finetune_studio.engine.data.samples import Sample, SampleSet
from finetune_studio.engine.evaluation.answers import Answers, ask
from finetune_studio.engine.evaluation.division import changed, divide
from finetune_studio.engine.evaluation.metrics import (
    confusion,
    figures,
    label_figures,
    undefined,
    wilson_interval,
)
from finetune_studio.engine.evaluation.predict import run_model
from finetune_studio.engine.evaluation.target_reports import (
    MOST_IN_MATRIX,
    SHOWN_TEXT,
    Judged,
    label_predictions,
    of_quantities,
    of_several_labels,
    quantity_predictions,
    worst_first,
)
from finetune_studio.engine.model.bundle import ModelBundle
from finetune_studio.engine.progress import Emit
from finetune_studio.engine.stopping import StopRequested
from finetune_studio.events.descriptions import EvaluationReport, SamplePrediction
from finetune_studio.project.choices import Split, Target
from finetune_studio.project.files import replace_atomic, write_atomic
from finetune_studio.project.problems import Problem, ProblemError, Severity
from finetune_studio.project.project import DataChoice, Project
from finetune_studio.project.target import joined, parts_of
from finetune_studio.runs.checkpoints import best_epoch
from finetune_studio.runs.folder import RunFolder

_MISTAKES = 60
_MOST_IN_MATRIX = MOST_IN_MATRIX
_AT_ONCE = 32


@dataclass(frozen=True)
class _Material:
    """What is evaluated: some samples, and those an answer without looking would rest on."""

    samples: Sequence[Sample]
    split: Split | None
    learned: Sequence[Sample]
    problems: tuple[Problem, ...] = ()


def evaluate(
    run_folder: Path,
    emit: Emit,
    stop_requested: StopRequested,
    *,
    data: DataChoice | None = None,
    split: Split | None = None,
) -> EvaluationReport:
    """Measure a run's best epoch, and write the report and every prediction into its folder.

    Without ``data`` the run's own samples are taken: those of ``split``, or the test samples when
    there are any, else the validation samples.

    Raises:
        ProblemError: the run has no finished epoch, or the data cannot be used.
        Stopped: a stop was asked for; an earlier report is still there.
    """
    run = RunFolder(run_folder)
    project = run.project
    bundle = run_model(run_folder)
    choice = data or project.data
    if choice is None:
        raise ProblemError.of("The run has no data.", "", "Choose data.", code="project_incomplete")
    choice = _read_alike(choice, project.data, bundle.outputs.kind)
    found = read(choice, project.task, run.cache, emit, stop_requested)
    material = _own(found, run, project, split) if data is None else _given(found, bundle)
    answers = _answers(run, project, bundle, material.samples, emit, stop_requested)
    predictions = _predictions(material, answers, bundle)
    report = _report(run, choice.path, bundle, material, answers, predictions)
    _write(run, report, predictions)
    return report


def _read_alike(choice: DataChoice, own: DataChoice | None, kind: Target) -> DataChoice:
    """The choice, read as what the model learned, whatever the data would be taken for."""
    if choice.target is not None:
        return choice
    separator = choice.label_separator or (own.label_separator if own else "")
    several = kind is Target.LABELS and not choice.label_columns
    return choice.edited(target=kind, label_separator=separator if several else "")


def _own(found: SampleSet, run: RunFolder, project: Project, split: Split | None) -> _Material:
    division = divide(found, project.split, run)
    part = split or (Split.TEST if division.test else Split.VALIDATION)
    samples = division.of(part)
    if not samples:
        raise _no_samples(f"The run has no {part.title_text.lower()} samples.", run.path)
    problems = (changed(division),) if division.changes else ()
    return _Material(samples, part, division.train, problems)


def _given(found: SampleSet, bundle: ModelBundle) -> _Material:
    samples, problems = _known(found, bundle)
    if not samples:
        raise _no_samples("None of the samples has a label the model knows.", Path())
    return _Material(samples, None, samples, problems)


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


def _answers(
    run: RunFolder,
    project: Project,
    bundle: ModelBundle,
    samples: Sequence[Sample],
    emit: Emit,
    stop_requested: StopRequested,
) -> Answers:
    batches = make_batches(
        samples,
        bundle.labels,
        bundle,
        batch_size=_AT_ONCE,
        seed=0,
        cache=run.cache,
        emit=emit,
        stop_requested=stop_requested,
    )
    if not len(batches):
        raise _no_samples("None of the pictures can be decoded.", run.path)
    compute = recall(run, project)
    compute.placed(bundle.module)
    return ask(
        bundle,
        batches,
        compute,
        samples=len(batches),
        emit=emit,
        phase="Evaluating",
        stop_requested=stop_requested,
    )


def _report(
    run: RunFolder,
    data: str,
    bundle: ModelBundle,
    material: _Material,
    answers: Answers,
    predictions: Sequence[SamplePrediction],
) -> EvaluationReport:
    kind = bundle.outputs.kind
    judged = _judged(material, answers, bundle)
    fields = {
        Target.LABEL: _of_one_label,
        Target.LABELS: of_several_labels,
        Target.NUMBER: of_quantities,
    }[kind](judged)
    return EvaluationReport(
        run=run.name,
        epoch=best_epoch(run.checkpoints),
        data=data,
        split=material.split,
        samples=len(answers.targets),
        mistakes=tuple(worst_first(predictions, kind)[:_MISTAKES]),
        predictions=str(run.predictions_file),
        **{**fields, "problems": (*material.problems, *fields["problems"])},
    )


def _judged(material: _Material, answers: Answers, bundle: ModelBundle) -> Judged:
    learned = [sample.label for sample in material.learned]
    return Judged(material.samples, answers, bundle.outputs, bundle.labels, learned)


def _of_one_label(judged: Judged) -> dict[str, Any]:
    """Accuracy with its interval, figures by label, and which is taken for which."""
    labels, answers = judged.labels, judged.answers
    targets, predicted = answers.targets, answers.predicted
    majority = _most_common(judged.learned)
    always = torch.full_like(predicted, labels.index(majority))
    baseline = figures(targets, always, answers.losses, len(labels))
    drawn = len(labels) <= _MOST_IN_MATRIX
    said = undefined(targets, predicted, labels)
    return {
        "figures": figures(targets, predicted, answers.losses, len(labels)),
        "interval": wilson_interval(int((targets == predicted).sum()), len(targets)),
        "baseline": baseline,
        "baseline_label": majority,
        "baseline_accuracy": baseline.accuracy,
        "baseline_macro_f1": baseline.macro_f1,
        "labels": label_figures(targets, predicted, labels),
        "confusion": confusion(targets, predicted, len(labels)) if drawn else (),
        "problems": (*said, *(() if drawn else (_not_drawn(len(labels)),))),
    }


def _predictions(
    material: _Material, answers: Answers, bundle: ModelBundle
) -> list[SamplePrediction]:
    judged, samples = _judged(material, answers, bundle), material.samples
    if bundle.outputs.kind is Target.LABELS:
        return label_predictions(judged)
    if bundle.outputs.kind is Target.NUMBER:
        return quantity_predictions(judged)
    rows = zip(
        answers.indices.tolist(),
        answers.predicted.tolist(),
        answers.probability.tolist(),
        answers.true_probability.tolist(),
        strict=True,
    )
    return [
        SamplePrediction(
            where=samples[place].where,
            true=samples[place].label,
            predicted=bundle.labels[predicted],
            probability=probability,
            true_probability=true_probability,
            path=samples[place].path,
            text=samples[place].text[:SHOWN_TEXT],
        )
        for place, predicted, probability, true_probability in rows
    ]


def _write(
    run: RunFolder, report: EvaluationReport, predictions: Sequence[SamplePrediction]
) -> None:
    def write(file: Path) -> None:
        with file.open("w", encoding="utf-8", newline="\n") as opened:
            opened.writelines(f"{one.model_dump_json()}\n" for one in predictions)

    try:
        replace_atomic(run.predictions_file, write)
        write_atomic(run.report_file, report.model_dump_json(indent=2) + "\n")
    except OSError as error:
        raise ProblemError.of(
            f"The evaluation could not be written into {run.path}.",
            f"{error.strerror or error}.",
            "Make the folder writable or free some space.",
            where=str(run.path),
            code="report_not_saved",
        ) from error


def _most_common(labels: Sequence[str]) -> str:
    """The label most samples have; of several, the first by name."""
    counts = Counter(labels)
    return min(counts, key=lambda label: (-counts[label], label))


def _no_samples(what: str, where: Path) -> ProblemError:
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


def _not_drawn(count: int) -> Problem:
    return Problem(
        what=f"The confusion matrix is left out: it would have {count:,} rows.",
        why=f"At most {_MOST_IN_MATRIX} labels can be told apart in it.",
        remedy="The file of all predictions holds the same facts.",
        severity=Severity.NOTE,
        code="confusion_left_out",
    )
