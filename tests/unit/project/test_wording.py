"""Numbers read as people say them."""

from __future__ import annotations

import math

import pytest

from finetune_studio.project import wording


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "0"),
        (980, "980"),
        (1_000, "1 k"),
        (1_300_000, "1.3 M"),
        (999_999, "1 M"),
        (25_600_000, "25.6 M"),
        (138_000_000, "138 M"),
        (math.nan, "–"),
    ],
)
def test_counts_are_rounded_to_what_matters(number: float, words: str) -> None:
    assert wording.count(number) == words


@pytest.mark.parametrize(
    ("bytes_", "words"),
    [(512, "512 bytes"), (98e6, "98 MB"), (1.4e9, "1.4 GB"), (45_300, "45.3 kB")],
)
def test_sizes_are_in_decimal_units(bytes_: float, words: str) -> None:
    assert wording.size(bytes_) == words


@pytest.mark.parametrize(
    ("duration", "words"),
    [
        (0, "0 ms"),
        (0.00001, "< 0.1 ms"),
        (0.0005, "0.5 ms"),
        (0.0123, "12 ms"),
        (0.9999, "1.0 s"),
        (3.42, "3.4 s"),
        (34.2, "34 s"),
        (59.7, "1 min"),
        (125, "2 min 5 s"),
        (3_599.8, "1 h"),
        (12_000, "3 h 20 min"),
        (90_000, "1 d 1 h"),
        (math.inf, "–"),
    ],
)
def test_durations_take_the_unit_that_fits(duration: float, words: str) -> None:
    assert wording.seconds(duration) == words


@pytest.mark.parametrize(
    ("duration", "words"),
    [
        (2, "a few seconds left"),
        (12, "about 10 s left"),
        (95, "about 2 min left"),
        (12_000, "about 3 h 20 min left"),
        (math.inf, "time left unknown"),
    ],
)
def test_the_time_left_is_no_more_exact_than_it_can_be_known(duration: float, words: str) -> None:
    assert wording.eta(duration) == words


def test_shares_are_percents() -> None:
    assert wording.share(0.842) == "84.2 %"
    assert wording.share(1, digits=0) == "100 %"
    assert wording.share(math.nan) == wording.NO_VALUE


@pytest.mark.parametrize(
    ("number", "words"),
    [(0.0342, "0.0342"), (1.234, "1.23"), (123.4, "123"), (0, "0.00"), (2.1e-7, "2.1e-7")],
)
def test_measured_values_keep_three_figures(number: float, words: str) -> None:
    assert wording.figure(number) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [(1e-3, "1e-3"), (2.5e-5, "2.5e-5"), (0.3, "0.3"), (10, "10"), (2e4, "2e4"), (0, "0")],
)
def test_learning_rates_are_powers_of_ten(number: float, words: str) -> None:
    assert wording.rate(number) == words


def test_nouns_follow_their_number() -> None:
    assert wording.plural(1, "label") == "1 label"
    assert wording.plural(10_072, "sample") == "10,072 samples"
    assert wording.plural(3, "entry", "entries") == "3 entries"


def test_ratios_are_times() -> None:
    assert wording.times(9.1) == "9.1 times"
    assert wording.times(12.3) == "12 times"
    assert wording.times(2.0) == "2 times"
