"""What the window asks of a worker, whoever provides it: the launcher, or a script in a test."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Protocol

from finetune_studio.events.commands import AnyCommand, Run
from finetune_studio.events.events import JOB_ENDS, AnyEvent, JobFailed
from finetune_studio.project.problems import Problem, ProblemError


class Worker(Protocol):
    """A process of its own that does one job after another."""

    def send(self, command: AnyCommand) -> None:
        """Hand it a command; a worker that is gone swallows it."""

    def events(self) -> Iterator[AnyEvent]:
        """What happens from now to the end of the job, the end included. Blocks in between.

        A worker that dies says so itself: its last event is then a `JobFailed`. Once the events
        are over the worker belongs to whoever handed it out.
        """

    def kill(self) -> None:
        """End it now. `events` ends soon after."""


class Workers(Protocol):
    """Where workers come from."""

    def take(self) -> Worker:
        """A worker that waits for a job, warm when there is one.

        Raises:
            ProblemError: none can be started.
        """

    def close(self) -> None:
        """End every worker that nobody took."""


class Errand:
    """One job given to one worker.

    The window can speak to it from the moment it is made: what is said before the worker is
    there is said first thing when it is.
    """

    def __init__(self, workers: Workers, job: Run) -> None:
        self.job = job
        self._workers = workers
        self._lock = threading.Lock()
        self._worker: Worker | None = None
        self._unsaid: list[AnyCommand] = []
        self._abandoned = False
        self._over = False

    def events(self) -> Iterator[AnyEvent]:
        """Do the job and say what happens; the last event is always one of `JOB_ENDS`."""
        try:
            worker = self._workers.take()
        except ProblemError as error:
            yield JobFailed(job=self.job.job, problem=error.problem)
            return
        except OSError as error:
            yield JobFailed(job=self.job.job, problem=_not_started(error))
            return
        self._begin(worker)
        ended = False
        # Pipes that are closed under a reader raise one of these, by the platform.
        with contextlib.suppress(OSError, ValueError):
            for event in worker.events():
                if isinstance(event, JOB_ENDS):
                    ended = True
                    self._let_go()
                yield event
        self._let_go()
        if not ended:
            yield JobFailed(job=self.job.job, problem=_SILENCE)

    def send(self, command: AnyCommand) -> None:
        """Say something to the worker; from any thread."""
        with self._lock:
            if self._worker is not None:
                self._worker.send(command)
            elif not self._over:
                self._unsaid.append(command)

    def abandon(self) -> None:
        """End the worker now, whatever it is doing; from any thread."""
        with self._lock:
            self._abandoned = True
            if self._worker is not None:
                self._worker.kill()

    def _begin(self, worker: Worker) -> None:
        with self._lock:
            self._worker = worker
            worker.send(self.job)
            for command in self._unsaid:
                worker.send(command)
            if self._abandoned:
                worker.kill()

    def _let_go(self) -> None:
        # From here on the worker may be doing somebody else's job.
        with self._lock:
            self._worker = None
            self._over = True


def _not_started(error: OSError) -> Problem:
    return Problem(
        what="No worker could be started.",
        why=f"{error.strerror or error}.",
        remedy="Close other programs to free memory, then try again.",
        code="worker_not_started",
    )


_SILENCE = Problem(
    what="The worker ended without a word.",
    why="Its process was closed from outside.",
    remedy="Start the job again.",
    code="worker_silent",
)
