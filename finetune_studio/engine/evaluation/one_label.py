"""What an evaluation says where a sample has one label."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import torch

from finetune_studio.engine.evaluation.metrics import (
    confusion,
    figures,
    label_figures,
    undefined,
    wilson_interval,
)
from finetune_studio.engine.evaluation.target_reports import MOST_IN_MATRIX, Judged, place_words
from finetune_studio.events.descriptions import SamplePrediction
from finetune_studio.project.problems import Problem, Severity


def of_one_label(judged: Judged) -> dict[str, Any]:
    """Accuracy with its interval, figures by label, and which is taken for which."""
    labels, answers = judged.labels, judged.answers
    targets, predicted = answers.targets, answers.predicted
    majority = _most_common(judged.learned)
    always = torch.full_like(predicted, labels.index(majority))
    baseline = figures(targets, always, answers.losses, len(labels))
    drawn = len(labels) <= MOST_IN_MATRIX
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


def predictions_of_one_label(judged: Judged) -> list[SamplePrediction]:
    """What each sample was taken for."""
    answers = judged.answers
    rows = zip(
        answers.indices.tolist(),
        answers.predicted.tolist(),
        answers.probability.tolist(),
        answers.true_probability.tolist(),
        strict=True,
    )
    return [
        SamplePrediction(
            **place_words(judged.samples[place]),
            true=judged.samples[place].label,
            predicted=judged.labels[predicted],
            probability=probability,
            true_probability=true_probability,
        )
        for place, predicted, probability, true_probability in rows
    ]


def _most_common(labels: Sequence[str]) -> str:
    """The label most samples have; of several, the first by name."""
    counts = Counter(labels)
    return min(counts, key=lambda label: (-counts[label], label))


def _not_drawn(count: int) -> Problem:
    return Problem(
        what=f"The confusion matrix is left out: it would have {count:,} rows.",
        why=f"At most {MOST_IN_MATRIX} labels can be told apart in it.",
        remedy="The file of all predictions holds the same facts.",
        severity=Severity.NOTE,
        code="confusion_left_out",
    )
