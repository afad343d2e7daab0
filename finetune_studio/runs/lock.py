"""One process at a time trains a run. The operating system frees the lock of one that dies."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from finetune_studio.project.problems import ProblemError

FILE_NAME = "run.lock"
_PATIENCE_S = 1.0
_PAUSE_S = 0.05

if sys.platform == "win32":
    import msvcrt

    def _try_lock(handle: int) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


class RunLock:
    """Held while a run is trained.

    Raises:
        ProblemError: on entering, when another process is training the run.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE_NAME
        self._handle = -1

    def __enter__(self) -> Self:
        handle = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o644)
        # Somebody who only looks whether the lock is held holds it for a moment.
        deadline = time.monotonic() + _PATIENCE_S
        while not _try_lock(handle):
            if time.monotonic() > deadline:
                os.close(handle)
                raise ProblemError.of(
                    f"Run {self._file.parent.name} is being trained already.",
                    "Another window or command is at it.",
                    "Wait for it to end, or stop it there.",
                    where=str(self._file.parent),
                    code="run_busy",
                )
            time.sleep(_PAUSE_S)
        self._handle = handle
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._handle)


def is_held(folder: Path) -> bool:
    """Whether some process, perhaps this one, is training the run of a folder."""
    try:
        handle = os.open(folder / FILE_NAME, os.O_RDWR)
    except OSError:
        return False
    try:
        return not _try_lock(handle)
    finally:
        os.close(handle)
