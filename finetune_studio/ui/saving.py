"""The project's file, written off the window's thread: a disk may take long to have it for sure."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, Signal

from finetune_studio.project import storage
from finetune_studio.project.project import Project
from finetune_studio.ui.chore import Chore


class Saving(QObject):
    """Writes one state of the project at a time.

    Signals:
        ended: what was to be written is, or it failed.
        failed: the `Problem` that kept it from being written.
    """

    ended = Signal()
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._chore: Chore | None = None

    @property
    def is_under_way(self) -> bool:
        """Whether something is being written."""
        return self._chore is not None

    def begin(self, project: Project, folder: Path) -> None:
        """Write a project into its folder, and come back before that is done."""
        assert self._chore is None
        self._chore = chore = Chore(partial(storage.save, project, folder), self)
        chore.failed.connect(self.failed)
        for over in (chore.done, chore.failed):
            over.connect(self._on_over)
        chore.start()

    def finish(self) -> None:
        """Wait for what is being written, and tell how it went."""
        if self._chore is not None:
            self._chore.wait()
            QCoreApplication.sendPostedEvents(self._chore)  # that it is over

    def _on_over(self, _outcome: object) -> None:
        if self._chore is not None:
            self._chore.deleteLater()
            self._chore = None
        self.ended.emit()
