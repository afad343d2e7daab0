"""Many findings of a kind become one sentence, with the first place in it."""

from __future__ import annotations

import pytest

from finetune_studio.engine.data.finding_kinds import KINDS
from finetune_studio.engine.data.findings import Findings
from finetune_studio.project.problems import Severity


def test_one_and_many_are_said_in_good_english() -> None:
    one, many = Findings(), Findings()
    one.add("picture_damaged", "cat/1.jpg", "it is empty")
    for number in range(1200):
        many.add("picture_damaged", f"cat/{number}.jpg")

    assert one.problems()[0].what == (
        "1 picture cannot be opened and is left out (cat/1.jpg, it is empty)."
    )
    problem = many.problems()[0]
    assert problem.what == ("1,200 pictures cannot be opened and are left out (first: cat/0.jpg).")
    assert problem.where == "cat/0.jpg"
    assert problem.detail.splitlines()[-1] == "and 1,100 more"


def test_a_fix_says_how_many_and_is_gone_once_taken() -> None:
    open_, taken = Findings(), Findings({"duplicate"})
    for findings in (open_, taken):
        findings.add("duplicate", "line 3")
        findings.add("duplicate", "line 9")

    assert open_.problems()[0].fix == "Leave out 2 samples"
    assert taken.problems()[0].fix == ""
    assert taken.problems()[0].what.startswith("2 samples are left out")
    assert taken.problems()[0].severity is Severity.NOTE


def test_errors_come_first_and_notes_last() -> None:
    findings = Findings()
    findings.add("duplicate", "line 3")
    findings.add("row_ragged", "line 4")

    assert [problem.severity for problem in findings.problems()] == [
        Severity.WARNING,
        Severity.NOTE,
    ]


@pytest.mark.parametrize("code", KINDS)
@pytest.mark.parametrize("count", [1, 2])
def test_every_kind_has_whole_sentences(code: str, count: int) -> None:
    for leave_out in ((), (code,)):
        findings = Findings(leave_out)
        for _ in range(count):
            findings.add(code, "")
        problem = findings.problems()[0]
        for sentence in (problem.what, problem.why, problem.remedy):
            assert not sentence or sentence.endswith("."), sentence
            assert "{" not in sentence
        assert not (KINDS[code].fixable and not KINDS[code].fixed)
