from __future__ import annotations

from pathlib import Path

import pytest

from finetune_studio.engine.export.replacing import CERTIFICATE, whole_folder
from finetune_studio.project.problems import ProblemError


def _export(target: Path, content: str) -> None:
    with whole_folder(target) as working:
        (working / CERTIFICATE).write_text("{}")
        (working / "model").write_text(content)


def test_a_folder_appears_whole(tmp_path: Path) -> None:
    _export(tmp_path / "out", "new")
    assert {file.name for file in (tmp_path / "out").iterdir()} == {CERTIFICATE, "model"}
    assert not list(tmp_path.glob(".out*"))


def test_an_earlier_export_is_replaced(tmp_path: Path) -> None:
    _export(tmp_path / "out", "old")
    _export(tmp_path / "out", "new")
    assert (tmp_path / "out" / "model").read_text() == "new"


def test_an_export_that_fails_leaves_the_earlier_one(tmp_path: Path) -> None:
    _export(tmp_path / "out", "old")
    with pytest.raises(RuntimeError), whole_folder(tmp_path / "out") as working:  # noqa: PT012
        (working / "model").write_text("half")
        raise RuntimeError
    assert (tmp_path / "out" / "model").read_text() == "old"
    assert not list(tmp_path.glob(".out*"))


def test_a_folder_with_something_else_in_it_is_never_touched(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("years of work")
    with pytest.raises(ProblemError, match="holds something else"):
        _export(tmp_path / "out", "new")
    assert (tmp_path / "out" / "thesis.txt").read_text() == "years of work"


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    target = tmp_path / "file" / "export"
    with pytest.raises(ProblemError) as raised, whole_folder(target):
        pytest.fail("there is nothing to write into")
    assert raised.value.problem.what == f"{target} cannot be made."
    assert raised.value.problem.code == "export_folder_closed"


def test_what_a_killed_export_left_is_tidied_up_by_the_next(tmp_path: Path) -> None:
    left = tmp_path / ".onnx[1].part-4711"
    left.mkdir()
    (left / "model.onnx").write_text("half")
    with whole_folder(tmp_path / "onnx[1]") as working:
        (working / CERTIFICATE).write_text("{}")
    assert not left.exists()
    assert (tmp_path / "onnx[1]" / CERTIFICATE).is_file()
