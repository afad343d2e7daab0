"""What nobody caught: shown at once when the window lives, at the next start when it does not."""

from __future__ import annotations

import faulthandler
import logging
import sys
import threading
import traceback
from pathlib import Path
from types import TracebackType
from typing import IO

from PySide6.QtCore import QObject, Signal

from finetune_studio.project.problems import Problem

_LONGEST = 20_000
_LOG = logging.getLogger(__name__)


class CrashReports(QObject):
    """Hooks every way an exception can end up unhandled, and the log of hard crashes.

    Signals:
        trouble_met: a `Problem` that says what nobody caught; in the thread of this object.
    """

    trouble_met = Signal(object)

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._file = folder / "crash.log"
        self._stream: IO[str] | None = None
        self.last_crash = self._read_last_crash()

    def install(self) -> None:
        """Catch from now on."""
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception
        sys.unraisablehook = self._on_unraisable
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._stream = self._file.open("w", encoding="utf-8")
        except OSError as error:  # a read-only home: crashes leave no trace, work goes on
            _LOG.warning("No crash log in %s: %s", self._file, error)
            return
        faulthandler.enable(self._stream)

    def uninstall(self) -> None:
        """Leave Python as it was; an empty log is removed."""
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__
        sys.unraisablehook = sys.__unraisablehook__
        if self._stream is not None:
            faulthandler.disable()
            self._stream.close()
            self._stream = None
            self._file.unlink(missing_ok=True)

    def _read_last_crash(self) -> Problem | None:
        try:
            text = self._file.read_text(encoding="utf-8", errors="replace").strip()
        except OSError:
            return None
        if not text:
            return None
        self._file.replace(self._file.with_suffix(".log.old"))
        return Problem(
            what="Finetune Studio ended unexpectedly last time.",
            why="The window's process crashed.",
            remedy="Every decision was saved. A run that was under way can be resumed.",
            where=str(self._file.with_suffix(".log.old")),
            code="crashed",
            detail=text[-_LONGEST:],
        )

    def _on_exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        self._tell(error, trace)

    def _on_thread_exception(self, arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            self._tell(arguments.exc_value, arguments.exc_traceback)

    def _on_unraisable(self, arguments: sys.UnraisableHookArgs) -> None:
        if arguments.exc_value is not None:
            self._tell(arguments.exc_value, arguments.exc_traceback)

    def _tell(self, error: BaseException, trace: TracebackType | None) -> None:
        detail = "".join(traceback.format_exception(type(error), error, trace))
        _LOG.error("Unhandled: %s", detail)
        self.trouble_met.emit(
            Problem(
                what="Something went wrong in the window.",
                why=f"{type(error).__name__}: {error}",
                remedy="What you decided is saved. If this happens again, restart the application.",
                code="unhandled",
                detail=detail[-_LONGEST:],
            )
        )
