"""Spellings of one label are merged on the user's word, and before anything else is looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from finetune_studio.engine.data.findings import Findings
from finetune_studio.engine.data.label_spellings import tell_lookalikes, with_spellings_merged
from finetune_studio.engine.data.samples import Sample, SampleSet
from finetune_studio.engine.data.splitting import split
from finetune_studio.project.problems import Problem, Severity
from finetune_studio.project.project import SplitChoice

Look = Callable[..., SampleSet]
ProblemOf = Callable[..., Problem]


def merged(labels: Iterable[str], *leave_out: str) -> tuple[list[str], tuple[Problem, ...]]:
    samples = [Sample(str(place), label, "") for place, label in enumerate(labels)]
    findings = Findings(leave_out)
    left = with_spellings_merged(samples, findings)
    return [sample.label for sample in left], findings.problems()


def test_spellings_stay_apart_until_the_user_merges_them() -> None:
    labels = ["Positive", "positive", "positive", "negative"]

    kept, problems = merged(labels)

    assert kept == labels
    assert problems[0].severity is Severity.WARNING
    assert problems[0].fix == "Merge into “positive”"
    assert "“positive”, “Positive”" in problems[0].what


def test_once_merged_a_note_says_so() -> None:
    kept, problems = merged(["Positive", "positive", "positive", "negative"], "label_spelling")

    assert kept == ["positive", "positive", "positive", "negative"]
    assert (problems[0].severity, problems[0].fix) == (Severity.NOTE, "")
    assert problems[0].what.endswith("are merged: “Positive” into “positive”.")


@pytest.mark.parametrize(
    ("labels", "into"),
    [
        (["Cat", "Cat", "cat"], "Cat"),
        (["CAT", "cat"], "cat"),
        (["very  good", "very good", "very good"], "very good"),
        (["NewYork", "New York", "new york", "New York"], "New York"),
        (["caf\u00e9", "cafe\u0301"], "caf\u00e9"),
        (["STRASSE", "straße"], "straße"),
    ],
)
def test_the_most_frequent_spelling_wins(labels: list[str], into: str) -> None:
    assert set(merged(labels, "label_spelling")[0]) == {into}


def test_several_groups_are_merged_by_one_button() -> None:
    labels = ["Cat", "cat", "cat", "Dog", "Dog", "dog", "cow"]

    assert merged(labels)[1][0].fix == "Merge into the most frequent spellings"
    assert set(merged(labels, "label_spelling")[0]) == {"cat", "Dog", "cow"}


@pytest.mark.parametrize("labels", [["1", "1.0"], ["co-op", "coop"], ["a_b", "a b"]])
def test_what_only_looks_alike_is_never_merged(labels: list[str]) -> None:
    kept, problems = merged(labels, "label_spelling")
    findings = Findings()
    tell_lookalikes(kept, findings)

    assert (kept, problems) == (labels, ())
    assert findings.problems()[0].fix == ""


def test_spellings_are_told_once() -> None:
    findings = Findings()

    tell_lookalikes(["Cat", "cat", "dog"], findings)

    assert findings.problems() == ()


def test_reading_and_dividing_see_the_merged_label(
    table: Callable[..., Path], look: Look, problem_of: ProblemOf
) -> None:
    rows = [f"text {n},{('Good', 'good', 'bad')[n % 3]}" for n in range(30)]
    rows += ["the same,good", "the same,GOOD"]
    file = table("\n".join(["text,label", *rows]))

    found = look(file, leave_out=("label_spelling",))
    parts = split(found, SplitChoice())

    assert look(file).labels == ("GOOD", "Good", "bad", "good")
    assert problem_of(look(file).problems, "conflict")
    assert found.labels == ("bad", "good")
    assert {problem.code for problem in found.problems} == {"label_spelling", "duplicate"}
    assert len(parts) == 32
