"""The launcher against scripted workers: each script is a whole child process."""

from __future__ import annotations

import os
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from finetune_studio import places
from finetune_studio.events.commands import Run, Stop
from finetune_studio.events.events import AnyEvent, JobFailed, JobFinished
from finetune_studio.worker import launcher
from finetune_studio.worker.launcher import WorkerPool, WorkerProcess

_FINISH = '{"event": "JobFinished", "job": "x"}'

Script = Callable[[str], None]


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Script:
    def use(text: str) -> None:
        command = [sys.executable, "-u", "-c", textwrap.dedent(text)]
        monkeypatch.setattr(launcher, "_command", lambda *, warm: command)

    return use


@pytest.fixture
def worker(script: Script) -> Iterator[Callable[[str], WorkerProcess]]:
    started: list[WorkerProcess] = []

    def start(text: str) -> WorkerProcess:
        script(text)
        started.append(WorkerProcess())
        return started[-1]

    yield start
    for process in started:
        process.close()


def _events_of(process: WorkerProcess, job: str = "x") -> list[AnyEvent]:
    process.send(Run(job=job))
    return list(process.events())


def test_events_end_with_the_job(worker: Callable[[str], WorkerProcess]) -> None:
    process = worker(f"input(); print('{_FINISH}'); input()")
    assert _events_of(process) == [JobFinished(job="x")]


@pytest.mark.parametrize(
    ("death", "code"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", "worker_killed"),
        ("os.kill(os.getpid(), signal.SIGABRT)", "worker_crashed"),
        ("os._exit(7)", "worker_ended"),
        ("os._exit(0)", "worker_ended"),
    ],
)
def test_a_worker_that_dies_is_given_a_last_word(
    worker: Callable[[str], WorkerProcess], death: str, code: str
) -> None:
    says = "sys.stderr.write('last line'); sys.stderr.flush()"
    text = f"import os, signal, sys; input(); {says}; {death}"
    events = _events_of(worker(text))
    assert len(events) == 1
    assert isinstance(events[0], JobFailed)
    assert events[0].problem.code == code
    assert "last line" in events[0].problem.detail


def test_lines_that_are_no_events_are_passed_over(worker: Callable[[str], WorkerProcess]) -> None:
    unknown = '{"event": "Nonsense"}'
    process = worker(f"input(); print('hello'); print('{unknown}'); print('{_FINISH}'); input()")
    assert _events_of(process) == [JobFinished(job="x")]


def test_a_worker_that_talks_only_nonsense_is_ended(worker: Callable[[str], WorkerProcess]) -> None:
    process = worker("input()\nwhile True: print('nonsense')")
    events = _events_of(process)
    assert isinstance(events[-1], JobFailed)
    assert not process.alive


def test_stop_reaches_the_worker(worker: Callable[[str], WorkerProcess]) -> None:
    process = worker(f"input(); assert 'Stop' in input(); print('{_FINISH}'); input()")
    process.send(Run(job="x"))
    process.send(Stop())
    assert isinstance(list(process.events())[-1], JobFinished)


def test_a_worker_that_does_not_leave_is_made_to(
    worker: Callable[[str], WorkerProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launcher, "_SECONDS_TO_LEAVE", 0.2)
    process = worker("import time; time.sleep(600)")
    started = time.monotonic()
    process.close()
    assert not process.alive
    assert time.monotonic() - started < 5


def test_training_has_no_network_and_no_token(
    worker: Callable[[str], WorkerProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "secret")
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    shows = """
        import os, json
        input()
        text = "{}/{}".format(os.environ.get("HF_TOKEN"), os.environ.get("HF_HUB_OFFLINE"))
        print(json.dumps({"event": "Progress", "phase": text, "done": 0}))
        print('{"event": "JobFinished", "job": "x"}')
        input()
    """
    process = worker(shows)
    assert _events_of(process, "train")[0].phase == "None/1"  # type: ignore[union-attr]
    assert _events_of(process, "download_model")[0].phase == "secret/None"  # type: ignore[union-attr]


def test_the_pool_uses_a_good_worker_again_and_leaves_no_log(script: Script) -> None:
    script(f"\nwhile True:\n    input(); print('{_FINISH}')")
    pool = WorkerPool()
    first = pool.take()
    first.send(Run(job="x"))
    list(first.events())
    second = pool.take()
    assert second.pid == first.pid
    second.send(Run(job="x"))
    list(second.events())
    pool.close()
    assert list(Path(places.logs()).iterdir()) == []


def test_the_pool_replaces_a_worker_that_died(script: Script) -> None:
    script("import os; input(); os._exit(9)")
    pool = WorkerPool()
    first = pool.take()
    first.send(Run(job="x"))
    assert isinstance(list(first.events())[-1], JobFailed)
    second = pool.take()
    assert second.pid != first.pid
    pool.close()


@pytest.mark.skipif(sys.platform == "win32", reason="a worker is started with its priority there")
def test_workers_of_the_window_let_it_go_first_and_others_do_not(
    script: Script, worker: Callable[[str], WorkerProcess]
) -> None:
    alone = worker("input()")
    script("input()")
    pool = WorkerPool()
    pooled = pool.take()
    own = os.getpriority(os.PRIO_PROCESS, 0)
    assert os.getpriority(os.PRIO_PROCESS, alone.pid) == own
    assert os.getpriority(os.PRIO_PROCESS, pooled.pid) > own
    pool.close()
