"""Texts that are different as they were read, and equal to the model that reads them cleaned."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from finetune_studio.engine.data.cleaned_copies import cleaned_leaks
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
