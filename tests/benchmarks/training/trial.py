"""What a contestant is asked to do once, and what came of it; between processes as JSON."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

OUTCOME_FILE = "outcome.json"
WATCHED_FILE = "watched.pid"
TRIAL_FILE = "trial.json"


class Depth(StrEnum):
    """How much of the network trains."""

    HEAD = "head only"
    LAST = "last block"
    ALL = "everything"


class Network(StrEnum):
    """Which pretrained network is tuned."""

    EFFICIENTNET = "EfficientNet-Lite0"
    RESNET = "ResNet-50"
    MINILM = "MiniLM"

    @property
    def reads_texts(self) -> bool:
        """Whether it reads texts; the others see pictures."""
        return self is Network.MINILM


@dataclass(frozen=True)
class Task:
    """What everybody is asked to do: the same for all contestants.

    Attributes:
        data: a CSV with the columns ``picture`` (paths) or ``text``, ``label`` and ``split``.
        weights: of the pretrained network: a safetensors file, or a transformers folder.
    """

    network: Network
    depth: Depth
    epochs: int
    learning_rate: float
    seed: int
    data: str
    weights: str
    batch_size: int = 32
    max_tokens: int = 128
    device: str = "cpu"

    @property
    def name(self) -> str:
        """What the table calls it."""
        return f"{self.network}, {self.depth}"


@dataclass(frozen=True)
class Trial:
    """A task given to one contestant.

    Attributes:
        stop_after: epochs to do of the task's, for the sake of time.
        folder: where to write; empty at the start.
    """

    contestant: str
    task: Task
    round: int
    stop_after: int
    folder: str

    @property
    def whole(self) -> bool:
        """Whether all epochs are done."""
        return self.stop_after >= self.task.epochs


@dataclass(frozen=True)
class Epoch:
    """An epoch's end: seconds since the start, and the share of validation samples got right."""

    seconds: float
    accuracy: float


@dataclass(frozen=True)
class Outcome:
    """What a contestant did.

    Attributes:
        seconds: from the start to the end, imports excluded.
        ready: seconds from the start to the first epoch's.
        memory: peak in bytes; of the contestant's process with all it needs.
        disturbance: share of the machine's processors that other programs took meanwhile.
        note: what the contestant chose by itself.
    """

    trial: Trial
    seconds: float
    epochs: tuple[Epoch, ...]
    ready: float = 0.0
    memory: int = 0
    disturbance: float = 0.0
    note: str = ""

    def to_json(self) -> str:
        """One line."""
        return json.dumps(dataclasses.asdict(self))

    @staticmethod
    def from_json(text: str) -> Outcome:
        """What `to_json` wrote."""
        values = json.loads(text)
        values["trial"] = trial_from(values["trial"])
        values["epochs"] = tuple(Epoch(**epoch) for epoch in values["epochs"])
        return Outcome(**values)


def trial_from(values: dict[str, Any]) -> Trial:
    """A trial from its JSON values."""
    task = values["task"] | {
        "network": Network(values["task"]["network"]),
        "depth": Depth(values["task"]["depth"]),
    }
    return Trial(**values | {"task": Task(**task)})


class Stopwatch:
    """Times a trial from the inside: between `start` and `stop`, told of each epoch."""

    def __init__(self, trial: Trial) -> None:
        self._trial = trial
        self._epochs: list[Epoch] = []
        self._started = self._ready = 0.0

    def start(self, watched: int | None = None) -> None:
        """Begin. ``watched`` is the process whose memory counts, if it is not this one."""
        pid = Path(self._trial.folder, WATCHED_FILE)
        pid.write_text(str(watched or os.getpid()), encoding="ascii")
        self._started = time.perf_counter()

    def ready(self) -> None:
        """Everything is set up; the first epoch begins."""
        self._ready = self._now()

    def epoch(self, accuracy: float) -> None:
        """An epoch is trained and validated."""
        self._epochs.append(Epoch(self._now(), accuracy))

    @property
    def had_enough(self) -> bool:
        """Whether as many epochs are done as were asked for."""
        return len(self._epochs) >= self._trial.stop_after

    def stop(self, note: str = "") -> None:
        """End, and write down what came of it."""
        seconds = self._now()
        outcome = Outcome(self._trial, seconds, tuple(self._epochs), self._ready, note=note)
        Path(self._trial.folder, OUTCOME_FILE).write_text(outcome.to_json(), encoding="utf-8")

    def _now(self) -> float:
        return time.perf_counter() - self._started


def compete(train: Callable[[Trial, Stopwatch], None]) -> None:
    """What a contestant's file does when it is run: one trial, named on the command line."""
    trial = trial_from(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    train(trial, Stopwatch(trial))
