"""Looking pictures over: what cannot be used is known before training, the rest is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from finetune_studio.engine.data.findings import Findings
from finetune_studio.engine.data.picture_check import check_picture, check_pictures
from finetune_studio.engine.stopping import Stopped


def codes(path: Path) -> set[str]:
    return {code for code, _ in check_picture(str(path)).findings}


@pytest.mark.parametrize("kind", ["jpg", "png", "gif", "webp", "bmp", "tiff"])
def test_a_whole_picture_passes_and_a_cut_one_does_not(
    tmp_path: Path, picture: Callable[..., Path], kind: str
) -> None:
    file = picture(tmp_path / f"picture.{kind}", size=(120, 120))
    assert check_picture(str(file)).usable

    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])

    assert not check_picture(str(file)).usable
    assert codes(file) == {"picture_damaged"}


def test_bytes_after_the_end_do_no_harm(tmp_path: Path, picture: Callable[..., Path]) -> None:
    file = picture(tmp_path / "camera.jpg")
    file.write_bytes(file.read_bytes() + b"maker's note" * 100)

    assert check_picture(str(file)).usable


def test_conversions_are_told(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (30, 20)).save(tmp_path / "turned.jpg", exif=exif)
    Image.new("RGBA", (30, 20)).save(tmp_path / "clear.png")
    Image.new("I;16", (30, 20)).save(tmp_path / "deep.png")
    Image.new("CMYK", (30, 20)).save(tmp_path / "print.jpg")
    Image.new("RGB", (30, 20)).save(tmp_path / "really.png", format="JPEG")
    Image.new("RGB", (30, 4)).save(tmp_path / "tiny.png")
    Image.new("RGB", (30, 20)).save(
        tmp_path / "moving.gif", save_all=True, append_images=[Image.new("RGB", (30, 20), "red")]
    )

    assert codes(tmp_path / "turned.jpg") == {"picture_turned"}
    assert codes(tmp_path / "clear.png") == {"picture_transparent"}
    assert codes(tmp_path / "deep.png") == {"picture_deep"}
    assert codes(tmp_path / "print.jpg") == {"picture_print"}
    assert codes(tmp_path / "really.png") == {"picture_name_lies"}
    assert codes(tmp_path / "tiny.png") == {"picture_tiny"}
    assert "picture_moving" in codes(tmp_path / "moving.gif")


def test_tiny_pictures_are_used_until_they_are_left_out(
    tmp_path: Path, picture: Callable[..., Path]
) -> None:
    files = [str(picture(tmp_path / "a.png", size=(4, 4))), str(picture(tmp_path / "b.png"))]

    def usable(findings: Findings) -> list[bool]:
        return check_pictures(files, files, findings, lambda event: None, lambda: False)

    assert usable(Findings()) == [True, True]
    assert usable(Findings({"picture_tiny"})) == [False, True]


def test_a_stop_is_heard(tmp_path: Path, picture: Callable[..., Path]) -> None:
    files = [str(picture(tmp_path / "a.png"))]

    with pytest.raises(Stopped):
        check_pictures(files, files, Findings(), lambda event: None, lambda: True)
