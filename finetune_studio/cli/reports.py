"""What a finished job found, as tables in the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from finetune_studio.cli.answers import answer_words, evaluation_lines
from finetune_studio.cli.watching import finding_line
from finetune_studio.events.data_words import target_line, target_words
from finetune_studio.events.descriptions import Certificate, DataReport, EvaluationReport, Figures
from finetune_studio.events.events import PredictionMade
from finetune_studio.events.main_figure import main_of, main_words
from finetune_studio.project import wording
from finetune_studio.project.choices import Target
from finetune_studio.project.wording import NO_VALUE
from finetune_studio.runs.summary import RunSummary


def show_data(report: DataReport, console: Console) -> None:
    """Labels with their counts, and every problem."""
    console.print(
        Text(f"{report.samples:,} {_noun(report)}, {target_words(report)} in {report.path}")
    )
    if line := target_line(report):
        console.print(Text(line))
    if report.columns:
        console.print(Text(_table_facts(report)))
    first = "Numbers" if report.target.kind is Target.NUMBER else "Label"
    table = _table(first, "Samples", "Training", "Validation", "Test")
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
    for line in evaluation_lines(report):
        console.print(Text(line))
    if not report.labels:
        return
    several = report.target is Target.LABELS
    extra = ("Threshold",) if several else ()
    table = _table("Label", "Precision", "Recall", "F1", "Samples", *extra)
    for label in report.labels:
        measured = (label.precision, label.recall, label.f1)
        figures = [f"{figure:.3f}" if label.support else NO_VALUE for figure in measured]
        threshold = (f"{label.threshold:.3f}",) if several else ()
        table.add_row(Text(label.label), *figures, f"{label.support:,}", *threshold)
    console.print(table)


def show_predictions(predictions: Iterable[PredictionMade], console: Console) -> None:
    """Each input with what the model says of it."""
    for made in predictions:
        console.print(Text(f"{made.input}: {answer_words(made)}"))


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


def show_runs(runs: Sequence[RunSummary], console: Console) -> None:
    """A line a run, newest first."""
    runs = tuple(runs)
    alike = all(run.figures is None or run.figures.target is Target.LABEL for run in runs)
    main = main_of(Target.LABEL).name if alike else "Reached"
    table = _table("Run", "State", "Model", "Epochs", "Kept", main, "Macro F1", "Time", "Saved")
    for run in runs:
        figures = run.figures
        table.add_row(
            run.name,
            run.state.value + (" (can be resumed)" if run.resumable else ""),
            Text(run.model_title),
            f"{run.epochs} of {run.planned_epochs}",
            str(run.best_epoch or ""),
            Text(_main(figures, named=not alike)) if figures else "",
            _macro_f1(figures) if figures else "",
            wording.seconds(run.seconds) if run.seconds else "",
            wording.seconds(run.savings.seconds) if run.savings else "",
        )
    console.print(table)
    for run in runs:
        for finding in run.findings:
            console.print(Text(f"{run.name}: {finding_line(finding)}"))


def _main(figures: Figures, *, named: bool) -> str:
    if not named:
        return f"{figures.accuracy:.1%}"
    return f"{main_of(figures.target).name.lower()} {main_words(figures)}"


def _macro_f1(figures: Figures) -> str:
    return "" if figures.target is Target.NUMBER else f"{figures.macro_f1:.3f}"


def _table(first: str, *numbers: str) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=False)
    table.add_column(first)
    for title in numbers:
        table.add_column(title, justify="right")
    return table


def _noun(report: DataReport) -> str:
    return "pictures" if report.task == "image" else "texts"


def _table_facts(report: DataReport) -> str:
    several = report.target.columns
    named = ", ".join(f"“{name}”" for name in several) or f"“{report.label_column}”"
    parts = [f"label columns {named}" if several else f"label column {named}"]
    if report.text_column:
        parts.insert(0, f"text column “{report.text_column}”")
    if report.image_column:
        parts.insert(0, f"picture column “{report.image_column}”")
    if report.delimiter:
        parts.append(f"delimiter {report.delimiter!r}, encoding {report.encoding}")
    return ", ".join(parts)
