"""One way to open a picture: upright, RGB, 8 bits, and never what must not be opened."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from finetune_studio.engine.data.pictures import load_pixels, open_upright_rgb, preprocess
from finetune_studio.engine.model.bundle import ImagePreprocessing
from finetune_studio.project.problems import ProblemError

ORIENTATION = 0x0112


def preprocessing(size: int = 16, resize: int = 20, crop: str = "center") -> ImagePreprocessing:
    return ImagePreprocessing(
        size=size, resize=resize, crop=crop, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5)
    )


def gradient(width: int = 24, height: int = 16) -> Image.Image:
    """No symmetry at all: every turn of it looks different."""
    across = np.linspace(0, 255, width)[None, :].repeat(height, 0)
    down = np.linspace(0, 255, height)[:, None].repeat(width, 1)
    corner = np.zeros((height, width))
    corner[: height // 2, : width // 2] = 255
    return Image.fromarray(np.stack([across, down, corner], axis=2).astype(np.uint8))


def difference(one: Image.Image, other: Image.Image) -> float:
    assert one.size == other.size
    return float(np.abs(np.asarray(one, float) - np.asarray(other, float)).mean())


@pytest.mark.parametrize("kind", ["jpg", "png", "webp", "tiff"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_picture_comes_out_upright(tmp_path: Path, kind: str, orientation: int) -> None:
    upright = gradient()
    undo = {6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
    methods = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        7: Image.Transpose.TRANSVERSE,
        **undo,
    }
    stored = upright.transpose(methods[orientation]) if orientation in methods else upright
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    options = {"quality": 95, "subsampling": 0} if kind == "jpg" else {}
    if kind == "webp":
        options = {"lossless": True}
    file = tmp_path / f"turned.{kind}"
    stored.save(file, exif=exif, **options)

    assert difference(open_upright_rgb(str(file)), upright) <= 2


def test_sixteen_bit_grey_keeps_its_levels(tmp_path: Path) -> None:
    levels = np.linspace(0, 65535, 256 * 4).astype(np.uint16).reshape(4, 256)
    Image.fromarray(levels).save(tmp_path / "deep.png")

    opened = np.asarray(open_upright_rgb(str(tmp_path / "deep.png")))

    assert len(np.unique(opened)) >= 200
    assert np.abs(opened[..., 0] - levels / 257).max() <= 1


def test_transparent_parts_are_white_in_every_mode(tmp_path: Path) -> None:
    clear = Image.new("RGBA", (8, 8), (200, 0, 0, 0))
    clear.save(tmp_path / "rgba.png")
    clear.convert("LA").save(tmp_path / "la.png")
    palette = Image.new("P", (8, 8), 0)
    palette.putpalette([200, 0, 0, 0, 0, 200])
    palette.save(tmp_path / "p.png", transparency=0)
    palette.save(tmp_path / "p.gif", transparency=0)

    for name in ("rgba.png", "la.png", "p.png", "p.gif"):
        opened = open_upright_rgb(str(tmp_path / name))
        assert opened.getpixel((4, 4)) == (255, 255, 255), name


@pytest.mark.parametrize(
    ("mode", "kind", "most"),
    [("CMYK", "jpg", 8), ("CMYK", "tiff", 8), ("L", "jpg", 3), ("P", "gif", 12), ("L", "png", 1)],
)
def test_every_colour_mode_becomes_rgb(tmp_path: Path, mode: str, kind: str, most: float) -> None:
    made = gradient(64, 48).convert(mode)
    file = tmp_path / f"made.{kind}"
    made.save(file, **({"quality": 100} if kind == "jpg" else {}))

    assert difference(open_upright_rgb(str(file)), made.convert("RGB")) <= most


def test_black_and_white_and_float_pictures_open(tmp_path: Path) -> None:
    gradient().convert("1").save(tmp_path / "one.png")
    Image.fromarray(np.linspace(0, 1, 96, dtype=np.float32).reshape(8, 12)).save(
        tmp_path / "float.tiff"
    )

    assert set(np.unique(np.asarray(open_upright_rgb(str(tmp_path / "one.png"))))) == {0, 255}
    spread = np.asarray(open_upright_rgb(str(tmp_path / "float.tiff")))
    assert spread.min() == 0
    assert spread.max() == 255


def test_a_moving_picture_gives_its_first_frame(tmp_path: Path) -> None:
    red, blue = (Image.new("RGB", (16, 16), colour) for colour in ("red", "blue"))
    red.save(tmp_path / "moving.gif", save_all=True, append_images=[blue] * 5)

    assert open_upright_rgb(str(tmp_path / "moving.gif")).getpixel((8, 8)) == (255, 0, 0)


LIES = {
    "heic": (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "picture_unsupported", "HEIC"),
    "svg": (b"<?xml version='1.0'?><svg></svg>", "picture_unsupported", "SVG"),
    "eps": (
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        "picture_other_type",
        "PostScript",
    ),
    "pdf": (b"%PDF-1.7\n", "picture_other_type", "PDF"),
    "zip": (b"PK\x03\x04rest", "picture_other_type", "ZIP"),
    "html": (b"<!DOCTYPE html><html></html>", "picture_other_type", "web page"),
    "empty": (b"", "picture_damaged", "empty"),
    "one byte": (b"\xff", "picture_other_type", "no type known"),
    "half a png": (b"\x89PNG\r\n\x1a\nnothing", "picture_damaged", ""),
}


@pytest.mark.parametrize("lie", LIES)
def test_what_is_no_picture_is_named_for_what_it_is(tmp_path: Path, lie: str) -> None:
    content, code, said = LIES[lie]
    file = tmp_path / "lie.jpg"
    file.write_bytes(content)

    with pytest.raises(ProblemError) as caught:
        open_upright_rgb(str(file))

    problem = caught.value.problem
    assert problem.code == code
    assert said in f"{problem.why} {problem.detail}"


def test_postscript_never_starts_a_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    called = tmp_path / "called"
    ghostscript = tmp_path / "gs"
    ghostscript.write_text(f"#!/bin/sh\ntouch {called}\n")
    ghostscript.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    eps = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n9 9 moveto\n%%EOF\n"
    (tmp_path / "drawing.png").write_bytes(eps)

    with pytest.raises(ProblemError):
        open_upright_rgb(str(tmp_path / "drawing.png"))

    assert not called.exists()


def png_of_zeros(width: int, height: int) -> bytes:
    """A valid PNG header whose pixels would fill the memory."""

    def chunk(name: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + check

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + header + pixels + chunk(b"IEND", b"")


BOMB_GIF = (
    b"GIF89a\xff\xff\xff\xff\x80\x00\x00\x00\x00\x00\xff\xff\xff"
    b",\x00\x00\x00\x00\xff\xff\xff\xff\x00\x02\x02D\x01\x00;"
)


@pytest.mark.parametrize(
    "content",
    [png_of_zeros(30_000, 30_000), png_of_zeros(10_000, 10_000), BOMB_GIF, png_of_zeros(1, 65_535)],
    ids=["huge", "between Pillow's warning and its error", "gif", "strip"],
)
def test_bombs_are_refused_before_they_are_decoded(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bomb.png").write_bytes(content)

    with pytest.raises(ProblemError) as caught:
        open_upright_rgb(str(tmp_path / "bomb.png"))

    assert caught.value.problem.code == "picture_too_large"


def test_a_truncated_picture_is_damaged(tmp_path: Path, picture: Callable[..., Path]) -> None:
    file = picture(tmp_path / "cut.jpg", size=(200, 200))
    file.write_bytes(file.read_bytes()[:-2000])

    with pytest.raises(ProblemError) as caught:
        open_upright_rgb(str(file))

    assert caught.value.problem.code == "picture_damaged"


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_broken_exif_does_not_stop_a_good_picture(tmp_path: Path) -> None:
    gradient().save(tmp_path / "odd.jpg", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff")

    assert open_upright_rgb(str(tmp_path / "odd.jpg")).size == (24, 16)


@pytest.mark.parametrize("shape", [(100, 60), (60, 100), (57, 33), (20, 20), (300, 16)])
def test_cropping_first_gives_the_pixels_of_resize_then_crop(shape: tuple[int, int]) -> None:
    image = gradient(*shape)
    chosen = preprocessing(size=16, resize=20)
    short = min(shape)
    whole = image.resize(
        (int(20 * shape[0] / short), int(20 * shape[1] / short)), Image.Resampling.BILINEAR
    )
    left, top = (round((side - 16) / 2) for side in whole.size)
    reference = np.asarray(whole.crop((left, top, left + 16, top + 16))).transpose(2, 0, 1)

    pixels = preprocess(image, chosen)

    assert pixels.shape == (3, 16, 16)
    assert pixels.dtype == np.uint8
    assert np.abs(pixels.astype(int) - reference.astype(int)).max() <= 1


def test_squash_keeps_every_edge() -> None:
    image = ImageOps.expand(Image.new("RGB", (90, 30), "black"), border=5, fill="white")

    pixels = preprocess(image, preprocessing(crop="squash"))

    assert pixels[:, 0].min() > 100
    assert pixels[:, :, 0].min() > 100


def test_a_large_photo_decoded_at_a_fraction_looks_the_same(tmp_path: Path) -> None:
    photo = gradient(1200, 900)
    photo.save(tmp_path / "photo.jpg", quality=95)
    chosen = preprocessing(size=64, resize=72)

    fast = load_pixels(str(tmp_path / "photo.jpg"), chosen).astype(int)
    full = preprocess(open_upright_rgb(str(tmp_path / "photo.jpg")), chosen).astype(int)

    assert np.abs(fast - full).mean() < 1.5
