"""A picture is decoded once; what the cache gives is what decoding would give."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from finetune_studio.engine.data import cache as cache_module
from finetune_studio.engine.data import threads
from finetune_studio.engine.data.cache import DecodedPixels, Pixels, open_pixels
from finetune_studio.engine.data.pictures import load_pixels
from finetune_studio.engine.model.bundle import ImagePreprocessing
from finetune_studio.engine.stopping import Stopped

HALF = (0.5, 0.5, 0.5)
SMALL = ImagePreprocessing(size=16, resize=20, mean=HALF, std=HALF)


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every path that is decoded from now on."""
    paths: list[str] = []

    def load(path: str, preprocessing: ImagePreprocessing) -> np.ndarray:
        paths.append(path)
        return load_pixels(path, preprocessing)

    monkeypatch.setattr(cache_module, "load_pixels", load)
    return paths


@pytest.fixture
def paths(photo_folder: Path) -> list[str]:
    return sorted(str(path) for path in photo_folder.rglob("*.png"))


def opened(paths: list[str], folder: Path, preprocessing: ImagePreprocessing = SMALL) -> Pixels:
    return open_pixels(paths, preprocessing, folder, lambda event: None, lambda: False)


def test_the_cache_gives_what_decoding_gives(paths: list[str], tmp_path: Path) -> None:
    pixels = opened(paths, tmp_path / "cache").read([5, 0, 5])

    assert pixels.dtype == np.uint8
    assert pixels.shape == (3, 3, 16, 16)
    assert np.array_equal(pixels[0], load_pixels(paths[5], SMALL))
    assert np.array_equal(pixels[1], load_pixels(paths[0], SMALL))
    assert np.array_equal(pixels[2], pixels[0])


def test_nothing_is_decoded_twice(
    paths: list[str], tmp_path: Path, decoded: list[str], picture: Callable[..., Path]
) -> None:
    opened(paths[:6], tmp_path / "cache")
    opened(paths, tmp_path / "cache")
    opened(list(reversed(paths)), tmp_path / "cache")
    assert sorted(decoded) == paths

    picture(Path(paths[3]), seed=1234)
    os.utime(paths[3], ns=(1, 1))
    pixels = opened(paths, tmp_path / "cache")

    assert decoded[8:] == [paths[3]]
    assert np.array_equal(pixels.read([3])[0], load_pixels(paths[3], SMALL))


def test_only_what_shapes_the_pixels_counts(
    paths: list[str], tmp_path: Path, decoded: list[str]
) -> None:
    opened(paths, tmp_path / "cache")
    opened(paths, tmp_path / "cache", SMALL.edited(mean=(0.1, 0.2, 0.3)))
    assert len(decoded) == 8

    opened(paths, tmp_path / "cache", SMALL.edited(crop="squash"))
    assert len(decoded) == 16


def test_a_damaged_segment_is_made_again(
    paths: list[str], tmp_path: Path, decoded: list[str]
) -> None:
    opened(paths, tmp_path / "cache")
    for segment in (tmp_path / "cache").rglob("*.u8"):
        segment.write_bytes(segment.read_bytes()[:-1])

    pixels = opened(paths, tmp_path / "cache")

    assert len(decoded) == 16
    assert np.array_equal(pixels.read([2])[0], load_pixels(paths[2], SMALL))


def test_a_picture_that_does_not_decode_is_named_and_remembered(
    paths: list[str], tmp_path: Path, decoded: list[str]
) -> None:
    Path(paths[1]).write_bytes(Path(paths[1]).read_bytes()[:200])

    for _ in range(2):
        assert set(opened(paths, tmp_path / "cache").unreadable) == {1}

    assert len(decoded) == 8


def test_a_stop_keeps_what_was_decoded_and_leaves_nothing_half(
    paths: list[str], tmp_path: Path, decoded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache_module, "_SEGMENT_ROWS", 3)

    with pytest.raises(Stopped):
        open_pixels(paths, SMALL, tmp_path / "cache", lambda event: None, lambda: len(decoded) >= 3)

    names = {path.suffix for path in (tmp_path / "cache").rglob("*") if path.is_file()}
    assert names == {".u8", ".json"}
    kept = len(decoded)
    opened(paths, tmp_path / "cache")
    assert len(decoded) < kept + 8


def test_a_stop_within_a_segment_keeps_its_part(
    paths: list[str], tmp_path: Path, decoded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "_AHEAD", 1)

    with pytest.raises(Stopped):
        open_pixels(paths, SMALL, tmp_path / "cache", lambda event: None, lambda: len(decoded) >= 5)
    kept = set(decoded)
    decoded.clear()
    pixels = opened(paths, tmp_path / "cache")

    assert kept
    assert len(kept & set(decoded)) <= threads.thread_count()
    assert all(
        np.array_equal(pixels.read([place])[0], load_pixels(path, SMALL))
        for place, path in enumerate(paths)
    )


def test_pixels_come_from_many_segments_at_once(
    paths: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache_module, "_SEGMENT_ROWS", 3)

    pixels = opened(paths, tmp_path / "cache").read([7, 0, 4, 1, 7])

    assert np.array_equal(pixels, np.stack([load_pixels(paths[n], SMALL) for n in (7, 0, 4, 1, 7)]))


def test_once_decoded_no_file_is_opened_again(paths: list[str], tmp_path: Path) -> None:
    pixels = opened(paths, tmp_path / "cache")
    before = pixels.read(range(8))
    for path in paths:
        Path(path).unlink()

    assert np.array_equal(pixels.read(range(8)), before)


def test_without_room_pictures_are_decoded_as_they_are_read(
    paths: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(cache_module.shutil, "disk_usage", lambda path: usage._replace(free=1000))

    pixels = opened(paths, tmp_path / "cache")

    assert isinstance(pixels, DecodedPixels)
    assert np.array_equal(pixels.read([4])[0], load_pixels(paths[4], SMALL))
    assert not list((tmp_path / "cache").rglob("*.u8"))
