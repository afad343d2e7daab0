"""Everything that happens in a run, written down and told on."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from finetune_studio.engine.progress import Emit
from finetune_studio.events.events import (
    CheckpointSaved,
    EpochFinished,
    Event,
    JobFailed,
    JobStopped,
    Progress,
    RunFinished,
    RunStarted,
    StepFinished,
)
from finetune_studio.runs.event_log import EventLog

TOLD_EVERY_S = 1 / 30
# What must still be known after the power failed.
_LANDMARKS = (RunStarted, EpochFinished, CheckpointSaved, RunFinished, JobFailed, JobStopped)


class Record:
    """A run's event file, and somebody who listens.

    The file gets every event but progress, which only matters while it happens. The listener gets
    every event but most steps when these are many: about thirty a second.
    """

    def __init__(self, file: Path, emit: Emit, clock: Callable[[], float] = time.monotonic) -> None:
        self._log = EventLog(file)
        self._emit = emit
        self._clock = clock
        self._told = float("-inf")
        self._untold: Event | None = None

    def __call__(self, event: Event) -> None:
        """Write an event down and tell it."""
        stamped = self._noted(event)
        if not isinstance(event, Progress):
            self._settle(event)
        self._emit(stamped)

    def note(self, event: Event) -> None:
        """Write an event down that somebody else tells."""
        self._noted(event)
        self._settle(event)

    def steps(self, events: Sequence[StepFinished], *, tell: bool = False) -> None:
        """Write steps down; tell the last one when it is time, or when asked to."""
        for event in events:
            self._untold = self._noted(event)
        self._log.flush()
        now = self._clock()
        if self._untold is not None and (tell or now - self._told >= TOLD_EVERY_S):
            self._told = now
            self._emit(self._untold)
            self._untold = None

    def close(self) -> None:
        """Close the file.

        What mattered was written with a wait for the disk; trouble with the rest must not hide the
        trouble that ends a run.
        """
        with contextlib.suppress(OSError):
            self._log.close()

    def _noted(self, event: Event) -> Event:
        stamped = event if event.at else event.model_copy(update={"at": time.time()})
        if not isinstance(event, Progress):
            self._log.append(stamped)
        return stamped

    def _settle(self, event: Event) -> None:
        if isinstance(event, _LANDMARKS):
            self._log.sync()
        else:
            self._log.flush()
