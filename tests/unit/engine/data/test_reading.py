"""One door for every kind of data, and clear words where there is nothing to read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from finetune_studio.engine.data.reading import read
from finetune_studio.engine.data.samples import SampleSet
from finetune_studio.engine.stopping import Stopped
from finetune_studio.project.choices import DataKind, Task
from finetune_studio.project.problems import Problem, ProblemError
from finetune_studio.project.project import DataChoice

Look = Callable[..., SampleSet]


def refused(path: Path, task: Task | None = None) -> Problem:
    with pytest.raises(ProblemError) as caught:
        read(DataChoice(path=str(path)), task, path / "cache", lambda event: None, lambda: False)
    return caught.value.problem


def test_what_is_gone_is_said_to_be_gone(tmp_path: Path) -> None:
    problem = refused(tmp_path / "gone")

    assert problem.code == "data_missing"
    assert str(tmp_path / "gone") in problem.what


def test_an_empty_folder_has_no_samples(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    assert refused(tmp_path / "empty").code == "data_no_samples"


def test_one_label_is_nothing_to_tell_apart(tmp_path: Path, picture: Callable[..., Path]) -> None:
    picture(tmp_path / "photos" / "cat" / "1.png")
    picture(tmp_path / "photos" / "cat" / "2.png", seed=2)

    assert refused(tmp_path / "photos").code == "data_one_label"


def test_pictures_for_a_text_model_are_refused(photo_folder: Path) -> None:
    assert refused(photo_folder, Task.TEXT).code == "data_other_task"


def test_texts_for_a_picture_model_are_refused(table: Callable[..., Path]) -> None:
    file = table("text,label\nsome words,a\nmore words,b\n")

    assert refused(file, Task.IMAGE).code == "table_no_content_column"


def test_a_folder_around_a_table_and_its_pictures_is_the_table(
    tmp_path: Path, look: Look, picture: Callable[..., Path], table: Callable[..., Path]
) -> None:
    for number in range(4):
        picture(tmp_path / "set" / "images" / f"{number}.png", seed=number)
    rows = "".join(f"images/{number}.png,{'ab'[number % 2]}\n" for number in range(4))
    table(f"file_name,label\n{rows}", "set/metadata.csv")

    found = look(tmp_path / "set")

    assert found.kind is DataKind.TABLE
    assert found.labels == ("a", "b")


def test_two_tables_in_a_folder_want_a_choice(table: Callable[..., Path], tmp_path: Path) -> None:
    table("a,b\n", "set/one.csv")
    table("a,b\n", "set/two.csv")

    problem = refused(tmp_path / "set")

    assert problem.code == "data_which_table"
    assert "one.csv, two.csv" in problem.why


def test_data_without_a_training_part_are_divided_anew(
    tmp_path: Path,
    look: Look,
    picture: Callable[..., Path],
    problem_of: Callable[..., Problem],
) -> None:
    for number, name in enumerate(["test/a/1", "test/b/2", "val/a/3", "val/b/4"]):
        picture(tmp_path / "data" / f"{name}.png", seed=number)

    found = look(tmp_path / "data")

    assert not found.own_splits
    assert problem_of(found.problems, "split_without_training").why


def test_a_stop_is_heard(photo_folder: Path, cache: Path) -> None:
    with pytest.raises(Stopped):
        read(DataChoice(path=str(photo_folder)), None, cache, lambda event: None, lambda: True)
