"""The worker's side: takes one job after another from stdin and tells what happens on stdout.

The file descriptor of stdout is kept for events alone; whatever libraries print goes to the log.
When the other side goes away (stdin ends), the job is asked to stop and the process ends.
"""

from __future__ import annotations

import contextlib
import faulthandler
import importlib
import os
import queue
import sys
import threading
import time
from collections import deque
from pathlib import Path
from typing import BinaryIO, NoReturn

from finetune_studio.engine.stopping import Control, Stopped
from finetune_studio.events.commands import AnyCommand, Continue, GoBack, Pause, Run, Stop
from finetune_studio.events.events import (
    Event,
    JobFailed,
    JobFinished,
    JobStarted,
    JobStopped,
    RunStarted,
)
from finetune_studio.events.wire import WireError, event_line, parse_command
from finetune_studio.project.faults import problem_from_exception

# A run leaves memory and caches behind that only the end of its process frees for sure.
_LAST_JOBS = frozenset({"train"})
_SECONDS_TO_SAVE = 30.0
# In small pieces: a job that comes meanwhile waits for one of them at most.
_MOST_JOBS_NEED = (
    "torch",
    "torchvision",
    "finetune_studio.engine.jobs",
    "finetune_studio.engine.training.run",
    # What texts need beside that: 1.4 s to import, and 75 MB, which is little beside the rest.
    "transformers",
    "transformers.models.auto.modeling_auto",
    "transformers.models.bert.modeling_bert",
)


def main() -> NoReturn:
    """Serve jobs until stdin ends, then end the process."""
    events = _take_stdout()
    faulthandler.enable()
    _be_first_to_go_when_memory_ends()
    _Child(events, sys.stdin.buffer).serve(warm="--warm" in sys.argv)
    _end_at_once()


class _Child:
    """Reads commands on a thread; runs jobs on the main thread."""

    def __init__(self, events: BinaryIO, commands: BinaryIO) -> None:
        self._control = Control()
        self._events = events
        self._commands = commands
        self._jobs: queue.SimpleQueue[tuple[Run, Control] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()

    def serve(self, *, warm: bool) -> None:
        threading.Thread(target=self._listen, name="commands", daemon=True).start()
        ahead = deque(_MOST_JOBS_NEED if warm else ())
        while (job := self._next_job(ahead)) is not None:
            run, control = job
            self._do(run, control)
            if run.job in _LAST_JOBS:
                break
            _give_memory_back()

    def _do(self, run: Run, control: Control) -> None:
        from finetune_studio.engine.jobs import run_job

        self.emit(JobStarted(job=run.job, pid=os.getpid()))
        end: Event
        try:
            run_job(run.job, run.arguments, self.emit, control)
            end = JobFinished(job=run.job)
        except Stopped:
            end = JobStopped(job=run.job)
        except Exception as error:  # noqa: BLE001 - the edge of the process: whatever it is, it is told
            end = JobFailed(job=run.job, problem=problem_from_exception(error))
        self.emit(end)

    def emit(self, event: Event) -> None:
        """Stamp an event and send it, from any thread."""
        stamped = event if event.at else event.edited(at=time.time())
        if isinstance(stamped, RunStarted):
            _log_to(Path(stamped.folder) / "worker.log")
        with self._lock:
            try:
                self._events.write(event_line(stamped))
            except OSError:  # nobody listens any more: stop as if asked
                self._control.stop()

    def _listen(self) -> None:
        for line in self._commands:
            try:
                command = parse_command(line)
            except WireError as error:
                sys.stderr.write(f"unknown command: {error}\n")
                continue
            self._obey(command)
        self._leave()

    def _obey(self, command: AnyCommand) -> None:
        match command:
            case Run():
                # Requests that follow are this job's; a late one for the last job finds its own.
                self._control = Control()
                self._jobs.put((command, self._control))
            case Stop():
                self._control.stop()
            case Pause():
                self._control.pause()
            case Continue():
                self._control.resume()
            case GoBack():
                self._control.go_back()

    def _leave(self) -> None:
        self._jobs.put(None)
        self._control.stop()
        time.sleep(_SECONDS_TO_SAVE)
        os._exit(3)

    def _next_job(self, ahead: deque[str]) -> tuple[Run, Control] | None:
        """The next job; until there is one, what most jobs need is imported."""
        while ahead and self._jobs.empty():
            # What cannot be imported is told by the job that needs it.
            with contextlib.suppress(ImportError):
                importlib.import_module(ahead.popleft())
        return self._jobs.get()


def _end_at_once() -> NoReturn:
    """End the process without taking the interpreter apart.

    With torch and transformers imported that takes 1 to 3 s, and who stopped a run waits for it.
    """
    sys.stderr.flush()
    os._exit(0)


def _give_memory_back() -> None:
    """Keep nothing of a job: the next one, or nobody for hours, may want this worker."""
    from finetune_studio.engine.memory import give_back

    give_back()


def _take_stdout() -> BinaryIO:
    """Keep the real stdout for events and send every stray print to stderr, which is the log."""
    kept = os.dup(1)
    os.dup2(2, 1)
    os.set_inheritable(kept, False)
    return os.fdopen(kept, "wb", buffering=0)


def _log_to(file: Path) -> None:
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for target in (1, 2):
        os.dup2(handle, target)
    os.close(handle)


def _be_first_to_go_when_memory_ends() -> None:
    """Linux ends the process with the highest score first: this one rather than the window."""
    score = Path("/proc/self/oom_score_adj")
    try:
        score.write_text("500")
    except OSError:
        return
