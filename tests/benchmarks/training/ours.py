"""Finetune Studio: the `train` job of a worker that was waiting, as Start gives it."""

from __future__ import annotations

import os
import time
from pathlib import Path

import psutil

from finetune_studio import places
from finetune_studio.events import events as ev
from finetune_studio.events.commands import Run
from finetune_studio.project import storage
from finetune_studio.project.choices import (
    Augmentation,
    DataKind,
    Device,
    FreezePreset,
    ModelSource,
)
from finetune_studio.project.choices import Task as Kind
from finetune_studio.project.freeze_plan import FreezePlan
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.model_catalog import choice_from_text
from finetune_studio.project.project import DataChoice, ModelChoice, Project
from finetune_studio.worker.launcher import WorkerProcess
from tests.benchmarks.training.trial import Depth, Network, Stopwatch, Task, Trial, compete

_PRESETS = {
    Depth.HEAD: FreezePreset.HEAD,
    Depth.LAST: FreezePreset.LAST_BLOCKS,
    Depth.ALL: FreezePreset.EVERYTHING,
}
_STARTERS = {
    Network.EFFICIENTNET: "starter/efficientnet_lite0",
    Network.MINILM: "starter/minilm-l6",
}
_IDLE_PERCENT, _LONGEST_WARMING_S = 5.0, 120.0


def train(trial: Trial, watch: Stopwatch) -> None:
    """One trial."""
    folder = Path(trial.folder, "project")
    _make_home(trial)
    storage.save(project(trial.task), folder)
    worker = WorkerProcess(warm=True)
    try:
        _wait_until_warm(worker.pid)
        watch.start(worker.pid)
        worker.send(Run(job="train", arguments={"folder": str(folder)}))
        watch.stop(_follow(worker, watch))
    finally:
        worker.close()


def project(task: Task) -> Project:
    """The project a user would make for this task: what the task says is pinned, no more."""
    values = {
        "epochs": task.epochs,
        "batch_size": task.batch_size,
        "learning_rate": task.learning_rate,
        "seed": task.seed,
        "max_tokens": task.max_tokens,
        "augmentation": Augmentation.OFF,
        "patience": 0,
        "device": Device(task.device),
    }
    return Project(
        name=task.name,
        task=Kind.TEXT if task.network.reads_texts else Kind.IMAGE,
        model=_model(task),
        data=DataChoice(
            path=task.data,
            kind=DataKind.TABLE,
            text_column="text" if task.network.reads_texts else "",
            image_column="" if task.network.reads_texts else "picture",
            label_column="label",
            split_column="split",
        ),
        freeze=FreezePlan(preset=_PRESETS[task.depth]),
        training=Hyperparameters(**values),
        pinned=tuple(values),
    )


def _model(task: Task) -> ModelChoice:
    if task.network in _STARTERS:
        return choice_from_text(_STARTERS[task.network])
    return ModelChoice(
        id="local/resnet50",
        source=ModelSource.LOCAL,
        task=Kind.IMAGE,
        title=str(task.network),
        path=task.weights,
        architecture="torchvision/resnet50",
    )


def _make_home(trial: Trial) -> None:
    """A home of its own for every trial: nothing an earlier one stored can help it."""
    home = Path(trial.folder, "home").resolve()
    home.mkdir()
    above = Path(trial.task.weights).absolute().parents
    (home / "models").symlink_to(next(folder for folder in above if folder.name == "models"))
    os.environ[places.HOME_VARIABLE] = str(home)


def _wait_until_warm(pid: int) -> None:
    """Let the worker finish its imports, as it has by the time somebody presses Start."""
    process = psutil.Process(pid)
    until = time.monotonic() + _LONGEST_WARMING_S
    time.sleep(1.0)
    while process.cpu_percent(interval=0.5) > _IDLE_PERCENT and time.monotonic() < until:
        pass


def _follow(worker: WorkerProcess, watch: Stopwatch) -> str:
    """Pass each epoch on; what the run chose, in words.

    Raises:
        SystemExit: the run failed.
    """
    chosen: list[str] = []
    for event in worker.events():
        match event:
            case ev.EpochStarted(epoch=1):
                watch.ready()
            case ev.EpochFinished():
                watch.epoch(event.val_accuracy)
            case ev.ComputeChosen():
                chosen += [event.precision, event.memory_format, f"{event.threads} threads"]
            case ev.FrozenPartPlanned():
                chosen.append(event.reason)
            case ev.JobFailed():
                raise SystemExit(event.problem.text())
    return ", ".join(filter(None, chosen))


if __name__ == "__main__":
    compete(train)
