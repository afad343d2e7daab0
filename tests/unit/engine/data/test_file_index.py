"""The list of files and their labels, before any file is opened."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from finetune_studio.engine.data.file_index import FileIndex, files_below
from finetune_studio.engine.data.file_types import looks_like_picture
from finetune_studio.engine.data.findings import Findings
from finetune_studio.engine.stopping import Stopped
from finetune_studio.events.events import Event, Progress


def listed(root: Path, findings: Findings | None = None) -> FileIndex:
    return files_below(
        root, looks_like_picture, findings or Findings(), lambda event: None, lambda: False
    )


def made(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def test_files_come_in_the_order_of_their_paths(tmp_path: Path) -> None:
    root = made(tmp_path, "a/z.png", "a/b/1.jpg", "a-b/1.png", "a b/1.png", "a/c.JPG", "b/x")

    index = listed(root)

    assert index.names == sorted(index.names)
    assert len(index) == 6
    labels = [index.labels[code] for code in index.codes]
    assert labels == [name.split("/")[0] for name in index.names]
    assert all(Path(path).is_file() for path in index.paths())


def test_files_of_other_types_are_told_and_those_of_systems_are_not(tmp_path: Path) -> None:
    odd = ("._1.png", ".hidden.png", "Thumbs.db", "notes.txt", "x.png.txt", "y.PNG ", "__MACOSX")
    root = made(tmp_path, "a/1.png", "b/1.png", *(f"a/{name}" for name in odd))
    findings = Findings()

    index = listed(root, findings)

    assert index.names == ["a/1.png", "a/y.PNG ", "b/1.png"]
    assert findings.count("file_skipped") == 2


def test_how_many_there_are_is_told_before_they_are_opened(tmp_path: Path) -> None:
    events: list[Event] = []
    root = made(tmp_path, *(f"{label}/{number}.png" for label in "ab" for number in range(30)))

    files_below(root, looks_like_picture, Findings(), events.append, lambda: False)

    told = [event for event in events if isinstance(event, Progress)]
    assert (told[-1].done, told[-1].unit) == (60, "files")


def test_a_stop_is_heard(tmp_path: Path) -> None:
    root = made(tmp_path, "a/1.png", "b/1.png")

    with pytest.raises(Stopped):
        files_below(root, looks_like_picture, Findings(), lambda event: None, lambda: True)


def test_an_empty_folder_has_no_files(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    index = listed(tmp_path / "empty")

    assert (index.names, index.labels) == ([], [])
    assert index.codes.dtype == np.int32
