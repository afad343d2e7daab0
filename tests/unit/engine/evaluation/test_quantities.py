"""Figures of numbers against scikit-learn."""

from __future__ import annotations

import pytest
import torch
from sklearn import metrics as sk

from finetune_studio.engine.evaluation import quantities


@pytest.mark.parametrize("seed", range(4))
def test_figures_are_those_of_scikit_learn(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    true = 40 + 12 * torch.randn(150, generator=generator, dtype=torch.float64)
    said = true + 5 * torch.randn(150, generator=generator, dtype=torch.float64)
    found = quantities.figures(true, said, torch.zeros(150), "kg")

    assert found.mae == pytest.approx(sk.mean_absolute_error(true, said))
    assert found.rmse == pytest.approx(sk.root_mean_squared_error(true, said))
    assert found.r2 == pytest.approx(sk.r2_score(true, said))
    assert found.unit == "kg"


def test_always_the_mean_explains_nothing_and_equal_numbers_have_no_spread() -> None:
    true = torch.tensor([1.0, 2.0, 3.0, 6.0], dtype=torch.float64)
    mean = quantities.figures(true, true.mean().expand(4), torch.zeros(4))
    assert mean.r2 == pytest.approx(0.0)
    same = quantities.figures(torch.ones(3), torch.ones(3) + 1, torch.zeros(3))
    assert (same.mae, same.r2) == (1.0, 0.0)


def test_no_samples_have_no_figures() -> None:
    with pytest.raises(ValueError, match="at least one sample"):
        quantities.figures(torch.zeros(0), torch.zeros(0), torch.zeros(0))
