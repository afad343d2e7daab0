"""A page on show, with what it emitted; buttons are pressed as users find them: by their words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Generic, TypeVar

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QLineEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from finetune_studio.project.project import Project
from finetune_studio.ui.pages.page import Page
from finetune_studio.ui.snapshot import Snapshot

PageType = TypeVar("PageType", bound=Page)


class Watched(Generic[PageType]):
    """Shows what was edited, as the session does, and remembers it."""

    def __init__(self, qtbot: QtBot, page: PageType, snapshot: Snapshot) -> None:
        self.page = page
        self.snapshot = snapshot
        self.edits: list[Project] = []
        self.wishes: list[object] = []
        self._qtbot = qtbot
        qtbot.addWidget(page)
        page.edited.connect(self._on_edited)
        page.requested.connect(self.wishes.append)
        page.resize(1000, 620)
        page.show_snapshot(snapshot)
        page.show()
        qtbot.waitExposed(page)

    @property
    def project(self) -> Project:
        return self.snapshot.project

    @property
    def primary(self) -> tuple[str, str]:
        return self.page.primary(self.snapshot)

    def show(self, **changes: object) -> None:
        self.snapshot = replace(self.snapshot, **changes)
        self.page.show_snapshot(self.snapshot)

    def press(self, words: str) -> None:
        QApplication.processEvents()  # what was just added to a layout is shown by the event loop
        button = find_button(self.page, words)
        assert button.isEnabled(), f"{words} is off"
        self._qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    def _on_edited(self, project: Project) -> None:
        self.edits.append(project)
        self.show(project=project)


def drop(widget: QWidget, *paths: Path) -> bool:
    """Whether the widget takes what hovers over it; drops it if so."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    with_what = (Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    action = Qt.DropAction.CopyAction
    enter = QDragEnterEvent(QPoint(9, 9), action, mime, *with_what)
    enter.setAccepted(False)
    widget.dragEnterEvent(enter)
    if enter.isAccepted():
        widget.dropEvent(QDropEvent(QPointF(9, 9), action, mime, *with_what))
    return enter.isAccepted()


def find_button(root: QWidget, words: str) -> QAbstractButton:
    """The one visible button with these words on it, or in its accessible name."""
    found = [
        button
        for button in root.findChildren(QAbstractButton)
        if button.isVisible() and words in (button.text().replace("&", ""), button.accessibleName())
    ]
    assert len(found) == 1, f"{len(found)} buttons say {words}"
    return found[0]


@contextmanager
def nothing_emitted(watched: Watched[Page]) -> Iterator[None]:
    before = (list(watched.edits), list(watched.wishes))
    yield
    assert (watched.edits, watched.wishes) == before


def nameless(root: QWidget) -> list[str]:
    """Controls on show that a screen reader could not name."""
    kinds = (QAbstractButton, QComboBox, QLineEdit, QAbstractSlider, QAbstractItemView)
    return [
        f"{type(control).__name__} {control.objectName()}"
        for kind in kinds
        for control in root.findChildren(kind)
        if control.isVisible()
        and control.focusPolicy() != Qt.FocusPolicy.NoFocus
        and not control.accessibleName()
        and not getattr(control, "text", str)()
    ]
