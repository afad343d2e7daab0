"""What a finished job found, as tables in the terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from finetune_studio.events.descriptions import Certificate, DataReport, EvaluationReport
from finetune_studio.events.events import PredictionMade
from finetune_studio.project import wording
from finetune_studio.runs.summary import RunSummary


def show_data(report: DataReport, console: Console) -> None:
    """Labels with their counts, and every problem."""
    console.print(
        Text(f"{report.samples:,} {_noun(report)}, {len(report.labels)} labels in {report.path}")
    )
    if report.columns:
        console.print(Text(_table_facts(report)))
    table = _table("Label", "Samples", "Training", "Validation", "Test")
    for label in report.labels[:50]:
        table.add_row(
            Text(label.label),
            f"{label.count:,}",
            f"{label.train:,}",
            f"{label.validation:,}",
            f"{label.test:,}",
        )
    console.print(table)
    if len(report.labels) > 50:
        console.print(f"… and {len(report.labels) - 50:,} more labels")
    for problem in report.problems:
        place = f" ({problem.where})" if problem.where else ""
        console.print(Text(f"{problem.severity}: {problem.text()}{place}"))


def show_evaluation(report: EvaluationReport, console: Console) -> None:
    """The headline figures, the baseline beside them, and a line a label."""
    low, high = report.interval
    console.print(
        Text(
            f"Accuracy {report.figures.accuracy:.1%} (95 % interval {low:.1%} to {high:.1%}) on "
            f"{report.samples:,} {report.split or 'given'} samples, epoch {report.epoch}"
        )
    )
    console.print(
        Text(
            f"Always answering “{report.baseline_label}”: accuracy {report.baseline_accuracy:.1%}, "
            f"macro F1 {report.baseline_macro_f1:.3f}"
        )
    )
    console.print(
        f"Macro F1 {report.figures.macro_f1:.3f}, weighted F1 {report.figures.weighted_f1:.3f}, "
        f"loss {report.figures.loss:.4f}"
    )
    table = _table("Label", "Precision", "Recall", "F1", "Samples")
    for label in report.labels:
        table.add_row(
            Text(label.label),
            f"{label.precision:.3f}",
            f"{label.recall:.3f}",
            f"{label.f1:.3f}",
            f"{label.support:,}",
        )
    console.print(table)


def show_predictions(predictions: Iterable[PredictionMade], console: Console) -> None:
    """Each input with its most probable labels."""
    for made in predictions:
        best = ", ".join(f"{p.label} {p.probability:.1%}" for p in made.probabilities[:3])
        console.print(Text(f"{made.input}: {best}"))


def show_certificate(certificate: Certificate, console: Console) -> None:
    """Where an export lies and how well it agrees with the trained model."""
    console.print(Text(f"Exported to {certificate.folder}"))
    console.print(
        f"Opened again and compared on {certificate.samples} samples: "
        f"agreement {certificate.agreement:.1%}, largest difference "
        f"{certificate.largest_difference:.2g} (allowed {certificate.tolerance:.2g})"
    )
    for file in certificate.files:
        console.print(Text(f"  {file.path}  {file.size / 1e6:.1f} MB"))


def show_runs(runs: Iterable[RunSummary], console: Console) -> None:
    """A line a run, newest first."""
    table = _table(
        "Run", "State", "Model", "Epochs", "Best", "Accuracy", "Macro F1", "Time", "Saved"
    )
    for run in runs:
        figures = run.figures
        table.add_row(
            run.name,
            run.state.value + (" (can be resumed)" if run.resumable else ""),
            Text(run.model_title),
            f"{run.epochs} of {run.planned_epochs}",
            str(run.best_epoch or ""),
            f"{figures.accuracy:.1%}" if figures else "",
            f"{figures.macro_f1:.3f}" if figures else "",
            wording.seconds(run.seconds) if run.seconds else "",
            wording.seconds(run.savings.seconds) if run.savings else "",
        )
    console.print(table)


def _table(first: str, *numbers: str) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=False)
    table.add_column(first)
    for title in numbers:
        table.add_column(title, justify="right")
    return table


def _noun(report: DataReport) -> str:
    return "pictures" if report.task == "image" else "texts"


def _table_facts(report: DataReport) -> str:
    parts = [f"label column “{report.label_column}”"]
    if report.text_column:
        parts.insert(0, f"text column “{report.text_column}”")
    if report.image_column:
        parts.insert(0, f"picture column “{report.image_column}”")
    if report.delimiter:
        parts.append(f"delimiter {report.delimiter!r}, encoding {report.encoding}")
    return ", ".join(parts)
