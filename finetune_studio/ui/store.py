"""The snapshot in force, and the voice of whatever holds it."""

from __future__ import annotations

import dataclasses
from typing import Any

from PySide6.QtCore import QObject, Signal

from finetune_studio.ui.snapshot import Snapshot


class Store(QObject):
    """Holds the one snapshot. Shared by the session and its two desks; nobody else sees it.

    Signals:
        snapshot_changed: the new `Snapshot`.
        problem_found: a `Problem` that is worth saying wherever the user is.
        activity_failed: the key of an activity, or ``train``, and the `Problem` that ended it.
        notice_given: a sentence worth saying wherever the user is.
        edit_told: a sentence on an edit just made, which can be taken back.
    """

    snapshot_changed = Signal(object)
    problem_found = Signal(object)
    activity_failed = Signal(str, object)
    notice_given = Signal(str)
    edit_told = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.snapshot = Snapshot()

    def show(self, **changes: Any) -> None:
        """Replace the snapshot by one with some fields changed."""
        self.snapshot = dataclasses.replace(self.snapshot, **changes)
        self.snapshot_changed.emit(self.snapshot)
