"""Texts that are different as they were read, and equal to the model that reads them cleaned."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from finetune_studio.engine.data.cleaned_copies import (
    cleaned_leaks,
    cleaned_texts,
    found_once_cleaned,
)
from finetune_studio.engine.data.inspection import inspect
from finetune_studio.engine.data.sample_sequence import SPLITS, Samples
from finetune_studio.engine.data.samples import Sample
from finetune_studio.project.choices import Split, Task
from finetune_studio.project.cleaning import from_words
from finetune_studio.project.problems import Problem, Severity
from finetune_studio.project.project import DataChoice, SplitChoice

TRAIN, VALIDATION, TEST = Split.TRAIN, Split.VALIDATION, Split.TEST


def found(cleaning: str, *texts: tuple[str, Split]) -> tuple[Problem, ...]:
    samples = Samples.of(
        [
            Sample(key=str(place), label="a", where=f"line {place}", text=text)
            for place, (text, _) in enumerate(texts)
        ]
    )
    parts = np.array([SPLITS.index(part) for _, part in texts], np.int8)
    return cleaned_leaks(samples, parts, from_words(cleaning), lambda event: None, lambda: False)


@pytest.mark.parametrize(
    ("first", "later"), [(TRAIN, VALIDATION), (TRAIN, TEST), (VALIDATION, TEST)]
)
def test_a_text_that_comes_again_in_a_later_part_once_cleaned_is_told(
    first: Split, later: Split
) -> None:
    (problem,) = found("lowercase", ("Good film", first), ("other", later), ("good film", later))
    assert problem.what == (
        "1 sample comes again in another part once the texts are cleaned (line 0, “a”)."
    )
    assert problem.severity is Severity.WARNING


@pytest.mark.parametrize(
    ("cleaning", "texts"),
    [
        ("none", (("Good", TRAIN), ("good", TEST))),
        ("lowercase", (("Good", TRAIN), ("good", TRAIN), ("other", TEST))),
        ("lowercase", (("good", TRAIN), ("good", TEST))),  # told as equal already
        ("urls:", (("http://a.b", TRAIN), ("http://c.d", TEST))),  # nothing is left of either
    ],
)
def test_what_is_no_leak_or_told_elsewhere_is_not_told(
    cleaning: str, texts: tuple[tuple[str, Split], ...]
) -> None:
    assert found(cleaning, *texts) == ()


def test_pictures_have_no_texts() -> None:
    assert found("lowercase", ("", TRAIN), ("", TEST)) == ()


def told(cleaning: str, *texts: tuple[str, str]) -> dict[str, tuple[int, Severity]]:
    """How many of which kind an inspection finds in (text, label) of one part."""
    samples = Samples.of(
        [
            Sample(key=str(place), label=label, where=f"line {place}", text=text)
            for place, (text, label) in enumerate(texts)
        ]
    )
    parts = np.zeros(len(texts), np.int8)
    read = cleaned_texts(samples, from_words(cleaning), lambda event: None, lambda: False)
    problems = found_once_cleaned(samples, parts, read)
    return {one.code: (int(one.what.split()[0]), one.severity) for one in problems}


def test_copies_and_contradictions_that_only_cleaning_makes_are_told() -> None:
    texts = (("Good", "a"), ("good", "a"), ("GOOD", "a"), ("Bad", "a"), ("bad", "b"))
    assert told("lowercase", *texts) == {
        "conflict_cleaned": (2, Severity.WARNING),
        "duplicate_cleaned": (2, Severity.NOTE),
    }
    assert told("none", *texts) == {}


def test_copies_and_contradictions_of_texts_as_read_are_not_told_again() -> None:
    assert told("lowercase", ("good", "a"), ("good", "a"), ("bad", "a"), ("bad", "b")) == {}


def test_emptied_texts_are_told_and_hold_the_work_up_where_nothing_is_left() -> None:
    some = (("http://a.b", "a"), ("good", "b"))
    assert told("urls:", *some) == {"text_emptied": (1, Severity.WARNING)}
    assert told("urls:", some[0]) == {"text_emptied": (1, Severity.ERROR)}


def test_the_report_is_of_cleaned_texts(table: Callable[..., Path], cache: Path) -> None:
    rows = "".join(f"<p>one two</p> <b> three </b> {n},{'ab'[n % 2]}\n" for n in range(6))
    choice = DataChoice(path=str(table(f"text,label\n{rows}")))

    def report(cleaning: str) -> tuple[bool, int]:
        steps, quiet = from_words(cleaning), (lambda event: None, lambda: False)
        found = inspect(choice, Task.TEXT, SplitChoice(), cache, *quiet, cleaning=steps)
        return found.cleaned, found.median_tokens

    assert report("none") == (False, 6)
    assert report("html") == (True, 4)


def test_the_report_of_data_tells_it(
    table: Callable[..., Path], cache: Path, problem_of: Callable[..., Problem]
) -> None:
    rows = "".join(
        f"<b>Text</b> {n},{'ab'[n % 2]},train\nText {n},{'ab'[n % 2]},test\n" for n in range(6)
    )
    choice = DataChoice(path=str(table(f"text,label,split\n{rows}")))
    for cleaning, told in (("html", True), ("none", False)):
        report = inspect(
            choice,
            Task.TEXT,
            SplitChoice(),
            cache,
            lambda event: None,
            lambda: False,
            cleaning=from_words(cleaning),
        )
        assert ("leak_cleaned" in {one.code for one in report.problems}) is told
