"""The real application, driven as a user would: real window, real workers, a place of its own."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from finetune_studio import places
from finetune_studio.app import Studio, make_application
from finetune_studio.project.problems import Problem, ProblemError
from finetune_studio.sample_project import make_sample_project
from finetune_studio.ui import wishes
from finetune_studio.ui.snapshot import Snapshot

_PAGES_BUILT_S = 3.0
_LONGEST_S = 120.0
_PER_LABEL = 40
_EPOCHS = 5_000


class LiveWindow:
    """A running application and what can be waited for in it."""

    def __init__(self) -> None:
        application = QApplication.instance()
        if not isinstance(application, QApplication):
            application = make_application(sys.argv[:1])
        self.studio = Studio(application)
        self.session = self.studio.session
        self.window = self.studio.window

    @property
    def now(self) -> Snapshot:
        """The state of everything."""
        return self.session.snapshot

    @property
    def is_idle(self) -> bool:
        """Whether no job is under way."""
        return not any(activity.busy for activity in self.now.activities.values())

    def open_small_sample(self) -> None:
        """A part of the digits sample, with more epochs than anybody waits for."""
        folder = make_sample_project("digits")
        for label in (folder / "data" / "digits").iterdir():
            for picture in sorted(label.glob("*.png"))[_PER_LABEL:]:
                picture.unlink()
        self.session.ask(wishes.OpenProject(str(folder)))
        self.until(lambda: self.now.model is not None and self._is_looked_through, "opened")
        project = self.now.project
        training = project.training.edited(epochs=_EPOCHS, patience=0)
        self.session.edit(project.edited(training=training, pinned=("epochs", "patience")))

    def forget_stored_layers(self) -> None:
        """Remove what earlier runs stored for later ones."""
        assert self.now.folder is not None
        shutil.rmtree(self.now.folder / "cache", ignore_errors=True)

    @property
    def _is_looked_through(self) -> bool:
        return self.now.data_report is not None and self.is_idle

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Let the window live until something is so.

        Raises:
            ProblemError: something failed on the way.
            TimeoutError: it took too long.
        """
        deadline = time.monotonic() + _LONGEST_S
        while not condition():
            self._raise_trouble()
            if time.monotonic() > deadline:
                raise TimeoutError(what)
            wait(0.005)

    def _raise_trouble(self) -> None:
        failed: list[Problem | None] = [one.problem for one in self.now.activities.values()]
        for problem in (self.now.history.problem, *failed):
            if problem is not None:
                raise ProblemError(problem)


@contextmanager
def live_window() -> Iterator[LiveWindow]:
    """The application with everything built that it builds ahead, and a warm spare worker."""
    with tempfile.TemporaryDirectory(prefix="finetune-studio-live-") as home:
        os.environ[places.HOME_VARIABLE] = home
        live = LiveWindow()
        try:
            live.studio.show()
            live.until(lambda: live.now.machine is not None and live.is_idle, "started")
            wait(_PAGES_BUILT_S)
            yield live
        finally:
            live.session.kill_training()
            while live.session.is_training:
                wait(0.01)
            live.studio.close()


def wait(seconds: float) -> None:
    """Let the window live for a while."""
    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    loop.exec()
