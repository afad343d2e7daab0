"""Files come in by dropping or by choosing, and nothing else does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from finetune_studio.ui.widgets.drop_zone import DropZone

Show = Callable[..., Any]


def carrying(*urls: str) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl(url) for url in urls])
    return data


def drop(zone: DropZone, data: QMimeData) -> bool:
    """Whether the zone takes what hovers over it; drops it if so."""
    buttons = (Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    action = Qt.DropAction.CopyAction
    enter = QDragEnterEvent(QPointF(9, 9).toPoint(), action, data, *buttons)
    enter.setAccepted(False)
    zone.dragEnterEvent(enter)
    if enter.isAccepted():
        zone.dropEvent(QDropEvent(QPointF(9, 9), action, data, *buttons))
    return enter.isAccepted()


def test_dropped_files_arrive_as_paths(qtbot: QtBot, show: Show, tmp_path: Path) -> None:
    zone = DropZone("Drop a folder here", "One folder per label.")
    show(zone)
    with qtbot.waitSignal(zone.paths_dropped) as told:
        assert drop(zone, carrying(QUrl.fromLocalFile(str(tmp_path)).toString()))
    assert told.args == [(tmp_path,)]


def test_what_is_not_a_file_is_not_taken(qtbot: QtBot, show: Show) -> None:
    zone = DropZone("Drop a folder here", "One folder per label.")
    show(zone)
    with qtbot.assertNotEmitted(zone.paths_dropped):
        assert not drop(zone, carrying("https://example.org/cats.zip"))
        assert not drop(zone, QMimeData())


def test_a_folder_can_be_chosen_without_a_mouse(
    qtbot: QtBot, show: Show, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *args: str(tmp_path))
    zone = DropZone("Drop a folder here", "One folder per label.", files=False)
    show(zone)
    assert not zone.file_button.isVisible()
    zone.folder_button.setFocus()
    with qtbot.waitSignal(zone.paths_dropped) as told:
        qtbot.keyClick(zone.folder_button, Qt.Key.Key_Space)
    assert told.args == [(tmp_path,)]


def test_a_dialog_that_is_cancelled_brings_nothing(
    qtbot: QtBot, show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *args: ([], ""))
    zone = DropZone("Drop a file here", "CSV or Parquet.")
    show(zone)
    with qtbot.assertNotEmitted(zone.paths_dropped):
        qtbot.mouseClick(zone.file_button, Qt.MouseButton.LeftButton)
