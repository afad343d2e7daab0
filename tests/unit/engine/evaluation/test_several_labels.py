"""Figures of several labels against scikit-learn, and thresholds against trying them all."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn import metrics as sk

from finetune_studio.engine.evaluation import several_labels
from finetune_studio.engine.evaluation.bootstrap import intervals

LABELS = ("a", "b", "c", "d")


def made(seed: int, samples: int = 200) -> tuple[torch.Tensor, torch.Tensor]:
    """Which labels samples have, and probabilities that know something of it."""
    generator = torch.Generator().manual_seed(seed)
    odds = torch.tensor([0.5, 0.3, 0.1, 0.02])
    targets = (torch.rand(samples, 4, generator=generator) < odds).float()
    noise = torch.rand(samples, 4, generator=generator)
    return targets, (0.35 * targets + 0.65 * noise).clamp(0, 1)


@pytest.mark.parametrize("seed", range(4))
def test_figures_are_those_of_scikit_learn(seed: int) -> None:
    targets, shares = made(seed)
    given = several_labels.given(shares, (0.5, 0.6, 0.4, 0.7))
    found = several_labels.figures(targets, given, torch.zeros(len(targets)))
    true, said = targets.numpy().astype(int), given.numpy().astype(int)

    def f1(average: str) -> float:
        return float(sk.f1_score(true, said, average=average, zero_division=0))

    assert found.micro_f1 == pytest.approx(f1("micro"))
    assert found.macro_f1 == pytest.approx(f1("macro"))
    assert found.weighted_f1 == pytest.approx(f1("weighted"))
    assert found.accuracy == pytest.approx(sk.accuracy_score(true, said))
    rows = several_labels.label_figures(targets, given, LABELS, (0.5,) * 4)
    columns = sk.precision_recall_fscore_support(true, said, average=None, zero_division=0)
    for place, row in enumerate(rows):
        expected = [float(column[place]) for column in columns]
        assert [row.precision, row.recall, row.f1, row.support] == pytest.approx(expected)


def f1(true: np.ndarray, said: np.ndarray) -> float:
    """What scikit-learn says too, which takes milliseconds to say it."""
    return 2 * (true * said).sum() / (true.sum() + said.sum())


@pytest.mark.parametrize("seed", range(6))
def test_no_threshold_does_better_than_the_chosen_one(seed: int) -> None:
    targets, shares = made(seed)
    chosen = several_labels.best_thresholds(targets, shares)

    for label, threshold in enumerate(chosen):
        true = targets[:, label].numpy().astype(int)
        if true.sum() < 3:
            assert threshold == 0.5
            continue
        own = shares[:, label].numpy()
        best = max(f1(true, own >= cut) for cut in np.unique([*own, 0.5]))
        given = several_labels.given(shares, chosen)[:, label].numpy()
        assert sk.f1_score(true, given, zero_division=0) == pytest.approx(best)


def test_a_threshold_does_not_sit_on_a_sample() -> None:
    shares = torch.tensor([[0.9], [0.8], [0.7], [0.2], [0.1]])
    targets = torch.tensor([[1.0], [1.0], [1.0], [0.0], [0.0]])
    assert several_labels.best_thresholds(targets, shares) == (0.5,)
    low = torch.tensor([[0.30], [0.28], [0.26], [0.10], [0.05]])
    (threshold,) = several_labels.best_thresholds(targets, low)
    assert threshold == pytest.approx(0.18)


def test_a_label_that_is_everywhere_or_hardly_anywhere_stays_at_even_chances() -> None:
    targets = torch.tensor([[1.0, 0.0], [1.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    shares = torch.tensor([[0.2, 0.3], [0.2, 0.4], [0.1, 0.3], [0.3, 0.4]])
    assert several_labels.best_thresholds(targets, shares) == (0.5, 0.5)


def test_saying_nothing_where_there_is_nothing_is_right() -> None:
    nothing = torch.zeros(3, 2)
    found = several_labels.figures(nothing, nothing > 0, torch.zeros(3))
    assert (found.accuracy, found.macro_f1, found.micro_f1) == (1.0, 1.0, 1.0)


def test_labels_that_come_together_are_counted() -> None:
    targets = torch.tensor([[1.0, 1.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    assert several_labels.together(targets) == ((3, 2), (2, 3))


def test_what_cannot_be_said_is_told() -> None:
    targets = torch.tensor([[1.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
    given = torch.tensor([[True, False, False], [True, True, False]])
    codes = {
        one.code: one.what for one in several_labels.undefined(targets, given, ("a", "b", "c"))
    }
    assert "“b”" in codes["label_absent"]
    assert "“c”" in codes["label_never_predicted"]


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    held = 0
    for seed in range(60):
        values = torch.randn(80, generator=torch.Generator().manual_seed(seed)) + 3

        def drawn(places: torch.Tensor, values: torch.Tensor = values) -> dict[str, float]:
            return {"mean": float(values[places].mean())}

        low, high = intervals(80, drawn)["mean"]
        held += low <= 3 <= high
    assert 0.85 <= held / 60 <= 1.0


def test_intervals_are_the_same_each_time() -> None:
    values = torch.rand(50)

    def drawn(places: torch.Tensor) -> dict[str, float]:
        return {"mean": float(values[places].mean())}

    assert intervals(50, drawn) == intervals(50, drawn)
