"""An honest look at a run's best epoch: figures, their uncertainty, and what goes wrong."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from finetune_studio.engine.conditions import recall
from finetune_studio.engine.data.loaders import make_batches
from finetune_studio.engine.data.reading import read
from finetune_studio.engine.data.samples import Sample
from finetune_studio.engine.evaluation.answers import Answers, ask
from finetune_studio.engine.evaluation.material import (
    Material,
    given_samples,
    no_samples,
    own_samples,
)
from finetune_studio.engine.evaluation.one_label import of_one_label, predictions_of_one_label
from finetune_studio.engine.evaluation.predict import run_model
from finetune_studio.engine.evaluation.target_reports import (
    Judged,
    label_predictions,
    of_quantities,
    of_several_labels,
    quantity_predictions,
    worst_first,
)
from finetune_studio.engine.model.bundle import ModelBundle
from finetune_studio.engine.model.folding import Folding
from finetune_studio.engine.progress import Emit
from finetune_studio.engine.stopping import StopRequested
from finetune_studio.events.descriptions import EvaluationReport, SamplePrediction
from finetune_studio.project.choices import Split, Target
from finetune_studio.project.files import replace_atomic, write_atomic
from finetune_studio.project.problems import ProblemError
from finetune_studio.project.project import DataChoice, Project
from finetune_studio.runs.checkpoints import best_epoch
from finetune_studio.runs.folder import RunFolder

_MISTAKES = 60
_AT_ONCE = 32


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
    material = (
        own_samples(found, run, project, split) if data is None else given_samples(found, bundle)
    )
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
        raise no_samples("None of the pictures can be decoded.", run.path)
    compute = recall(run, project)
    compute.placed(bundle.module)
    with Folding(bundle, bundle.module) as forward:
        return ask(
            forward,
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
    material: Material,
    answers: Answers,
    predictions: Sequence[SamplePrediction],
) -> EvaluationReport:
    kind = bundle.outputs.kind
    judged = _judged(material, answers, bundle)
    fields = {
        Target.LABEL: of_one_label,
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


def _judged(material: Material, answers: Answers, bundle: ModelBundle) -> Judged:
    learned = [sample.label for sample in material.learned]
    return Judged(material.samples, answers, bundle.outputs, bundle.labels, learned)


def _predictions(
    material: Material, answers: Answers, bundle: ModelBundle
) -> list[SamplePrediction]:
    ways = {
        Target.LABEL: predictions_of_one_label,
        Target.LABELS: label_predictions,
        Target.NUMBER: quantity_predictions,
    }
    return ways[bundle.outputs.kind](_judged(material, answers, bundle))


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
