"""The story of an export: take the best epoch, write it, open it again, then hand it over."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from finetune_studio.engine.data.cleaning import cleaner_of
from finetune_studio.engine.data.reading import read
from finetune_studio.engine.data.samples import Sample
from finetune_studio.engine.evaluation.division import divide
from finetune_studio.engine.evaluation.predict import predict, run_model
from finetune_studio.engine.export.card import CardFacts, model_card
from finetune_studio.engine.export.readback import TOLERANCE, Comparison, compare
from finetune_studio.engine.export.replacing import CERTIFICATE, whole_folder
from finetune_studio.engine.export.writers import needed_packages, snippet, write
from finetune_studio.engine.model.bundle import ImagePreprocessing, ModelBundle
from finetune_studio.engine.progress import Emit, Meter
from finetune_studio.engine.stopping import StopRequested, check
from finetune_studio.events.descriptions import Certificate, EvaluationReport, ExportedFile
from finetune_studio.project.choices import ExportFormat
from finetune_studio.project.files import write_atomic
from finetune_studio.project.problems import ProblemError
from finetune_studio.runs.checkpoints import best_epoch
from finetune_studio.runs.folder import RunFolder, summarize

# Enough to see a systematic difference, few enough to take seconds with a large model.
_MOST_SAMPLES = 64


def export(
    run_folder: Path,
    export_format: ExportFormat,
    out: Path,
    emit: Emit,
    stop_requested: StopRequested,
) -> Certificate:
    """Write a run's best epoch for use elsewhere, and prove that it says the same there.

    Args:
        run_folder: of a run that has finished an epoch.
        export_format: what to write.
        out: a new or empty folder, or an earlier export, which is replaced.
        emit: is told how far it got.
        stop_requested: is asked between steps; nothing is left behind then.

    Raises:
        ProblemError: the run or its data cannot be read, the folder holds something else, or the
            export does not agree with the trained model; nothing is left behind.
        Stopped: a stop was asked for.
    """
    run = RunFolder(run_folder)
    bundle = run_model(run_folder)
    inputs = _inputs(_samples(run, emit, stop_requested), bundle)
    with whole_folder(out) as working:
        meter = Meter(emit, f"Writing {export_format.title_text}")
        check(stop_requested)
        write(bundle, export_format, working)
        write_atomic(working / "README.md", model_card(_card_facts(run, bundle)))
        meter.done()
        check(stop_requested)
        expected = tuple(predict(bundle, inputs, run=run.name))
        comparison = compare(working, inputs, expected, emit, stop_requested)
        if not comparison.passed:
            raise _disagrees(comparison)
        certificate = _certificate(export_format, out, working, comparison, bundle)
        write_atomic(working / CERTIFICATE, certificate.model_dump_json(indent=2) + "\n")
    return certificate


def _samples(run: RunFolder, emit: Emit, stop_requested: StopRequested) -> Sequence[Sample]:
    project = run.project
    if project.data is None:
        raise ProblemError.of(
            f"Run {run.name} has no data to compare the export on.",
            "Its project names none.",
            "Train again with data.",
            where=str(run.path),
            code="project_incomplete",
        )
    found = read(project.data, project.task, run.cache, emit, stop_requested)
    validation = divide(found, project.split, run).validation
    stride = max(1, len(validation) // _MOST_SAMPLES)
    return validation[::stride][:_MOST_SAMPLES]


def _inputs(samples: Sequence[Sample], bundle: ModelBundle) -> list[str]:
    """Paths, or texts as they were read: cleaning them is the export's own work."""
    if isinstance(bundle.preprocessing, ImagePreprocessing):
        return [sample.path for sample in samples]
    clean = cleaner_of(bundle.preprocessing.cleaning)
    return [sample.text for sample in samples if clean(sample.text)]


def _card_facts(run: RunFolder, bundle: ModelBundle) -> CardFacts:
    return CardFacts(
        project=run.project,
        run=run.name,
        epoch=best_epoch(run.checkpoints),
        model_title=bundle.title,
        licence=bundle.licence,
        labels=bundle.labels,
        parameters=bundle.parameters,
        validation=summarize(run.path).figures,
        evaluation=_evaluation(run),
        outputs=bundle.outputs,
    )


def _evaluation(run: RunFolder) -> EvaluationReport | None:
    try:
        return EvaluationReport.model_validate_json(run.report_file.read_bytes())
    except (OSError, ValidationError):
        return None  # not evaluated yet; the card then tells the validation figures alone


def _certificate(
    export_format: ExportFormat,
    out: Path,
    working: Path,
    comparison: Comparison,
    bundle: ModelBundle,
) -> Certificate:
    files = sorted(file for file in working.rglob("*") if file.is_file())
    return Certificate(
        format=export_format.value,
        folder=str(out),
        samples=comparison.samples,
        agreement=comparison.agreement,
        largest_difference=comparison.largest_difference,
        tolerance=TOLERANCE,
        files=tuple(
            ExportedFile(path=file.relative_to(working).as_posix(), size=file.stat().st_size)
            for file in files
        ),
        snippet=snippet(export_format, bundle.task, needed_packages(bundle)),
    )


def _disagrees(comparison: Comparison) -> ProblemError:
    return ProblemError.of(
        f"The export says the same of {comparison.agreement:.1%} of "
        f"{comparison.samples} samples only.",
        f"Its answers differ by up to {comparison.largest_difference:.2g}; {TOLERANCE:.2g} is "
        "allowed. The export was thrown away.",
        "Choose the other format, and send a report: this should not happen.",
        code="export_disagrees",
    )
