"""The model card of an export: what it is, how good, from what, under which licence."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from finetune_studio.engine.model.outputs import ONE_OF_THEM, Outputs
from finetune_studio.events.descriptions import EvaluationReport, Figures
from finetune_studio.project import wording
from finetune_studio.project.choices import CleaningKind, Target, Task, Unfreezing
from finetune_studio.project.cleaning import CleaningStep, active
from finetune_studio.project.project import Project
from finetune_studio.project.target import shown

_MOST_LABELS = 200
_HEADS = {
    Target.LABEL: "| Measured on | Accuracy | Macro F1 | Loss |\n|---|---|---|---|",
    Target.LABELS: "| Measured on | Macro F1 | Micro F1 | All labels right | Loss |\n"
    "|---|---|---|---|---|",
    Target.NUMBER: "| Measured on | Mean error (MAE) | RMSE | R² | Loss |\n|---|---|---|---|---|",
}
_MARKS = re.compile(r"[\\`*_\[\]|#]")


@dataclass(frozen=True)
class CardFacts:
    """What a card tells.

    Attributes:
        validation: of the exported epoch, which was chosen by them.
        evaluation: the last evaluation on other samples, when there is one.
        outputs: what the model answers.
    """

    project: Project
    run: str
    epoch: int
    model_title: str
    licence: str
    labels: tuple[str, ...]
    parameters: int
    validation: Figures | None
    evaluation: EvaluationReport | None
    outputs: Outputs = ONE_OF_THEM


def model_card(facts: CardFacts) -> str:
    """The card in Markdown, with the metadata block that model hubs read."""
    sections = [
        _metadata(facts),
        _what(facts),
        _figures(facts),
        _cleaning(facts),
        _training(facts),
        _limits(facts),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _metadata(facts: CardFacts) -> str:
    pipeline = "image-classification" if facts.project.task == "image" else "text-classification"
    licence = facts.licence.lower() if facts.licence else "unknown"
    return f"---\nlicense: {licence}\npipeline_tag: {pipeline}\ntags:\n- finetune-studio\n---"


def _what(facts: CardFacts) -> str:
    things = "pictures" if facts.project.task == "image" else "texts"
    size = f"{facts.parameters / 1e6:.1f} M parameters"
    return (
        f"# {_line(facts.project.name)}\n\n"
        f"{_purpose(facts, things)} Tuned from "
        f"{_line(facts.model_title)} ({size}, licence {facts.licence or 'unknown'}) with "
        f"Finetune Studio, run {facts.run}, epoch {facts.epoch}.\n\n{_answers(facts)}"
    )


def _purpose(facts: CardFacts, things: str) -> str:
    if facts.outputs.kind is Target.NUMBER:
        unit = f" in {_line(facts.outputs.unit)}" if facts.outputs.unit else ""
        return f"Says a number of {things}: {_line(facts.labels[0])}{unit}."
    if facts.outputs.kind is Target.LABELS:
        return f"Gives {things} any of {len(facts.labels)} labels, or none."
    return f"Tells {things} apart by {len(facts.labels)} labels."


def _answers(facts: CardFacts) -> str:
    """What it can answer: the labels, with their thresholds; or the range of numbers it knows."""
    outputs, labels = facts.outputs, facts.labels[:_MOST_LABELS]
    if outputs.kind is Target.NUMBER:
        low, high = (
            shown(
                wording.figure(outputs.mean + side * 2 * outputs.spread, 3),
                outputs.kind,
                _line(outputs.unit),
            )
            for side in (-1, 1)
        )
        return f"## The number\n\nMost of those it learned from lie between {low} and {high}."
    if outputs.kind is Target.LABEL:
        return "## Labels\n\n" + "\n".join(f"- {_line(label)}" for label in labels)
    rows = zip(labels, outputs.thresholds_of(len(facts.labels)), strict=False)
    return (
        "## Labels\n\nA label is given from its threshold on, a probability.\n\n"
        "| Label | Threshold |\n|---|---|\n"
        + "\n".join(f"| {_line(label)} | {threshold:.3f} |" for label, threshold in rows)
    )


def _figures(facts: CardFacts) -> str:
    rows = []
    if facts.validation is not None:
        rows.append(_row("Validation (chose the epoch)", facts.validation))
    if facts.evaluation is not None:
        rows.extend(_evaluated(facts.evaluation))
    if not rows:
        return ""
    head = _HEADS[facts.outputs.kind]
    return "## How good it is\n\n" + "\n".join([head, *rows])


def _evaluated(report: EvaluationReport) -> list[str]:
    where = "Test (never trained on)" if report.split == "test" else report.split or "Other data"
    baseline = f"{report.baseline_accuracy:.1%} | {report.baseline_macro_f1:.3f}"
    if report.baseline is not None:
        baseline = " | ".join(_columns(report.baseline)[:-1])
    return [
        _row(f"{where}, {report.samples:,} samples", report.figures),
        f"| Always answering “{_line(report.baseline_label)}” | {baseline} | |",
    ]


def _row(title: str, figures: Figures) -> str:
    return f"| {title} | {' | '.join(_columns(figures))} |"


def _columns(figures: Figures) -> list[str]:
    if figures.target is Target.NUMBER:
        errors = (wording.figure(error) for error in (figures.mae, figures.rmse))
        sized = (shown(error, Target.NUMBER, _line(figures.unit)) for error in errors)
        return [*sized, f"{figures.r2:.3f}", f"{figures.loss:.4f}"]
    if figures.target is Target.LABELS:
        f1 = (f"{figures.macro_f1:.3f}", f"{figures.micro_f1:.3f}")
        return [*f1, f"{figures.accuracy:.1%}", f"{figures.loss:.4f}"]
    return [f"{figures.accuracy:.1%}", f"{figures.macro_f1:.3f}", f"{figures.loss:.4f}"]


def _training(facts: CardFacts) -> str:
    settings = facts.project.training.model_dump(mode="json")
    rows = "\n".join(f"| {name} | {value} |" for name, value in settings.items())
    freeze = facts.project.freeze
    layers = f"Trained layers: {freeze.preset.title_text}."
    if freeze.unfreezing is not Unfreezing.NONE:
        layers += f" Unfreezing: {freeze.unfreezing.title_text.lower()}."
    return f"## How it was trained\n\n{layers}\n\n| Setting | Value |\n|---|---|\n{rows}"


def _cleaning(facts: CardFacts) -> str:
    steps = active(facts.project.cleaning)
    if facts.project.task is not Task.TEXT or not steps:
        return ""
    rows = "\n".join(
        f"{place}. {step.kind.title_text}{_parameter(step)}" for place, step in enumerate(steps, 1)
    )
    return (
        "## What happens to a text first\n\n`predict.py` does this to every text, as was done in "
        f"training (`text_cleaning.py`). Give it texts as they are.\n\n{rows}"
    )


def _parameter(step: CleaningStep) -> str:
    if step.has_word:
        return f": replaced by “{_line(step.word)}”" if step.word else ": removed"
    if step.kind is CleaningKind.REPEATED:
        return f": at most {step.most}"
    if step.kind is CleaningKind.EMOJI:
        return ": named" if step.named else ": removed"
    return ""


def _limits(facts: CardFacts) -> str:
    if facts.outputs.kind is Target.NUMBER:
        return (
            "## Limits\n\nThe figures hold for samples like those it was measured on. It answers "
            "with a number whatever it is given; far from the numbers it learned from, it guesses."
        )
    if facts.outputs.kind is Target.LABELS:
        return (
            "## Limits\n\nThe figures hold for samples like those it was measured on. It knows "
            "only the labels above. The thresholds were chosen on validation; move them where a "
            "label missed costs more than one given wrongly, or the other way round."
        )
    return (
        "## Limits\n\nThe figures hold for samples like those it was measured on. "
        "It knows only the labels above and answers with one of them whatever it is given."
    )


def _line(text: str) -> str:
    """One line of the user's text, with nothing in it that Markdown or HTML would act on."""
    return _MARKS.sub(r"\\\g<0>", html.escape(" ".join(text.split()), quote=False))
