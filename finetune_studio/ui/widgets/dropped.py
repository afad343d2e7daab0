"""Files and folders that are dragged over a widget or dropped on it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent

from finetune_studio.project import wording


def dropped_paths(event: QDropEvent) -> tuple[Path, ...]:
    """What lies on this computer of what is dragged or dropped."""
    urls = event.mimeData().urls()
    return tuple(Path(url.toLocalFile()) for url in urls if url.isLocalFile())


def offer_to_take(event: QDragEnterEvent, *, one: bool = False) -> bool:
    """Take what is dragged if it lies on this computer; a copy, so that nobody's file is moved.

    With ``one``, several things are left to whatever is behind the widget.
    """
    count = len(dropped_paths(event))
    can_take = count == 1 if one else count > 0
    if can_take:
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
    return can_take


def too_many(count: int) -> str:
    """What is said to somebody who dropped several things where one is wanted."""
    dropped = wording.plural(count, "thing")
    return f"{dropped} were dropped. Drop the one folder or table that holds all samples."
