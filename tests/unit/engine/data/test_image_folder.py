"""A folder of pictures: which files count, what label they get, what is said about the rest."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from finetune_studio.engine.data.samples import SampleSet
from finetune_studio.project.choices import DataKind, Split, Task
from finetune_studio.project.problems import Problem

Look = Callable[..., SampleSet]
ProblemOf = Callable[..., Problem]


def snapshot(folder: Path) -> dict[str, tuple[int, int]]:
    return {
        str(path.relative_to(folder)): (path.lstat().st_size, path.lstat().st_mtime_ns)
        for path in folder.rglob("*")
    }


def test_each_folder_is_a_label(photo_folder: Path, look: Look) -> None:
    found = look(photo_folder)

    assert (found.task, found.kind) == (Task.IMAGE, DataKind.IMAGE_FOLDER)
    assert found.labels == ("cat", "dog")
    assert Counter(sample.label for sample in found.samples) == {"cat": 4, "dog": 4}
    assert [sample.key for sample in found.samples][:2] == ["cat/0.png", "cat/1.png"]
    assert not found.own_splits


def test_folders_inside_a_label_belong_to_it(
    photo_folder: Path, look: Look, picture: Callable[..., Path]
) -> None:
    deep = photo_folder / "cat" / "/".join("abcdefghijkl")
    picture(deep / "deep.JPG", seed=77)

    found = look(photo_folder)

    assert sum(sample.label == "cat" for sample in found.samples) == 5


def test_what_systems_leave_behind_is_no_label(
    photo_folder: Path, look: Look, picture: Callable[..., Path]
) -> None:
    picture(photo_folder / ".ipynb_checkpoints" / "x.png")
    picture(photo_folder / "__MACOSX" / "x.png")
    picture(photo_folder / "cat" / "._0.png")
    (photo_folder / ".DS_Store").write_bytes(b"junk")
    (photo_folder / "cat" / "Thumbs.db").write_bytes(b"junk")

    found = look(photo_folder)

    assert found.labels == ("cat", "dog")
    assert len(found.samples) == 8
    assert found.problems == ()


def test_links_are_refused_and_cost_no_time(
    photo_folder: Path, look: Look, problem_of: ProblemOf, tmp_path: Path
) -> None:
    (photo_folder / "cat" / "self").symlink_to(photo_folder / "cat")
    (photo_folder / "cat" / "up").symlink_to(photo_folder)
    (photo_folder / "root").symlink_to("/")
    (photo_folder / "cat" / "file.png").symlink_to(photo_folder / "dog" / "5.png")

    found = look(photo_folder)

    assert len(found.samples) == 8
    assert found.labels == ("cat", "dog")
    assert problem_of(found.problems, "link_refused").what.startswith("4 links are not followed")


def test_train_valid_and_testing_folders_are_splits(
    tmp_path: Path, look: Look, picture: Callable[..., Path]
) -> None:
    root = tmp_path / "data"
    for number, part in enumerate(["train", "valid", "testing"]):
        for label in ("cat", "dog"):
            picture(root / part / label / "x.png", seed=10 * number + len(part) + ord(label[0]))

    found = look(root)

    assert found.labels == ("cat", "dog")
    assert {sample.where: sample.split for sample in found.samples} == {
        "train/cat/x.png": Split.TRAIN,
        "train/dog/x.png": Split.TRAIN,
        "valid/cat/x.png": Split.VALIDATION,
        "valid/dog/x.png": Split.VALIDATION,
        "testing/cat/x.png": Split.TEST,
        "testing/dog/x.png": Split.TEST,
    }


def test_a_train_among_cars_is_a_label(
    tmp_path: Path, look: Look, picture: Callable[..., Path]
) -> None:
    root = tmp_path / "vehicles"
    for number, path in enumerate(["train/steam/1.png", "train/2.png", "car/3.png", "bus/4.png"]):
        picture(root / path, seed=number)

    assert look(root).labels == ("bus", "car", "train")


def test_one_folder_around_everything_is_stepped_into(
    photo_folder: Path, look: Look, tmp_path: Path
) -> None:
    wrapped = tmp_path / "unpacked"
    wrapped.mkdir()
    photo_folder.rename(wrapped / "photos")

    assert look(wrapped).labels == ("cat", "dog")


def test_unusable_files_are_left_out_and_told(
    photo_folder: Path, look: Look, problem_of: ProblemOf, picture: Callable[..., Path]
) -> None:
    (photo_folder / "cat" / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 nothing")
    (photo_folder / "cat" / "really.jpg").write_bytes(b"%PDF-1.4")
    (photo_folder / "dog" / "notes.txt").write_text("hello")
    (photo_folder / "empty").mkdir()
    picture(photo_folder / "stray.png", seed=50)

    found = look(photo_folder)

    assert len(found.samples) == 8
    assert "cat/broken.jpg" in problem_of(found.problems, "picture_damaged").what
    assert "PDF" in problem_of(found.problems, "picture_other_type").what
    assert problem_of(found.problems, "file_skipped").where == "dog/notes.txt"
    assert problem_of(found.problems, "label_folder_empty").where == "empty"
    assert problem_of(found.problems, "file_without_label").where == "stray.png"


def test_odd_file_names_count_by_content(
    photo_folder: Path, look: Look, picture: Callable[..., Path]
) -> None:
    for number, name in enumerate(["UPPER.PNG", "dot.png.", "none", "-dash.png", "new\nline.png"]):
        made = picture(photo_folder / "made.png", seed=100 + number)
        made.rename(photo_folder / "dog" / name)

    assert len(look(photo_folder).samples) == 13


def test_equal_pictures_share_their_content(
    photo_folder: Path, look: Look, problem_of: ProblemOf
) -> None:
    (photo_folder / "cat" / "copy.png").write_bytes((photo_folder / "cat" / "0.png").read_bytes())
    (photo_folder / "dog" / "same.png").write_bytes((photo_folder / "cat" / "1.png").read_bytes())

    found = look(photo_folder)
    conflict = problem_of(found.problems, "conflict")
    duplicate = problem_of(found.problems, "duplicate")

    assert (conflict.fix, duplicate.fix) == ("Leave out 2 samples", "Leave out 1 sample")
    fixed = look(photo_folder, leave_out=("conflict", "duplicate"))
    assert len(fixed.samples) == 7
    assert problem_of(fixed.problems, "conflict").fix == ""


def test_nothing_is_written_to_the_source(photo_folder: Path, look: Look) -> None:
    os.utime(photo_folder / "cat" / "0.png", ns=(10**18, 10**18))
    before = snapshot(photo_folder)

    look(photo_folder)

    assert snapshot(photo_folder) == before


def test_hundreds_of_empty_labels_are_one_problem(tmp_path: Path, look: Look) -> None:
    for number in range(300):
        folder = tmp_path / "many" / f"label {number}"
        folder.mkdir(parents=True)
        (folder / "readme.md").touch()

    found = look(tmp_path / "many")

    assert found.samples == []
    assert len(found.problems) == 3
    assert {"label_folder_empty", "data_no_samples"} <= {p.code for p in found.problems}
