"""Does a job in a worker and shows what happens; gives the events that matter to the caller."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Protocol

from finetune_studio.events.commands import Run, Stop
from finetune_studio.events.events import AnyEvent, Event, JobFailed, JobFinished
from finetune_studio.project.problems import Problem
from finetune_studio.worker.launcher import WorkerProcess


class Show(Protocol):
    """What draws events: a terminal or a JSON stream."""

    def event(self, event: Event) -> None:
        """Draw one event."""

    def close(self) -> None:
        """Leave the terminal as it was."""


class JobError(Exception):
    """A job that could not go on, with the problem to be told."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.text())
        self.problem = problem


def do(job: str, arguments: dict[str, Any], show: Show) -> list[AnyEvent]:
    """Do a job to its end. The first Ctrl+C asks it to stop, the second ends it.

    Returns:
        Every event but the steps, which can be millions.

    Raises:
        JobError: the job failed.
    """
    worker = WorkerProcess()
    kept: list[AnyEvent] = []
    try:
        worker.send(Run(job=job, arguments=arguments))
        with _stop_on_interrupt(worker):
            kept.extend(_shown(worker, show))
    finally:
        show.close()
        worker.close()
    end = kept[-1]
    if isinstance(end, JobFailed):
        raise JobError(end.problem)
    return kept


def finished(events: list[AnyEvent]) -> bool:
    """Whether the job did all it was asked, rather than being stopped."""
    return isinstance(events[-1], JobFinished)


def _shown(worker: WorkerProcess, show: Show) -> Iterator[AnyEvent]:
    for event in worker.events():
        show.event(event)
        if event.event != "StepFinished":
            yield event


@contextmanager
def _stop_on_interrupt(worker: WorkerProcess) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked = False

    def on_interrupt(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            worker.kill()
        asked = True
        worker.send(Stop())

    previous = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
