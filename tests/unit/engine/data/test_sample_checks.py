"""What is odd about samples taken together, and what leaving out does about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from finetune_studio.engine.data.findings import Findings
from finetune_studio.engine.data.sample_checks import check_samples
from finetune_studio.engine.data.samples import Sample
from finetune_studio.project.choices import Split
from finetune_studio.project.problems import Problem

ProblemOf = Callable[..., Problem]


def samples(*facts: tuple[str, str] | tuple[str, str, Split]) -> list[Sample]:
    """From (content, label) or (content, label, split)."""
    return [
        Sample(
            key=str(place),
            label=fact[1],
            where=f"line {place}",
            content=fact[0],
            split=fact[2] if len(fact) > 2 else None,
        )
        for place, fact in enumerate(facts)
    ]


def labelled(labels: Iterable[str]) -> list[Sample]:
    return samples(*((f"content {place}", label) for place, label in enumerate(labels)))


def codes(found: list[Sample]) -> set[str]:
    findings = Findings()
    check_samples(found, findings)
    return {problem.code for problem in findings.problems()}


def kept(found: list[Sample], *leave_out: str) -> list[str]:
    return [sample.key for sample in check_samples(found, Findings(leave_out))]


def test_the_same_content_with_two_labels_is_found_in_full() -> None:
    found = samples(("x", "a"), ("x", "b"), ("x", "a"), ("y", "a"), ("z", "b"), ("w", "b"))

    assert "conflict" in codes(found)
    assert kept(found) == ["0", "1", "2", "3", "4", "5"]
    assert kept(found, "conflict") == ["3", "4", "5"]


def test_copies_leave_out_all_but_the_first() -> None:
    found = samples(("x", "a"), ("x", "a"), ("x", "a"), ("y", "b"), ("z", "b"))

    assert "duplicate" in codes(found)
    assert kept(found, "duplicate") == ["0", "3", "4"]


def test_every_planted_leak_across_the_users_own_splits_is_found(problem_of: ProblemOf) -> None:
    train = [(f"c{n}", "ab"[n % 2], Split.TRAIN) for n in range(300)]
    held_out = [(f"c{n}", "ab"[n % 2], Split.VALIDATION) for n in range(100)]
    findings = Findings({"leak"})

    left = check_samples(samples(*train, *held_out), findings)

    assert problem_of(findings.problems(), "leak").what.startswith("100 samples")
    assert len(left) == 300
    assert len({sample.content for sample in left}) == 300


def test_the_test_part_stays_whole() -> None:
    found = samples(
        ("x", "a", Split.VALIDATION),
        ("x", "a", Split.TEST),
        ("y", "b", Split.TRAIN),
        ("y", "b", Split.VALIDATION),
        ("z", "b", Split.TRAIN),
    )

    assert kept(found, "leak") == ["1", "3", "4"]


def test_a_label_of_one_sample_is_told_and_can_go(problem_of: ProblemOf) -> None:
    found = labelled(["a", "a", "b", "b", "c"])
    findings = Findings()
    check_samples(found, findings)

    assert problem_of(findings.problems(), "label_single").fix == "Leave out 1 sample"
    assert kept(found, "label_single") == ["0", "1", "2", "3"]


@pytest.mark.parametrize(
    ("labels", "code"),
    [
        (["a"] * 55 + ["b"] * 5, "labels_uneven"),
        (["Cat", "cat"] * 5 + ["dog"] * 5, "label_spelling"),
        (["co-op", "coop"] * 5 + ["shop"] * 5, "labels_alike"),
        (["1", "1.0", "01", "2"] * 3, "labels_alike"),
        (["é", "e\u0301", "x"] * 3, "label_spelling"),
        ([f"id-{n}" for n in range(40)], "labels_like_id"),
        ([str(n % 30) for n in range(90)], "labels_like_number"),
        (
            ["one long sentence of many words " * 3, "another such sentence " * 4] * 4,
            "labels_like_text",
        ),
        (["a", "a", "b", "b", "nan", "nan"], "label_placeholder"),
        (["a", "a", "a"], "data_one_label"),
        ([str(n) for n in range(10_001)], "data_too_many_labels"),
        ([], "data_no_samples"),
    ],
)
def test_odd_labels_are_told(labels: list[str], code: str) -> None:
    assert code in codes(labelled(labels))


@pytest.mark.parametrize(
    "labels",
    [
        ["good", "bad"] * 10,
        ["1", "2", "3", "4", "5"] * 4,
        ["True", "False"] * 5,
        [f"species {n % 40}" for n in range(200)],
        ["2024", "2025"] * 8,
        ["a"] * 50 + ["b"] * 5,
    ],
)
def test_usual_labels_are_left_in_peace(labels: list[str]) -> None:
    assert codes(labelled(labels)) == set()


def test_leaving_out_too_much_is_an_error_in_the_end() -> None:
    found = samples(("x", "a"), ("x", "b"))
    findings = Findings({"conflict"})

    assert check_samples(found, findings) == []
    assert findings.problems()[0].code == "data_no_samples"
