from __future__ import annotations

from pathlib import Path

import pytest

from finetune_studio.engine.data.samples import Sample, SampleSet
from finetune_studio.engine.evaluation.division import divide, write
from finetune_studio.project.choices import DataKind, Split, Task
from finetune_studio.project.problems import ProblemError
from finetune_studio.project.project import SplitChoice
from finetune_studio.runs.folder import RunFolder


def sample_set(count: int = 40, **changes: str) -> SampleSet:
    samples = [
        Sample(key=f"k{place}", label=changes.get(f"k{place}", "ab"[place % 2]), where=f"{place}")
        for place in range(count)
    ]
    labels = tuple(sorted({sample.label for sample in samples}))
    return SampleSet(Task.TEXT, DataKind.TABLE, samples, labels)


def keys(samples: tuple[Sample, ...]) -> set[str]:
    return {sample.key for sample in samples}


def test_every_sample_is_in_exactly_one_part(tmp_path: Path) -> None:
    division = divide(sample_set(), SplitChoice(), RunFolder(tmp_path))
    parts = [division.of(part) for part in Split]
    assert sum(map(len, parts)) == 40
    assert len(set().union(*map(keys, parts))) == 40


def test_a_run_keeps_its_division_whatever_the_shares_say_later(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    first = divide(sample_set(), SplitChoice(), run)
    write(first, run)
    again = divide(sample_set(), SplitChoice(validation=0.4, test=0.3, seed=99), run)
    assert again == first
    assert again.changes == ""


def test_changes_of_the_data_are_counted_by_kind(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    first = divide(sample_set(40), SplitChoice(), run)
    write(first, run)
    again = divide(sample_set(43, k0="b", k2="b"), SplitChoice(), run)
    assert again.changes == "3 added, 2 relabelled"
    assert keys(first.test) <= keys(again.test)
    assert divide(sample_set(38), SplitChoice(), run).changes == "2 removed"


def test_other_labels_are_refused(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    write(divide(sample_set(), SplitChoice(), run), run)
    with pytest.raises(ProblemError) as caught:
        divide(sample_set(40, k0="c"), SplitChoice(), run)
    assert caught.value.problem.code == "labels_changed"
    assert "c" in caught.value.problem.why


def test_a_damaged_division_is_named(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    for content in ("{", '{"labels": ["a"], "samples": {"k0": ["a", "sometimes"]}}', "[]"):
        run.split_file.write_text(content)
        with pytest.raises(ProblemError) as caught:
            divide(sample_set(), SplitChoice(), run)
        assert caught.value.problem.code == "split_damaged"


def test_without_validation_samples_there_is_no_run(tmp_path: Path) -> None:
    samples = [Sample(key=label, label=label, where="") for label in "abc"]
    lonely = SampleSet(Task.TEXT, DataKind.TABLE, samples, ("a", "b", "c"))
    with pytest.raises(ProblemError) as caught:
        divide(lonely, SplitChoice(), RunFolder(tmp_path))
    assert caught.value.problem.code == "part_empty"
