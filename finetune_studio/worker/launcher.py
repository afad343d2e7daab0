"""The application's side of a worker: starts it, sends commands, gives events."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from finetune_studio import places
from finetune_studio.events.commands import AnyCommand, Run
from finetune_studio.events.events import JOB_ENDS, AnyEvent, JobFailed, JobFinished, RunStarted
from finetune_studio.events.wire import LONGEST_LINE, WireError, command_line, parse_event
from finetune_studio.project.problems import Problem
from finetune_studio.worker.failures import problem_from_exit

_NETWORK_JOBS = frozenset({"download_model"})
_SECRETS = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HUGGINGFACE_TOKEN")
# onnxruntime and the Hub's client report home unless they are told not to before they start.
_QUIET = {
    "ORT_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",
}
_MOST_INVALID_LINES = 100
_LOG_TAIL = 8_000
_SECONDS_TO_LEAVE = 5.0
_NICER = 5


if sys.platform == "win32":
    _BELOW_NORMAL = subprocess.BELOW_NORMAL_PRIORITY_CLASS

    def _lower_priority(pid: int) -> None:
        """Nothing to do: the process was started so."""

else:
    _BELOW_NORMAL = 0

    def _lower_priority(pid: int) -> None:
        """Lower the priority of a process that has no threads yet; those it starts inherit it."""
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, pid, os.getpriority(os.PRIO_PROCESS, 0) + _NICER)


class WorkerProcess:
    """One worker, which does one job at a time.

    Jobs that need the network get a process of their own that may use it; every other worker is
    started offline and without tokens, so that loading a model can never fetch anything.

    One that gives way computes at full speed while nobody else wants the processor; others, the
    window first of all, do not wait for it.
    """

    def __init__(self, *, warm: bool = False, gives_way: bool = False) -> None:
        self._warm = warm
        self._gives_way = gives_way
        self._job = ""
        self._log = _new_log()
        self._run_log: Path | None = None
        self._write_lock = threading.Lock()
        self._process = self._start(network=False)
        self._network = False

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    def send(self, command: AnyCommand) -> None:
        """Send a command. A worker that is gone swallows it: `events` tells of its end."""
        if isinstance(command, Run):
            self._job = command.job
            if (command.job in _NETWORK_JOBS) != self._network:
                self._replace(network=command.job in _NETWORK_JOBS)
        with self._write_lock, contextlib.suppress(OSError, ValueError):
            self._stdin.write(command_line(command))
            self._stdin.flush()

    def events(self) -> Iterator[AnyEvent]:
        """The job's events as they come, up to and including its end.

        A process that dies without a last word is given one: a `JobFailed` that says why.
        """
        invalid = 0
        while line := self._stdout.readline(LONGEST_LINE + 1):
            try:
                event = parse_event(line)
            except WireError:
                invalid += 1
                if invalid > _MOST_INVALID_LINES:
                    self.kill()
                continue
            if isinstance(event, RunStarted):
                self._run_log = Path(event.folder) / "worker.log"
            yield event
            if isinstance(event, JOB_ENDS):
                return
        yield JobFailed(job=self._job, problem=self._last_word())

    def close(self) -> None:
        """Let the process end by itself, and make it when it does not in time."""
        with self._write_lock, contextlib.suppress(OSError, ValueError):
            self._stdin.close()
        try:
            self._process.wait(_SECONDS_TO_LEAVE)
        except subprocess.TimeoutExpired:
            self.kill()
        self._release()

    def kill(self) -> None:
        """End the process at once; what is on disk is whole all the same."""
        with contextlib.suppress(OSError):
            self._process.kill()
        self._process.wait()

    @property
    def _stdin(self) -> IO[bytes]:
        return cast("IO[bytes]", self._process.stdin)

    @property
    def _stdout(self) -> IO[bytes]:
        return cast("IO[bytes]", self._process.stdout)

    def _start(self, *, network: bool) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            process = subprocess.Popen(
                _command(warm=self._warm and not network),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=_environment(network=network),
                # Ctrl+C in the terminal is the application's to answer.
                start_new_session=True,
                creationflags=_BELOW_NORMAL if self._gives_way else 0,
            )
        if self._gives_way:
            _lower_priority(process.pid)
        return process

    def _replace(self, *, network: bool) -> None:
        self.close()
        self._log = _new_log()
        self._network = network
        self._process = self._start(network=network)

    def _last_word(self) -> Problem:
        code = self._process.wait()
        texts = [_tail(file) for file in (self._log, self._run_log) if file is not None]
        return problem_from_exit(code, "\n".join(text for text in texts if text))

    def _release(self) -> None:
        for pipe in (self._stdin, self._stdout):
            with contextlib.suppress(OSError):
                pipe.close()
        with contextlib.suppress(OSError):
            self._log.unlink()


class PooledWorker:
    """A worker that goes back to its pool after a job that went well."""

    def __init__(self, pool: WorkerPool, process: WorkerProcess) -> None:
        self._pool = pool
        self._process = process

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    def send(self, command: AnyCommand) -> None:
        """Send a command."""
        self._process.send(command)

    def events(self) -> Iterator[AnyEvent]:
        """The job's events; when they end, the worker is free again or gone."""
        good = False
        try:
            for event in self._process.events():
                good = isinstance(event, JobFinished) and event.job not in {"train", *_NETWORK_JOBS}
                yield event
        finally:
            self._pool.give_back(self._process, reusable=good)

    def kill(self) -> None:
        """End the process at once."""
        self._process.kill()


class WorkerPool:
    """Hands out workers and keeps one warm, so that nobody waits for torch to import."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._spare: WorkerProcess | None = None
        self._out: set[WorkerProcess] = set()
        self._closed = False

    def warm(self) -> None:
        """Start a spare worker unless there is one."""
        with self._lock:
            if self._spare is None and not self._closed:
                self._spare = WorkerProcess(warm=True, gives_way=True)

    def take(self) -> PooledWorker:
        """A worker to send one job to."""
        with self._lock:
            process, self._spare = self._spare, None
            if process is None or not process.alive:
                if process is not None:
                    process.close()
                process = WorkerProcess(gives_way=True)
            self._out.add(process)
        return PooledWorker(self, process)

    def give_back(self, process: WorkerProcess, *, reusable: bool) -> None:
        """Take a worker back after its job; keep it as the spare when it is still good."""
        with self._lock:
            self._out.discard(process)
            if reusable and self._spare is None and not self._closed and process.alive:
                self._spare = process
                return
        process.close()
        self.warm()

    def close(self) -> None:
        """End every worker; those that train get the time to save."""
        with self._lock:
            self._closed = True
            processes = [*self._out, *([self._spare] if self._spare else [])]
            self._spare = None
            self._out.clear()
        for process in processes:
            process.close()


def _command(*, warm: bool) -> list[str]:
    entry = (
        [sys.executable]
        if getattr(sys, "frozen", False)
        else [sys.executable, "-m", "finetune_studio"]
    )
    return [*entry, "worker", *(["--warm"] if warm else [])]


def _environment(*, network: bool) -> dict[str, str]:
    package_root = str(Path(__file__).resolve().parents[2])
    environment = {**os.environ, **_QUIET, "PYTHONUNBUFFERED": "1"}
    known = environment.get("PYTHONPATH", "")
    environment["PYTHONPATH"] = os.pathsep.join(part for part in (package_root, known) if part)
    if not network:
        environment |= {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
        for name in _SECRETS:
            environment.pop(name, None)
    else:
        environment.pop("HF_HUB_OFFLINE", None)
    return environment


def _new_log() -> Path:
    folder = places.logs()
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix="worker-", suffix=".log", dir=folder)
    os.close(handle)
    return Path(name)


def _tail(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            stream.seek(0, os.SEEK_END)
            stream.seek(max(0, stream.tell() - _LOG_TAIL))
            return stream.read().decode("utf-8", "replace").strip()
    except OSError:
        return ""
