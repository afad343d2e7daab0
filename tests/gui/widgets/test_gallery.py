"""Thumbnails arrive in the background, upright, and broken files are no trouble."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, Qt, QThreadPool
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from finetune_studio.ui.widgets.gallery import Gallery, Picture, read_thumbnail

Show = Callable[..., Any]


def picture(folder: Path, name: str, width: int = 80, height: int = 40) -> Path:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor("red"))
    path = folder / name
    image.save(str(path))
    return path


def wait_for_readers() -> None:
    assert QThreadPool.globalInstance().waitForDone(5000)


def test_thumbnails_arrive_and_broken_files_are_shown_as_such(
    qtbot: QtBot, show: Show, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"not a picture")
    gallery = Gallery()
    show(gallery, 700, 400)
    gallery.show_pictures([Picture(picture(tmp_path, "cat.png"), "cat.png"), Picture(broken)])
    qtbot.waitUntil(lambda: gallery.is_loaded(0) and gallery.is_loaded(1), timeout=5000)
    gallery.grab()
    wait_for_readers()


def test_only_pictures_in_sight_are_read(qtbot: QtBot, show: Show, tmp_path: Path) -> None:
    path = picture(tmp_path, "cat.png")
    gallery = Gallery()
    show(gallery, 400, 300)
    gallery.show_pictures([Picture(path, f"{i}") for i in range(10_000)])
    qtbot.waitUntil(lambda: gallery.is_loaded(0), timeout=5000)
    wait_for_readers()
    qtbot.wait(20)
    assert not gallery.is_loaded(200)


def test_a_click_selects_and_enter_opens(qtbot: QtBot, show: Show, tmp_path: Path) -> None:
    first, second = picture(tmp_path, "a.png"), picture(tmp_path, "b.png")
    gallery = Gallery()
    show(gallery, 700, 400)
    with qtbot.assertNotEmitted(gallery.picture_selected):
        gallery.show_pictures([Picture(first), Picture(second)])
    with qtbot.waitSignal(gallery.picture_selected) as told:
        qtbot.mouseClick(gallery.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(60, 60))
    assert told.args == [first]
    qtbot.keyClick(gallery, Qt.Key.Key_Right)
    with qtbot.waitSignal(gallery.picture_activated) as told:
        qtbot.keyClick(gallery, Qt.Key.Key_Return)
    assert told.args == [second]
    wait_for_readers()


def test_what_was_asked_for_earlier_does_not_land_in_new_pictures(
    qtbot: QtBot, show: Show, tmp_path: Path
) -> None:
    gallery = Gallery()
    show(gallery, 700, 400)
    gallery.show_pictures([Picture(picture(tmp_path, "a.png"))])
    gallery.grab()
    gallery.show_pictures([])
    wait_for_readers()
    qtbot.wait(20)
    assert not gallery.is_loaded(0)


def test_large_pictures_are_made_small_and_small_ones_are_left_alone(tmp_path: Path) -> None:
    large = read_thumbnail(picture(tmp_path, "large.png", 800, 400), 128)
    assert (large.width(), large.height()) == (128, 64)
    small = read_thumbnail(picture(tmp_path, "small.png", 8, 8), 128)
    assert (small.width(), small.height()) == (8, 8)
    assert read_thumbnail(tmp_path / "missing.png", 128).isNull()
