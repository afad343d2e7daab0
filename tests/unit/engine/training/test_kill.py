"""SIGKILL at any moment: what is on the disk is enough to go on as if nothing had happened."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from finetune_studio.events import events as ev
from finetune_studio.events.history import RunState
from finetune_studio.runs.event_log import read_log
from finetune_studio.runs.folder import list_runs, read_history
from finetune_studio.runs.sealed import damage
from tests.unit.engine import tiny_project
from tests.unit.engine.tiny_project import make_project, trained

REPOSITORY = Path(tiny_project.__file__).resolve().parents[3]
KILLS = int(os.environ.get("FINETUNE_STUDIO_KILLS", "8"))


class Trainers:
    """Trainer processes, one after another, and the means to kill them."""

    def __init__(self) -> None:
        self._parent = subprocess.Popen(
            [sys.executable, "-m", "tests.unit.engine.tiny_project"],
            cwd=REPOSITORY,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def kill_at(self, folder: Path, steps: int, delay: float, *more: str) -> None:
        """Train until so many steps are written down, wait a moment, then kill; or to the end."""
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        self._parent.stdin.write(" ".join((str(folder), *more)) + "\n")
        self._parent.stdin.flush()
        number = int(self._parent.stdout.readline())
        while _lives(number) and steps_written(folder) < steps:
            time.sleep(0.001)
        time.sleep(delay)
        if _lives(number):
            os.kill(number, signal.SIGKILL)
        assert self._parent.stdout.readline() == "ended\n"

    def close(self) -> None:
        self._parent.kill()
        self._parent.communicate()


def _lives(number: int) -> bool:
    return psutil.pid_exists(number) and psutil.Process(number).status() != psutil.STATUS_ZOMBIE


@pytest.fixture
def trainers() -> Iterator[Trainers]:
    some = Trainers()
    yield some
    some.close()


def steps_written(folder: Path) -> int:
    files = list((folder / "runs").glob("*/events.jsonl"))
    return sum(file.read_bytes().count(b'"StepFinished"') for file in files)


def final_state(folder: Path) -> dict[str, str]:
    run = Path(list_runs(folder)[0].folder)
    manifest = run / "checkpoints" / "epoch-0008" / "manifest.json"
    return {
        name: facts["sha256"]
        for name, facts in json.loads(manifest.read_text()).items()
        if name.endswith(".safetensors")
    }


def epochs(folder: Path) -> list[dict[str, object]]:
    history = read_history(Path(list_runs(folder)[0].folder))
    return [done.model_dump(exclude={"at", "seconds"}) for done in history.epochs]


@pytest.mark.timeout(120 + 5 * KILLS)
def test_a_run_killed_again_and_again_ends_with_the_same_bits(
    tmp_path: Path, trainers: Trainers
) -> None:
    whole = make_project(tmp_path / "whole", epochs=8)
    trained(whole)
    folder = make_project(tmp_path / "project", epochs=8)
    dice = random.Random()
    seed = dice.randrange(10**6)
    dice.seed(seed)
    more: tuple[str, ...] = ()
    for _ in range(KILLS):
        enough = steps_written(folder) + dice.randrange(1, 12)
        trainers.kill_at(folder, enough, dice.random() * 0.03, *more)
        more = ("--resume",)
        if not list_runs(folder)[0].resumable:
            break
        assert read_history(Path(list_runs(folder)[0].folder)).state is RunState.FAILED
    if list_runs(folder)[0].resumable:
        trained(folder, resume=True)
    run = Path(list_runs(folder)[0].folder)
    assert len(list_runs(folder)) == 1
    assert final_state(folder) == final_state(whole), seed
    assert epochs(folder) == epochs(whole), seed
    for saved in (run / "checkpoints").glob("epoch-*"):
        assert damage(saved) == ""
    starts = [e for e in read_log(run / "events.jsonl") if isinstance(e, ev.RunStarted)]
    assert len(starts) >= 2
