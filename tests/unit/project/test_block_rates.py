from __future__ import annotations

import pytest

from finetune_studio.project.block_rates import block_factors, block_rates, rate_parts
from finetune_studio.project.hyperparameters import Hyperparameters

NAMES = ("Stem", "Stage 1", "Stage 2", "Head")


def test_with_defaults_every_block_has_the_learning_rate_itself() -> None:
    settings = Hyperparameters(learning_rate=0.5)
    assert block_rates(4, settings) == (0.5,) * 4
    parts = rate_parts(NAMES, settings)
    assert [(part.name, list(part.blocks)) for part in parts] == [
        ("backbone", [0, 1, 2]),
        ("head", [3]),
    ]


def test_each_block_is_divided_once_more_than_the_one_above_and_the_head_stands_apart() -> None:
    settings = Hyperparameters(rate_decay=2.6, head_rate=10.0)
    assert block_factors(4, settings) == pytest.approx((1 / 2.6**2, 1 / 2.6, 1.0, 10.0))
    assert [part.name for part in rate_parts(NAMES, settings)] == [
        "Stem",
        "Stage 1",
        "Stage 2",
        "head",
    ]


def test_a_head_alone_is_a_model_too() -> None:
    assert [part.name for part in rate_parts(("Head",), Hyperparameters())] == ["head"]
    assert block_factors(1, Hyperparameters(head_rate=3.0)) == (3.0,)
