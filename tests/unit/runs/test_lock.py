from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from finetune_studio.project.problems import ProblemError
from finetune_studio.runs import lock
from finetune_studio.runs.lock import RunLock, is_held

_HOLD = """
import sys, time
from pathlib import Path
from finetune_studio.runs.lock import RunLock
with RunLock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_lock_is_held_until_it_is_left(tmp_path: Path) -> None:
    assert not is_held(tmp_path)
    with RunLock(tmp_path):
        assert is_held(tmp_path)
    assert not is_held(tmp_path)


def test_a_second_trainer_is_told_who_is_at_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "_PATIENCE_S", 0.1)
    with RunLock(tmp_path), pytest.raises(ProblemError) as caught, RunLock(tmp_path):
        pass
    assert caught.value.problem.code == "run_busy"


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    repository = Path(__file__).resolve().parents[3]
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(tmp_path)], stdout=subprocess.PIPE, cwd=repository
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        assert is_held(tmp_path)
        holder.send_signal(signal.SIGKILL)
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close()
    deadline = time.monotonic() + 2
    while is_held(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not is_held(tmp_path)


def test_looking_at_a_lock_does_not_keep_a_trainer_out(tmp_path: Path) -> None:
    for _ in range(20):
        is_held(tmp_path)
        with RunLock(tmp_path):
            pass
