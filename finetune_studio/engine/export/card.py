"""The model card of an export: what it is, how good, from what, under which licence."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from finetune_studio.events.descriptions import EvaluationReport, Figures
from finetune_studio.project.project import Project

_MARKS = re.compile(r"[\\`*_\[\]|#]")


@dataclass(frozen=True)
class CardFacts:
    """What a card tells.

    Attributes:
        validation: of the exported epoch, which was chosen by them.
        evaluation: the last evaluation on other samples, when there is one.
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


def model_card(facts: CardFacts) -> str:
    """The card in Markdown, with the metadata block that model hubs read."""
    sections = [_metadata(facts), _what(facts), _figures(facts), _training(facts), _limits()]
    return "\n\n".join(section for section in sections if section) + "\n"


def _metadata(facts: CardFacts) -> str:
    pipeline = "image-classification" if facts.project.task == "image" else "text-classification"
    licence = facts.licence.lower() if facts.licence else "unknown"
    return f"---\nlicense: {licence}\npipeline_tag: {pipeline}\ntags:\n- finetune-studio\n---"


def _what(facts: CardFacts) -> str:
    labels = "\n".join(f"- {_line(label)}" for label in facts.labels[:200])
    things = "pictures" if facts.project.task == "image" else "texts"
    size = f"{facts.parameters / 1e6:.1f} M parameters"
    return (
        f"# {_line(facts.project.name)}\n\n"
        f"Tells {things} apart by {len(facts.labels)} labels. Tuned from "
        f"{_line(facts.model_title)} ({size}, licence {facts.licence or 'unknown'}) with "
        f"Finetune Studio, run {facts.run}, epoch {facts.epoch}.\n\n## Labels\n\n{labels}"
    )


def _figures(facts: CardFacts) -> str:
    rows = []
    if facts.validation is not None:
        rows.append(_row("Validation (chose the epoch)", facts.validation))
    if facts.evaluation is not None:
        rows.extend(_evaluated(facts.evaluation))
    if not rows:
        return ""
    head = "| Measured on | Accuracy | Macro F1 | Loss |\n|---|---|---|---|"
    return "## How good it is\n\n" + "\n".join([head, *rows])


def _evaluated(report: EvaluationReport) -> list[str]:
    where = "Test (never trained on)" if report.split == "test" else report.split or "Other data"
    baseline = f"{report.baseline_accuracy:.1%} | {report.baseline_macro_f1:.3f}"
    return [
        _row(f"{where}, {report.samples:,} samples", report.figures),
        f"| Always answering “{_line(report.baseline_label)}” | {baseline} | |",
    ]


def _row(title: str, figures: Figures) -> str:
    return f"| {title} | {figures.accuracy:.1%} | {figures.macro_f1:.3f} | {figures.loss:.4f} |"


def _training(facts: CardFacts) -> str:
    settings = facts.project.training.model_dump(mode="json")
    rows = "\n".join(f"| {name} | {value} |" for name, value in settings.items())
    layers = f"Trained layers: {facts.project.freeze.preset.title_text}."
    return f"## How it was trained\n\n{layers}\n\n| Setting | Value |\n|---|---|\n{rows}"


def _limits() -> str:
    return (
        "## Limits\n\nThe figures hold for samples like those it was measured on. "
        "It knows only the labels above and answers with one of them whatever it is given."
    )


def _line(text: str) -> str:
    """One line of the user's text, with nothing in it that Markdown or HTML would act on."""
    return _MARKS.sub(r"\\\g<0>", html.escape(" ".join(text.split()), quote=False))
