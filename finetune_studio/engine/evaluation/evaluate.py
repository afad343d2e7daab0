"""An honest look at a run's best epoch: figures, their uncertainty, and what goes wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

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
from finetune_studio.engine.model.bundle import ModelBundle
from finetune_studio.engine.progress import Emit
from finetune_studio.engine.stopping import StopRequested
from finetune_studio.events.descriptions import EvaluationReport, SamplePrediction
from finetune_studio.project.choices import Split
from finetune_studio.project.files import replace_atomic, write_atomic
from finetune_studio.project.problems import Problem, ProblemError, Severity
from finetune_studio.project.project import DataChoice, Project
from finetune_studio.runs.checkpoints import best_epoch
from finetune_studio.runs.folder import RunFolder

_MISTAKES = 60
_SHOWN_TEXT = 2000
# A matrix of more labels could neither be seen nor sent.
_MOST_IN_MATRIX = 300
_AT_ONCE = 32


@dataclass(frozen=True)
class _Material:
    """What is evaluated: some samples, and the label an answer without looking would give."""

    samples: Sequence[Sample]
    split: Split | None
    majority: str
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
    found = read(choice, project.task, run.cache, emit, stop_requested)
    material = _own(found, run, project, split) if data is None else _given(found, bundle.labels)
    answers = _answers(run, project, bundle, material.samples, emit, stop_requested)
    predictions = _predictions(material.samples, answers, bundle.labels)
    report = _report(run, choice.path, bundle.labels, material, answers, predictions)
    _write(run, report, predictions)
    return report


def _own(found: SampleSet, run: RunFolder, project: Project, split: Split | None) -> _Material:
    division = divide(found, project.split, run)
    part = split or (Split.TEST if division.test else Split.VALIDATION)
    samples = division.of(part)
    if not samples:
        raise _no_samples(f"The run has no {part.title_text.lower()} samples.", run.path)
    problems = (changed(division),) if division.changes else ()
    return _Material(samples, part, _most_common(division.train), problems)


def _given(found: SampleSet, labels: tuple[str, ...]) -> _Material:
    samples = [sample for sample in found.samples if sample.label in labels]
    if not samples:
        raise _no_samples("None of the samples has a label the model knows.", Path())
    problems: tuple[Problem, ...] = ()
    if left_out := len(found.samples) - len(samples):
        unknown = sorted(set(found.labels) - set(labels))
        problems = (_left_out(left_out, unknown),)
    return _Material(samples, None, _most_common(samples), problems)


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
    labels: tuple[str, ...],
    material: _Material,
    answers: Answers,
    predictions: Sequence[SamplePrediction],
) -> EvaluationReport:
    targets, predicted, count = answers.targets, answers.predicted, len(answers.targets)
    found = figures(targets, predicted, answers.losses, len(labels))
    always = torch.full_like(predicted, labels.index(material.majority))
    baseline = figures(targets, always, answers.losses, len(labels))
    drawn = len(labels) <= _MOST_IN_MATRIX
    wrong = sorted((p for p in predictions if p.true != p.predicted), key=lambda p: -p.probability)
    said = undefined(targets, predicted, labels)
    return EvaluationReport(
        run=run.name,
        epoch=best_epoch(run.checkpoints),
        data=data,
        split=material.split,
        samples=count,
        figures=found,
        interval=wilson_interval(int((targets == predicted).sum()), count),
        baseline_label=material.majority,
        baseline_accuracy=baseline.accuracy,
        baseline_macro_f1=baseline.macro_f1,
        labels=label_figures(targets, predicted, labels),
        confusion=confusion(targets, predicted, len(labels)) if drawn else (),
        mistakes=tuple(wrong[:_MISTAKES]),
        predictions=str(run.predictions_file),
        problems=(*material.problems, *said, *(() if drawn else (_not_drawn(len(labels)),))),
    )


def _predictions(
    samples: Sequence[Sample], answers: Answers, labels: tuple[str, ...]
) -> list[SamplePrediction]:
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
            predicted=labels[predicted],
            probability=probability,
            true_probability=true_probability,
            path=samples[place].path,
            text=samples[place].text[:_SHOWN_TEXT],
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


def _most_common(samples: Sequence[Sample]) -> str:
    """The label most samples have; of several, the first by name."""
    counts = Counter(sample.label for sample in samples)
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


def _not_drawn(count: int) -> Problem:
    return Problem(
        what=f"The confusion matrix is left out: it would have {count:,} rows.",
        why=f"At most {_MOST_IN_MATRIX} labels can be told apart in it.",
        remedy="The file of all predictions holds the same facts.",
        severity=Severity.NOTE,
        code="confusion_left_out",
    )
