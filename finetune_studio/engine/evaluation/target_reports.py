"""What an evaluation says where a sample has several labels, or a number.

Each function gives the fields of an `EvaluationReport` that depend on the kind of answers, or one
`SamplePrediction` a sample. The report for one label is in `one_label`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from finetune_studio.engine.data.samples import Sample
from finetune_studio.engine.evaluation import quantities, several_labels
from finetune_studio.engine.evaluation.answers import Answers
from finetune_studio.engine.evaluation.bootstrap import intervals
from finetune_studio.engine.model.outputs import Outputs
from finetune_studio.events.descriptions import SamplePrediction
from finetune_studio.project.choices import Target
from finetune_studio.project.target import as_label, joined, number_words, shown

_SHOWN_TEXT = 2000
# A matrix of more labels could neither be seen nor sent.
MOST_IN_MATRIX = 300


@dataclass(frozen=True)
class Judged:
    """What there is to judge by.

    Attributes:
        samples: all of the part; ``answers`` says which of them were answered.
        learned: the samples that the model learned from, as their labels say; they make the
            answer that is given without looking.
    """

    samples: Sequence[Sample]
    answers: Answers
    outputs: Outputs
    labels: tuple[str, ...]
    learned: Sequence[str]


def of_several_labels(judged: Judged) -> dict[str, Any]:
    """Macro F1 with its interval, figures by label, and which labels come together."""
    answers, labels = judged.answers, judged.labels
    thresholds = judged.outputs.thresholds_of(len(labels))
    given, targets = _given(judged), answers.targets > 0
    usual = several_labels.usual_labels(judged.outputs.targets(judged.learned, labels))
    always = usual.expand(len(targets), -1)
    baseline = several_labels.figures(targets, always, answers.losses)

    def drawn(places: Tensor) -> Mapping[str, float]:
        found = several_labels.figures(targets[places], given[places], answers.losses[places])
        return {"macro_f1": found.macro_f1, "micro_f1": found.micro_f1, "accuracy": found.accuracy}

    spans = intervals(len(targets), drawn)
    return {
        "target": Target.LABELS,
        "figures": several_labels.figures(targets, given, answers.losses),
        "interval": spans.pop("macro_f1"),
        "intervals": spans,
        "baseline": baseline,
        "baseline_label": _listed(labels, usual),
        "baseline_accuracy": baseline.accuracy,
        "baseline_macro_f1": baseline.macro_f1,
        "labels": several_labels.label_figures(targets, given, labels, thresholds),
        "confusion": (),
        "together": several_labels.together(targets) if len(labels) <= MOST_IN_MATRIX else (),
        "problems": several_labels.undefined(targets, given, labels),
    }


def of_quantities(judged: Judged) -> dict[str, Any]:
    """The mean error with its interval, and that of always answering the mean of training."""
    outputs, losses = judged.outputs, judged.answers.losses
    true, answered = _numbers(judged)
    mean = torch.full_like(true, outputs.mean)
    baseline = quantities.figures(true, mean, losses, outputs.unit)

    def drawn(places: Tensor) -> Mapping[str, float]:
        found = quantities.figures(true[places], answered[places], losses[places])
        return {"mae": found.mae, "rmse": found.rmse, "r2": found.r2}

    spans = intervals(len(true), drawn)
    return {
        "target": Target.NUMBER,
        "figures": quantities.figures(true, answered, losses, outputs.unit),
        "interval": spans.pop("mae"),
        "intervals": spans,
        "baseline": baseline,
        "baseline_label": shown(number_words(outputs.mean), Target.NUMBER, outputs.unit),
        "baseline_accuracy": 0.0,
        "baseline_macro_f1": 0.0,
        "labels": (),
        "confusion": (),
        "problems": (),
    }


def label_predictions(judged: Judged) -> list[SamplePrediction]:
    """What was said of each sample's labels."""
    answers = judged.answers
    assert answers.shares is not None
    given, targets = _given(judged), answers.targets > 0
    # How sure the model was of what it got most wrong.
    wrong = torch.where(given, answers.shares, 1 - answers.shares) * (given != targets)
    columns = (
        answers.indices.tolist(),
        given.tolist(),
        wrong.max(1).values.tolist(),
        answers.true_probability.tolist(),
        answers.shares.tolist(),
    )
    return [
        SamplePrediction(
            **place_words(judged.samples[place]),
            true=judged.samples[place].label,
            predicted=joined(_named(judged.labels, row)),
            probability=surest,
            true_probability=true,
            shares=tuple(shares),
        )
        for place, row, surest, true, shares in zip(*columns, strict=True)
    ]


def quantity_predictions(judged: Judged) -> list[SamplePrediction]:
    """What was said of each sample's number."""
    true, answered = _numbers(judged)
    columns = (judged.answers.indices.tolist(), true.tolist(), answered.tolist())
    return [
        SamplePrediction(
            **place_words(judged.samples[place]),
            true=judged.samples[place].label,
            predicted=as_label(value),
            probability=0.0,
            true_probability=0.0,
            value=value,
            true_value=wanted,
        )
        for place, wanted, value in zip(*columns, strict=True)
    ]


def worst_first(predictions: Sequence[SamplePrediction], kind: Target) -> list[SamplePrediction]:
    """The wrong answers, the gravest first; of numbers all, the farthest off first."""
    if kind is Target.NUMBER:
        return sorted(predictions, key=lambda one: -abs(one.value - one.true_value))
    wrong = (one for one in predictions if one.true != one.predicted)
    return sorted(wrong, key=lambda one: -one.probability)


def _given(judged: Judged) -> Tensor:
    assert judged.answers.shares is not None
    thresholds = judged.outputs.thresholds_of(len(judged.labels))
    return several_labels.given(judged.answers.shares, thresholds)


def _numbers(judged: Judged) -> tuple[Tensor, Tensor]:
    """True and answered numbers in their own unit, float64 [samples]."""
    answers, outputs = judged.answers, judged.outputs
    return outputs.told(answers.targets.double()), outputs.told(answers.predicted.double())


def _named(labels: Sequence[str], row: Sequence[bool]) -> Iterator[str]:
    return (label for label, is_given in zip(labels, row, strict=True) if is_given)


def _listed(labels: Sequence[str], usual: Tensor) -> str:
    return ", ".join(_named(labels, usual.tolist()))


def place_words(sample: Sample) -> dict[str, str]:
    """Where a sample lies, and its text, as every prediction says it."""
    return {"where": sample.where, "path": sample.path, "text": sample.text[:_SHOWN_TEXT]}
