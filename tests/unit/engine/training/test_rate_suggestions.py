from __future__ import annotations

import math

import pytest

from finetune_studio.engine.training.rate_suggestions import Smoothing, Suggestions, suggest

# Twelve rates a decade, from 1e-6 to 1e0.
RATES = [10 ** (-6 + index / 12) for index in range(73)]


def curve(fall_from: float, lowest_at: float, top: float = 2.0, bottom: float = 0.5) -> list[float]:
    """Flat, then a straight fall over powers of ten, then shooting up."""
    losses = []
    for rate in RATES:
        if rate <= fall_from:
            losses.append(top)
        elif rate <= lowest_at:
            share = math.log10(rate / fall_from) / math.log10(lowest_at / fall_from)
            losses.append(top - (top - bottom) * share)
        else:
            losses.append(bottom + 4 * math.log10(rate / lowest_at) ** 2)
    return losses


def test_the_valley_is_the_middle_of_the_fall() -> None:
    found = suggest(RATES, curve(1e-5, 1e-2))
    assert found.valley is not None
    assert math.log10(found.valley) == pytest.approx(-3.5, abs=0.15)


def test_the_minimum_is_taken_a_tenth_of_it() -> None:
    assert suggest(RATES, curve(1e-5, 1e-2)).minimum == pytest.approx(1e-3, rel=0.01)


def test_the_steepest_is_where_the_fall_is_steepest() -> None:
    losses = [2.0 - 1.5 / (1 + math.exp(-6 * (math.log10(rate) + 3))) for rate in RATES]
    found = suggest(RATES, losses)
    assert found.steepest is not None
    assert math.log10(found.steepest) == pytest.approx(-3, abs=0.1)


def test_a_bump_on_the_way_down_does_not_end_the_valley() -> None:
    smooth = curve(1e-5, 1e-2)
    bumpy = [loss + (0.3 if index == 30 else 0.0) for index, loss in enumerate(smooth)]
    plain, bumped = suggest(RATES, smooth).valley, suggest(RATES, bumpy).valley
    assert bumped == pytest.approx(plain, rel=0.25)


def test_a_flat_curve_and_one_that_only_rises_suggest_nothing() -> None:
    assert suggest(RATES, [2.0] * len(RATES)) == Suggestions()
    assert suggest(RATES, [2.0 + index for index in range(len(RATES))]) == Suggestions()


def test_too_few_points_suggest_nothing() -> None:
    assert suggest(RATES[:12], curve(1e-6, 1e-2)[:12]) == Suggestions()
    assert suggest([], []) == Suggestions()


def test_what_shoots_up_at_the_end_is_left_out() -> None:
    losses = curve(1e-5, 1e-2)
    losses[-3:] = [0.01, 0.01, 0.01]
    assert suggest(RATES, losses).minimum == pytest.approx(1e-3, rel=0.01)


def test_smoothing_is_right_from_the_first_loss_on() -> None:
    smoothing = Smoothing()
    assert [smoothing.after(3.0) for _ in range(5)] == pytest.approx([3.0] * 5)
    assert 3.0 < smoothing.after(9.0) < 9.0
