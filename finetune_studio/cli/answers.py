"""What an evaluation and a prediction say, as lines of plain text."""

from __future__ import annotations

from finetune_studio.events.descriptions import EvaluationReport, Figures, Probability
from finetune_studio.events.events import PredictionMade
from finetune_studio.events.main_figure import value_words
from finetune_studio.project.choices import Target

_SHOWN = 3


def evaluation_lines(report: EvaluationReport) -> list[str]:
    """The headline of an evaluation, whatever was learned."""
    return {
        Target.LABEL: _of_one_label,
        Target.LABELS: _of_several_labels,
        Target.NUMBER: _of_numbers,
    }[report.target](report)


def answer_words(made: PredictionMade) -> str:
    """What the model says of an input, in a line."""
    if made.target is Target.NUMBER:
        return made.label
    if made.target is Target.LABEL:
        return _listed(made.probabilities[:_SHOWN])
    given = [one for one in made.probabilities if one.given]
    likeliest = _listed(made.probabilities[:1])
    return _listed(given) or f"none of the labels (likeliest: {likeliest})"


def best_words(figures: Figures) -> str:
    """The figures of a best epoch on validation."""
    if figures.target is Target.LABEL:
        return f"validation accuracy {figures.accuracy:.1%}, macro F1 {figures.macro_f1:.3f}"
    if figures.target is Target.LABELS:
        return f"validation macro F1 {figures.macro_f1:.3f}, micro F1 {figures.micro_f1:.3f}"
    error = value_words(figures.mae, figures.target, figures.unit)
    return f"validation mean error {error}, R² {figures.r2:.3f}"


def _of_one_label(report: EvaluationReport) -> list[str]:
    figures = report.figures
    low, high = report.interval
    return [
        (
            f"Accuracy {figures.accuracy:.1%} (95 % interval {low:.1%} to {high:.1%}) on "
            f"{_measured_on(report)}"
        ),
        (
            f"Always answering “{report.baseline_label}”: accuracy {report.baseline_accuracy:.1%}, "
            f"macro F1 {report.baseline_macro_f1:.3f}"
        ),
        (
            f"Macro F1 {figures.macro_f1:.3f}, weighted F1 {figures.weighted_f1:.3f}, "
            f"loss {figures.loss:.4f}"
        ),
    ]


def _of_several_labels(report: EvaluationReport) -> list[str]:
    figures = report.figures
    low, high = report.interval
    return [
        (
            f"Macro F1 {figures.macro_f1:.3f} (95 % interval {low:.3f} to {high:.3f}) on "
            f"{_measured_on(report)}"
        ),
        (
            f"Always giving “{report.baseline_label}”: macro F1 {report.baseline_macro_f1:.3f}, "
            f"all labels right {report.baseline_accuracy:.1%}"
        ),
        (
            f"Micro F1 {figures.micro_f1:.3f}, all labels right {figures.accuracy:.1%}, "
            f"loss {figures.loss:.4f}"
        ),
    ]


def _of_numbers(report: EvaluationReport) -> list[str]:
    figures, baseline = report.figures, report.baseline
    words = [value_words(value, report.target, figures.unit) for value in report.interval]
    mae, rmse = (
        value_words(one, report.target, figures.unit) for one in (figures.mae, figures.rmse)
    )
    lines = [
        (
            f"Mean error (MAE) {mae} (95 % interval {words[0]} to {words[1]}) on "
            f"{_measured_on(report)}"
        ),
        f"RMSE {rmse}, R² {figures.r2:.3f}, loss {figures.loss:.4f}",
    ]
    if baseline is not None:
        error = value_words(baseline.mae, report.target, figures.unit)
        lines.insert(1, f"Always answering the mean, {report.baseline_label}: mean error {error}")
    return lines


def _measured_on(report: EvaluationReport) -> str:
    return f"{report.samples:,} {report.split or 'given'} samples, epoch {report.epoch}"


def _listed(probabilities: list[Probability] | tuple[Probability, ...]) -> str:
    return ", ".join(f"{one.label} {one.probability:.1%}" for one in probabilities)
