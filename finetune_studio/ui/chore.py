"""Something slow that the window does itself, off its own thread: unpacking, reading back."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QThread, Signal

from finetune_studio.project.problems import Problem, ProblemError


class Chore(QThread):
    """Calls a function of plain values in a thread of its own.

    Signals:
        done: what the function returned.
        failed: the `Problem` it raised.
    """

    done = Signal(object)
    failed = Signal(object)

    def __init__(self, work: Callable[[], object], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work = work
        self._result: object = None
        self._problem: Problem | None = None
        self.finished.connect(self._on_finished)

    def close(self) -> None:
        """Wait until it is over, and keep its result to itself."""
        self.blockSignals(True)
        self.wait()

    def run(self) -> None:
        try:
            self._result = self._work()
        except ProblemError as error:
            self._problem = error.problem
        except OSError as error:
            self._problem = Problem(
                what=f"{error.filename or 'A file'} could not be read or written.",
                why=f"{error.strerror or error}.",
                remedy="Check that the folder is there, writable and not full; then try again.",
                where=str(error.filename or ""),
                code="file_trouble",
            )
        except Exception as error:  # noqa: BLE001 - the edge of a thread: whatever it is, it is told
            self._problem = Problem(
                what="Something went wrong in the window.",
                why=f"{type(error).__name__}: {error}",
                remedy="Try again; nothing that was decided is lost.",
                code="unhandled",
                detail=traceback.format_exc(),
            )

    def _on_finished(self) -> None:
        if self._problem is not None:
            self.failed.emit(self._problem)
        else:
            self.done.emit(self._result)


class Chores(QObject):
    """The chores under way, kept until they are over.

    Signals:
        failed: the `Problem` one of them raised.
    """

    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._chores: set[Chore] = set()

    def start(self, work: Callable[[], object], on_done: Callable[[Any], None]) -> None:
        """Call ``work`` in a thread; ``on_done``, a bound method, gets its result in this one."""
        chore = Chore(work, self)
        chore.done.connect(on_done)
        chore.failed.connect(self.failed)
        chore.finished.connect(self._on_finished)
        self._chores.add(chore)
        chore.start()

    def close(self) -> None:
        """Wait for all of them and drop their results."""
        for chore in tuple(self._chores):
            chore.close()
        self._chores.clear()

    def _on_finished(self) -> None:
        over = {chore for chore in self._chores if chore.isFinished()}
        self._chores -= over
        for chore in over:
            chore.deleteLater()
