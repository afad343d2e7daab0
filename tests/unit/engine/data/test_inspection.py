"""The report says what training would get."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from finetune_studio.engine.data.inspection import inspect
from finetune_studio.engine.data.reading import read
from finetune_studio.engine.data.splitting import split, with_splits
from finetune_studio.engine.stopping import Stopped
from finetune_studio.events.descriptions import DataReport, Preview
from finetune_studio.events.events import DataInspected, Event, Progress
from finetune_studio.events.wire import LONGEST_LINE, event_line
from finetune_studio.project.choices import Split, Task
from finetune_studio.project.problems import Severity
from finetune_studio.project.project import DataChoice, SplitChoice


def report_on(path: Path, cache: Path, **choice: str) -> DataReport:
    return inspect(
        DataChoice(path=str(path), **choice),
        None,
        SplitChoice(),
        cache,
        lambda event: None,
        lambda: False,
    )


def test_the_report_counts_what_training_will_read(photo_folder: Path, tmp_path: Path) -> None:
    report = report_on(photo_folder, tmp_path / "cache")
    data = DataChoice(path=str(photo_folder))
    found = read(data, Task.IMAGE, tmp_path / "cache", lambda event: None, lambda: False)
    parts = split(found, SplitChoice())

    assert report.samples == len(found.samples) == 8
    assert report.train_samples == len(with_splits(found.samples, parts, Split.TRAIN))
    assert [(label.label, label.count) for label in report.labels] == [("cat", 4), ("dog", 4)]
    assert report.problems == found.problems


def test_previews_show_each_label_and_its_part(photo_folder: Path, tmp_path: Path) -> None:
    report = report_on(photo_folder, tmp_path / "cache")
    lines = Path(report.previews).read_text().splitlines()
    previews = [Preview.model_validate_json(line) for line in lines]

    assert Path(report.previews).is_relative_to(tmp_path / "cache")
    assert {preview.label for preview in previews} == {"cat", "dog"}
    assert all(Path(preview.path).is_file() for preview in previews)
    train = [preview for preview in previews if preview.split is Split.TRAIN]
    assert len(train) == report.train_samples


def test_a_table_that_cannot_be_used_yet_still_shows_its_columns(
    table: Callable[..., Path], tmp_path: Path
) -> None:
    rows = "".join(f"{number},some words {number}\n" for number in range(40))

    report = report_on(table(f"number,words\n{rows}"), tmp_path / "cache")

    assert report.problems[0].severity is Severity.ERROR
    assert [column.name for column in report.columns] == ["number", "words"]
    assert report.samples == 0


def test_a_report_always_fits_into_one_message(table: Callable[..., Path], tmp_path: Path) -> None:
    wide = ",".join(f"a column with a long name {number}" for number in range(3000))
    names = "".join(f"text,{'x' * 150}{number}\n" for number in range(12_000))
    for file in (
        table(f"{wide}\n{wide}\n", "wide.csv"),
        table(f"text,label\n{names}", "names.csv"),
    ):
        report = report_on(file, tmp_path / "cache")
        assert len(event_line(DataInspected(report=report))) < LONGEST_LINE


def test_texts_tell_their_usual_length(table: Callable[..., Path], tmp_path: Path) -> None:
    rows = "".join(f"word number {number} here,{'ab'[number % 2]}\n" for number in range(9))

    assert report_on(table(f"text,label\n{rows}"), tmp_path / "cache").median_tokens == 4


def test_progress_is_told_and_a_stop_heard(photo_folder: Path, tmp_path: Path) -> None:
    events: list[Event] = []
    choice = DataChoice(path=str(photo_folder))
    inspect(choice, None, SplitChoice(), tmp_path / "cache", events.append, lambda: False)

    told = [event for event in events if isinstance(event, Progress)]
    assert told[-1].done == told[-1].total == 8

    with pytest.raises(Stopped):
        inspect(choice, None, SplitChoice(), tmp_path / "other", events.append, lambda: True)
    assert not (tmp_path / "other").exists()


def test_looking_at_other_data_leaves_the_previews_of_the_first(tmp_path: Path) -> None:
    shown = []
    for word in ("first", "second"):
        table = tmp_path / f"{word}.csv"
        rows = [f"{word} text {row},{'ab'[row % 2]}" for row in range(12)]
        table.write_text("text,label\n" + "\n".join(rows) + "\n", encoding="utf-8")
        report = report_on(table, tmp_path / "cache")
        shown.append(Path(report.previews))
    assert "first text" in shown[0].read_text(encoding="utf-8")
    assert "second text" in shown[1].read_text(encoding="utf-8")
