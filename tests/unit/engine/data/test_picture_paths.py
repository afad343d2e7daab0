"""Paths in a table start at its folder and never lead out of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from finetune_studio.engine.data.picture_paths import PicturePaths


@pytest.fixture
def data(tmp_path: Path, picture: Callable[..., Path]) -> Path:
    folder = tmp_path / "data"
    picture(folder / "img" / "a b.png")
    picture(tmp_path / "secret.png")
    (folder / "img" / "out.png").symlink_to(tmp_path / "secret.png")
    (folder / "away").symlink_to(tmp_path)
    return folder


def test_every_way_to_write_a_path_inside_is_found(data: Path) -> None:
    paths = PicturePaths(data, allow_outside=False)
    target = str(data / "img" / "a b.png")

    for cell in (
        "img/a b.png",
        " img/a b.png ",
        "./img/../img/a b.png",
        "img\\a b.png",
        target,
        f"file://{target.replace(' ', '%20')}",
    ):
        assert paths.find(cell).path == target, cell


@pytest.mark.parametrize(
    "cell",
    [
        "../secret.png",
        "img/../../secret.png",
        "..\\secret.png",
        "/etc/hostname",
        "file:///etc/hostname",
        "img/out.png",
        "away/secret.png",
        "",
        ".",
    ],
)
def test_what_leads_out_is_refused(data: Path, cell: str) -> None:
    found = PicturePaths(data, allow_outside=False).find(cell)

    assert found.path == ""
    assert found.refused


def test_the_user_may_allow_what_lies_outside(data: Path) -> None:
    found = PicturePaths(data, allow_outside=True).find("../secret.png")

    assert Path(found.path) == data.parent / "secret.png"


@pytest.mark.parametrize("cell", ["none.png", "img", "a\x00b.png", "C:\\a\\1.png", "x" * 5000])
def test_what_is_not_there_is_missing(data: Path, cell: str) -> None:
    assert PicturePaths(data, allow_outside=False).find(cell).refused == "picture_missing"


def test_an_address_is_not_downloaded(data: Path) -> None:
    found = PicturePaths(data, allow_outside=True).find("https://example.org/a.png")

    assert found.refused == "picture_is_address"
