"""The child without a process around it: what it does between two jobs."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest

from finetune_studio.events.commands import GoBack, Pause, Run
from finetune_studio.events.wire import command_line, parse_event
from finetune_studio.worker import child

_PATIENCE_S = 10.0


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.mark.parametrize("warm", [True, False])
def test_a_warm_child_imports_ahead_while_nobody_wants_anything(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, warm: bool
) -> None:
    for name in ("ahead_one", "ahead_two"):
        (tmp_path / f"{name}.py").write_text("")
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(child, "_MOST_JOBS_NEED", ("ahead_one", "is_not_there", "ahead_two"))
    # The listener would end the whole process when the commands are over.
    monkeypatch.setattr(child._Child, "_leave", lambda self: self._jobs.put(None))
    reading, writing = os.pipe()
    told = io.BytesIO()
    commands = os.fdopen(reading, "rb")
    served = child._Child(told, commands)
    thread = threading.Thread(target=served.serve, kwargs={"warm": warm})
    thread.start()
    os.write(writing, command_line(Run(job="nonsense")))
    _until(lambda: told.getvalue().count(b"\n") == 2)
    if warm:
        _until(lambda: "ahead_two" in sys.modules)
    os.close(writing)
    thread.join(_PATIENCE_S)
    assert not thread.is_alive()
    commands.close()
    events = [parse_event(line).event for line in told.getvalue().splitlines()]
    assert events == ["JobStarted", "JobFailed"]
    assert ("ahead_one" in sys.modules) is warm


def test_going_back_reaches_the_job_once_and_ends_a_pause() -> None:
    served = child._Child(io.BytesIO(), io.BytesIO())
    served._obey(Run(job="train"))
    _, control = served._jobs.get()  # type: ignore[misc]
    served._obey(Pause())
    served._obey(GoBack())
    assert control.take_going_back()
    assert not control.take_going_back()
    waited: list[str] = []
    control.wait_while_paused(lambda: waited.append("paused"), lambda: waited.append("on"))
    assert waited == []


def test_what_a_job_left_is_freed_before_the_next_one_is_awaited(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Circle:
        def __init__(self) -> None:
            self.me = self

    left: list[weakref.ref[Circle]] = []

    def failing(*_: object) -> None:
        circle = Circle()
        left.append(weakref.ref(circle))
        raise RuntimeError(circle)

    monkeypatch.setattr("finetune_studio.engine.jobs.run_job", failing)
    monkeypatch.setattr(child._Child, "_leave", lambda self: self._jobs.put(None))
    served = child._Child(io.BytesIO(), io.BytesIO())
    served._obey(Run(job="describe_model"))
    served.serve(warm=False)
    assert [circle() for circle in left] == [None]


def test_the_process_ends_without_taking_the_interpreter_apart() -> None:
    script = (
        "import atexit, sys; from finetune_studio.worker import child; "
        "atexit.register(lambda: sys.stderr.write('taken apart')); "
        "sys.stderr.write('logged '); child.main()"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script],
        input=command_line(Run(job="nonsense")),
        capture_output=True,
        timeout=60,
        check=True,
    )
    events = [parse_event(line).event for line in ended.stdout.splitlines()]
    assert events == ["JobStarted", "JobFailed"]
    assert ended.stderr.startswith(b"logged ")
    assert b"taken apart" not in ended.stderr
