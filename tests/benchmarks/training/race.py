"""Has the contestants take turns, each trial in a fresh process, and writes every outcome down."""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.training.calm import Disturbance, wait_for_calm
from tests.benchmarks.training.contestants import Contestant
from tests.benchmarks.training.memory import MemoryWatch
from tests.benchmarks.training.trial import OUTCOME_FILE, TRIAL_FILE, Outcome, Task, Trial

ROOT = Path(__file__).resolve().parents[3]
_LONGEST_TRIAL_S = 3600.0
_LAST_LINES = 15


@dataclass(frozen=True)
class Plan:
    """How the race is run.

    Attributes:
        rounds: how often everybody does every task.
        whole_rounds: rounds in which rivals do all epochs. In the others they do as many as
            ``rival_epochs`` says, since one of their epochs takes as long as the next.
        lock: a file that is locked while a trial runs, so that two races do not disturb each
            other.
        patience: seconds to wait before a trial for other programs to come to rest.
    """

    folder: Path
    rounds: int
    whole_rounds: int
    rival_epochs: int
    lock: Path | None = None
    patience: float = 0.0

    def epochs(self, task: Task, contestant: Contestant, number: int) -> int:
        """How many epochs a contestant does in a round, the first being 1."""
        if not contestant.rival or number <= self.whole_rounds:
            return task.epochs
        return min(task.epochs, self.rival_epochs)


def race(tasks: Iterable[Task], contestants: Iterable[Contestant], plan: Plan) -> Iterator[Outcome]:
    """Every outcome as it comes, also kept in the plan's folder.

    Task by task and round by round, the contestants one after another: what changes in the
    machine meanwhile meets all of them.
    """
    own = list(contestants)
    for task in tasks:
        for number in range(1, plan.rounds + 1):
            for contestant in own:
                outcome = one_trial(task, contestant, number, plan)
                if outcome is not None:
                    keep(outcome, plan.folder)
                    yield outcome


def outcomes_in(folder: Path) -> list[Outcome]:
    """Every outcome kept in a folder."""
    file = _kept(folder)
    if not file.exists():
        return []
    return [Outcome.from_json(line) for line in file.read_text(encoding="utf-8").splitlines()]


def forget_outcomes(folder: Path) -> None:
    """Begin anew."""
    _kept(folder).unlink(missing_ok=True)


def one_trial(task: Task, contestant: Contestant, number: int, plan: Plan) -> Outcome | None:
    """One trial's outcome; ``None``, with the reason on standard error, when it failed."""
    epochs = plan.epochs(task, contestant, number)
    with tempfile.TemporaryDirectory(prefix="trial-", dir=plan.folder) as name:
        return _watched(Trial(contestant.name, task, number, epochs, name), contestant, plan)


def _watched(trial: Trial, contestant: Contestant, plan: Plan) -> Outcome | None:
    folder = Path(trial.folder)
    file = folder / TRIAL_FILE
    file.write_text(json.dumps(dataclasses.asdict(trial)), encoding="utf-8")
    with _locked(plan.lock):
        wait_for_calm(plan.patience)
        with Disturbance() as others, MemoryWatch(folder) as memory:
            done = _run(contestant, file, folder)
    written = folder / OUTCOME_FILE
    if done.returncode or not written.exists():
        last = "\n    ".join(done.stderr.splitlines()[-_LAST_LINES:])
        sys.stderr.write(f"{contestant.name} failed at {trial.task.name}:\n    {last}\n")
        return None
    outcome = Outcome.from_json(written.read_text(encoding="utf-8"))
    return dataclasses.replace(outcome, memory=memory.peak, disturbance=others.share)


def _run(contestant: Contestant, trial: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "HF_HUB_OFFLINE": "1",
        "TORCHINDUCTOR_CACHE_DIR": str(folder / "compiled"),
    }
    environment.pop("OMP_NUM_THREADS", None)
    return subprocess.run(
        [sys.executable, "-m", f"{contestant.package}.{contestant.module}", str(trial)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=_LONGEST_TRIAL_S,
        check=False,
    )


def keep(outcome: Outcome, folder: Path) -> None:
    """Add an outcome to a folder's."""
    with _kept(folder).open("a", encoding="utf-8") as stream:
        stream.write(outcome.to_json() + "\n")


def _kept(folder: Path) -> Path:
    return folder / "outcomes.jsonl"


@contextlib.contextmanager
def _locked(file: Path | None) -> Iterator[None]:
    if file is None:
        yield
        return
    with file.open("a") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield
