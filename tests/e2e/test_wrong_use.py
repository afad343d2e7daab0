"""Bad input gets exit code 2 and words on stderr, and leaves nothing behind."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.studio import Studio


def test_data_that_is_not_there(studio: Studio, places: Path) -> None:
    said = studio("new", places / "a", "--data", places / "nowhere", code=2)
    assert "is not there" in said.err
    assert not (places / "a").exists()


def test_a_setting_that_does_not_exist_is_answered_with_the_nearest(
    studio: Studio, places: Path
) -> None:
    said = studio("new", places / "b", "--set", "training.epoch=3", code=2)
    assert "Did you mean epochs?" in said.err


def test_a_model_nobody_knows(studio: Studio, places: Path) -> None:
    assert studio("new", places / "c", "--model", "nonsense/none", code=2).err


def test_a_folder_that_is_no_project(studio: Studio, places: Path) -> None:
    assert "is not a project" in studio("train", places, code=2).err


def test_a_file_that_is_no_data(studio: Studio, places: Path) -> None:
    file = places / "photo.exe"
    file.write_bytes(b"MZ")
    assert studio("inspect", file, "--json", code=2).err


def test_a_run_that_does_not_exist(studio: Studio, places: Path) -> None:
    assert "no trained model" in studio("evaluate", places / "runs" / "none", code=2).err


def test_an_unknown_command(studio: Studio) -> None:
    studio("frobnicate", code=2)
