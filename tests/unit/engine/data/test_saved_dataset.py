"""Folders written by ``datasets`` with ``save_to_disk`` are tables like any other."""

from __future__ import annotations

import hashlib
import io
import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
from datasets import ClassLabel, Dataset, DatasetDict, Features, List, Value
from datasets import Image as ImageFeature
from datasets.utils import disable_progress_bars
from PIL import Image

from finetune_studio.engine.data.samples import SampleSet
from finetune_studio.project.choices import DataKind, Split, Task
from finetune_studio.project.problems import Problem, ProblemError

Look = Callable[..., SampleSet]
ProblemOf = Callable[..., Problem]

NAMES = ["bad", "good"]


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> NoReturn:
        raise AssertionError("something wants to use the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    disable_progress_bars()


def reviews(labels: list[int | None], start: int = 0) -> Dataset:
    texts = [f"some words {start + place}" for place in range(len(labels))]
    features = Features({"review": Value("string"), "mood": ClassLabel(names=NAMES)})
    return Dataset.from_dict({"review": texts, "mood": labels}, features)


def png(seed: int) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (20, 24, 3), np.uint8)
    written = io.BytesIO()
    Image.fromarray(pixels).save(written, "PNG")
    return written.getvalue()


def photos(cells: list[dict[str, Any] | None]) -> Dataset:
    labels = [place % 2 for place in range(len(cells))]
    features = Features({"photo": ImageFeature(), "label": ClassLabel(names=NAMES)})
    return Dataset.from_dict({"photo": cells, "label": labels}, features)


def saved(data: Dataset | DatasetDict, folder: Path) -> Path:
    data.save_to_disk(str(folder))
    return folder


def content_of(folder: Path) -> dict[str, tuple[str, int]]:
    return {
        str(file.relative_to(folder)): (
            hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else "",
            file.stat().st_mtime_ns,
        )
        for file in [folder, *folder.rglob("*")]
    }


def test_texts_come_with_the_names_of_their_classes(tmp_path: Path, look: Look) -> None:
    found = look(saved(reviews([0, 1, 0, 1]), tmp_path / "my data #1"))

    assert (found.task, found.kind, found.labels) == (Task.TEXT, DataKind.TABLE, ("bad", "good"))
    assert [(s.text, s.label, s.where) for s in found.samples[:2]] == [
        ("some words 0", "bad", "row 1"),
        ("some words 1", "good", "row 2"),
    ]
    assert found.table is not None
    assert (found.table.text_column, found.table.label_column) == ("review", "mood")
    assert found.problems == ()


def test_rows_without_a_class_are_listed(tmp_path: Path, look: Look, problem_of: ProblemOf) -> None:
    found = look(saved(reviews([0, 1, -1, None, 0, 1]), tmp_path / "saved"))

    assert len(found.samples) == 4
    assert "row 3\nrow 4" in problem_of(found.problems, "row_without_label").detail


def test_columns_can_be_chosen_and_what_a_table_cannot_show_is_passed_over(
    tmp_path: Path, look: Look
) -> None:
    rows = {
        "title": ["one", "two", "three", "four"],
        "body": ["a b c d", "e f g h", "i j k l", "m n o p"],
        "tokens": [[1], [2], [3], [4]],
        "blob": [b"\x00"] * 4,
        "label": [0, 1, 0, 1],
        "stars": [5, 1, 5, 1],
    }
    kinds = {"title": Value("string"), "body": Value("string"), "tokens": List(Value("int64"))}
    more = {"blob": Value("binary"), "label": ClassLabel(names=NAMES), "stars": Value("int8")}
    folder = saved(Dataset.from_dict(rows, Features({**kinds, **more})), tmp_path / "saved")

    found = look(folder, text_column="title", label_column="stars")

    assert found.labels == ("1", "5")
    assert [sample.text for sample in found.samples] == rows["title"]
    assert found.table is not None
    assert [c.name for c in found.table.columns] == ["title", "body", "label", "stars"]


def test_the_splits_of_a_dataset_dict_are_kept(
    tmp_path: Path, look: Look, problem_of: ProblemOf
) -> None:
    parts = {
        "train": reviews([0, 1] * 3),
        "validation": reviews([0, 1], 10),
        "test": reviews([0, 1], 20),
        "unsupervised": reviews([-1] * 20, 30),
    }

    found = look(saved(DatasetDict(parts), tmp_path / "saved"))

    assert [s.split for s in found.samples] == [
        *[Split.TRAIN] * 6,
        *[Split.VALIDATION] * 2,
        *[Split.TEST] * 2,
    ]
    assert found.samples[6].where == "row 1 of validation"
    assert found.table is not None
    assert found.table.split_column == "split"
    problem = problem_of(found.problems, "row_without_label")
    assert problem.where == "row 1 of unsupervised"


def test_a_single_part_is_no_division(tmp_path: Path, look: Look) -> None:
    found = look(saved(DatasetDict({"train": reviews([0, 1] * 3)}), tmp_path / "saved"))

    assert len(found.samples) == 6
    assert not found.own_splits


def test_parts_may_have_columns_of_their_own(tmp_path: Path, look: Look) -> None:
    bare = reviews([0, 1], 10).remove_columns("mood")
    parts = {"train": reviews([0, 1] * 3), "test": bare.add_column("id", [1, 2])}

    found = look(saved(DatasetDict(parts), tmp_path / "saved"))

    assert len(found.samples) == 6
    assert found.table is not None
    assert [c.name for c in found.table.columns] == ["split", "review", "mood", "id"]


def test_embedded_pictures_are_written_to_the_cache_once(
    tmp_path: Path, look: Look, cache: Path, problem_of: ProblemOf
) -> None:
    cells = [{"bytes": png(seed), "path": f"{seed}.jpg"} for seed in (1, 2, 3, 4, 1)]
    damaged = {"bytes": png(5)[:200], "path": None}
    folder = saved(photos([*cells, damaged, None]), tmp_path / "saved")

    found = look(folder)
    written = content_of(cache)

    assert (found.task, found.labels) == (Task.IMAGE, ("bad", "good"))
    assert [Path(s.path).read_bytes() for s in found.samples] == [c["bytes"] for c in cells]
    assert {Path(s.path).parent for s in found.samples} == {cache / "embedded"}
    assert problem_of(found.problems, "picture_damaged").where == "row 6"
    assert problem_of(found.problems, "row_without_picture").where == "row 7"
    assert problem_of(found.problems, "duplicate").where == "row 5"

    assert look(folder).samples == found.samples
    assert content_of(cache) == written


def test_a_cache_that_was_cut_short_is_made_whole(tmp_path: Path, look: Look) -> None:
    cells = [{"bytes": png(seed), "path": None} for seed in range(4)]
    folder = saved(photos(cells), tmp_path / "saved")
    gone, short = (Path(sample.path) for sample in look(folder).samples[:2])
    gone.unlink()
    short.write_bytes(b"\x89PNG")

    found = look(folder)

    assert [Path(s.path).read_bytes() for s in found.samples] == [c["bytes"] for c in cells]


def test_texts_leave_pictures_where_they_are(tmp_path: Path, look: Look, cache: Path) -> None:
    data = photos([{"bytes": png(seed), "path": None} for seed in range(4)])
    folder = saved(data.add_column("caption", ["a b", "c d", "e f", "g h"]), tmp_path / "saved")

    found = look(folder, Task.TEXT)

    assert [sample.text for sample in found.samples] == ["a b", "c d", "e f", "g h"]
    assert list(cache.iterdir()) == []


def test_a_cache_without_room_is_a_problem(tmp_path: Path, look: Look, cache: Path) -> None:
    (cache / "embedded").write_text("in the way")
    cells = [{"bytes": png(seed), "path": None} for seed in range(4)]

    with pytest.raises(ProblemError) as caught:
        look(saved(photos(cells), tmp_path / "saved"))

    assert caught.value.problem.code == "cache_unwritable"


def test_pictures_named_by_path_are_found_inside_the_folder_only(
    tmp_path: Path, look: Look, problem_of: ProblemOf, picture: Callable[..., Path]
) -> None:
    folder = tmp_path / "saved"
    outside = picture(tmp_path / "outside.png", seed=9)
    paths = [*(f"pictures/{n}.png" for n in range(4)), str(outside), "https://example.org/x.png"]
    # Saving copies the bytes of pictures that are there, so they come later.
    data = Dataset.from_dict(
        {"photo": [{"bytes": None, "path": path} for path in paths], "label": [0, 1] * 3},
        Features(
            {
                "photo": {"bytes": Value("binary"), "path": Value("string")},
                "label": ClassLabel(names=NAMES),
            }
        ),
    )
    saved(data, folder)
    facts = json.loads((folder / "dataset_info.json").read_text())
    facts["features"]["photo"] = {"_type": "Image"}
    (folder / "dataset_info.json").write_text(json.dumps(facts))
    for number in range(4):
        picture(folder / "pictures" / f"{number}.png", seed=number)

    found = look(folder)

    assert [sample.key for sample in found.samples] == paths[:4]
    assert problem_of(found.problems, "picture_outside").where == "row 5"
    assert problem_of(found.problems, "picture_is_address").where == "row 6"


def test_the_source_stays_as_it_is(tmp_path: Path, look: Look) -> None:
    texts = saved(
        DatasetDict({"train": reviews([0, 1] * 3), "test": reviews([0, 1])}), tmp_path / "t"
    )
    cells = [{"bytes": png(seed), "path": None} for seed in range(4)]
    pictures = saved(photos(cells), tmp_path / "p")
    before = content_of(texts), content_of(pictures)

    look(texts)
    look(pictures)

    assert (content_of(texts), content_of(pictures)) == before


def test_a_format_asked_for_by_the_folder_is_passed_over(tmp_path: Path, look: Look) -> None:
    folder = tmp_path / "saved"
    saved(reviews([0, 1] * 3).with_format("numpy", columns=["mood"]), folder)

    assert look(folder).samples[0].text == "some words 0"


def test_files_outside_the_folder_are_refused(tmp_path: Path, look: Look) -> None:
    saved(reviews([0, 1] * 3), tmp_path / "private")
    folder = saved(reviews([0, 1] * 3), tmp_path / "saved")
    facts = json.loads((folder / "state.json").read_text())
    facts["_data_files"][0]["filename"] = "../private/data-00000-of-00001.arrow"
    (folder / "state.json").write_text(json.dumps(facts))

    with pytest.raises(ProblemError, match="outside itself"):
        look(folder)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("state.json", "{}"),
        ("state.json", "no json"),
        ("dataset_info.json", '{"features": {"review": {"_type": "Secret"}}}'),
        ("data-00000-of-00001.arrow", "no arrow"),
    ],
)
def test_a_damaged_folder_is_a_problem(tmp_path: Path, look: Look, file: str, content: str) -> None:
    folder = saved(reviews([0, 1] * 3), tmp_path / "saved")
    (folder / file).write_text(content)

    with pytest.raises(ProblemError) as caught:
        look(folder)

    assert caught.value.problem.code == "table_unreadable"
