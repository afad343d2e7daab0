from __future__ import annotations

import math

import pytest
import torch
from sklearn.metrics import f1_score, precision_recall_fscore_support

from finetune_studio.engine.evaluation.metrics import (
    confusion,
    figures,
    label_figures,
    undefined,
    wilson_interval,
)

LABELS = ("cat", "dog", "owl")
TARGETS = torch.tensor([0, 0, 0, 1, 1, 2])
PREDICTED = torch.tensor([0, 0, 1, 1, 0, 2])
LOSSES = torch.tensor([0.1, 0.2, 0.3, 0.4, 0.5, 0.6], dtype=torch.float64)


def test_the_headline_figures_are_those_worked_out_by_hand() -> None:
    told = figures(TARGETS, PREDICTED, LOSSES, 3)
    # cat: 2 right, 1 missed, 1 wrongly named; dog: 1, 1, 1; owl: 1, 0, 0.
    assert told.accuracy == pytest.approx(4 / 6)
    assert told.macro_f1 == pytest.approx((2 / 3 + 1 / 2 + 1) / 3)
    assert told.weighted_f1 == pytest.approx((3 * 2 / 3 + 2 / 2 + 1) / 6)
    assert told.loss == pytest.approx(0.35)


@pytest.mark.parametrize("seed", range(5))
def test_the_figures_are_those_of_scikit_learn(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    targets = torch.randint(0, 6, (40,), generator=generator)
    targets[targets == 4] = 5  # one label never occurs, another is never predicted
    predicted = torch.randint(0, 5, (40,), generator=generator)
    told = figures(targets, predicted, torch.zeros(40), 7)
    for name, found in (("macro", told.macro_f1), ("weighted", told.weighted_f1)):
        assert found == pytest.approx(f1_score(targets, predicted, average=name), abs=1e-12)
    columns = precision_recall_fscore_support(
        targets, predicted, labels=range(7), zero_division=0.0
    )
    for place, one in enumerate(label_figures(targets, predicted, tuple("abcdefg"))):
        theirs = [column[place] for column in columns]
        assert [one.precision, one.recall, one.f1, one.support] == pytest.approx(theirs)


def test_each_label_has_its_own_figures() -> None:
    cat, dog, owl = label_figures(TARGETS, PREDICTED, LABELS)
    assert (cat.precision, cat.recall, cat.support) == (
        pytest.approx(2 / 3),
        pytest.approx(2 / 3),
        3,
    )
    assert (dog.precision, dog.recall, dog.f1) == (0.5, 0.5, 0.5)
    assert (owl.precision, owl.recall, owl.f1, owl.label) == (1, 1, 1, "owl")


def test_rows_of_the_confusion_are_true_and_columns_predicted_labels() -> None:
    assert confusion(TARGETS, PREDICTED, 3) == ((2, 1, 0), (1, 1, 0), (0, 0, 1))


def test_a_label_that_does_not_occur_is_left_out_of_macro_f1_and_said() -> None:
    two = torch.tensor([0, 1])
    assert figures(two, two, torch.zeros(2), 3).macro_f1 == 1.0
    (problem,) = undefined(two, two, LABELS)
    assert problem.code == "label_absent"
    assert "owl" in problem.what


def test_a_label_that_is_never_predicted_is_said_and_counts_as_zero() -> None:
    targets, predicted = torch.tensor([0, 1, 2]), torch.tensor([0, 1, 1])
    (problem,) = undefined(targets, predicted, LABELS)
    assert problem.code == "label_never_predicted"
    told = label_figures(targets, predicted, LABELS)
    assert (told[2].precision, told[2].recall, told[2].f1) == (0, 0, 0)
    assert not any(math.isnan(value) for label in told for value in (label.f1, label.precision))


def test_nothing_is_said_when_everything_is_defined() -> None:
    assert undefined(TARGETS, PREDICTED, LABELS) == ()


def test_figures_of_no_samples_are_refused() -> None:
    nothing = torch.empty(0, dtype=torch.int64)
    with pytest.raises(ValueError, match="at least one sample"):
        figures(nothing, nothing, torch.empty(0), 3)


@pytest.mark.parametrize(
    ("right", "samples", "low", "high"),
    [  # from Newcombe 1998, table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (29, 29, 0.8830, 1.0),
    ],
)
def test_the_interval_is_wilsons(right: int, samples: int, low: float, high: float) -> None:
    assert wilson_interval(right, samples) == pytest.approx((low, high), abs=5e-5)
