"""Whole runs with every optimizer and schedule: what they do, and that they go on exactly."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from finetune_studio.engine.stopping import Control, Stopped
from finetune_studio.events import events as ev
from finetune_studio.runs.folder import RunFolder, list_runs, read_events
from tests.unit.engine.tiny_project import make_project, trained

RUNS: dict[str, dict[str, Any]] = {
    "Adafactor, plateau, a rate a block": {
        "optimizer": "adafactor",
        "learning_rate": 0.3,
        "schedule": "plateau",
        "plateau_patience": 1,
        "min_change": 0.9,
        "rate_decay": 2.6,
        "head_rate": 4.0,
    },
    "Lion, one cycle": {
        "optimizer": "lion",
        "learning_rate": 1e-3,
        "schedule": "one_cycle",
        "warmup": 0.3,
    },
    "RMSprop, restarts": {
        "optimizer": "rmsprop",
        "learning_rate": 1e-3,
        "schedule": "cosine_restarts",
    },
    "Nesterov, one cycle": {
        "optimizer": "sgd",
        "nesterov": True,
        "schedule": "one_cycle",
        "warmup": 0.3,
    },
    "AdaGrad, slanted triangle": {"optimizer": "adagrad", "schedule": "slanted_triangle"},
    "Adam, exponential": {"optimizer": "adam", "schedule": "exponential", "rate_decay": 1.5},
}


def run_of(folder: Path) -> RunFolder:
    return RunFolder(Path(list_runs(folder)[0].folder))


def weights(folder: Path, epoch: int) -> dict[str, bytes]:
    path = run_of(folder).checkpoints / f"epoch-{epoch:04d}"
    tensors = load_file(path / "weights.safetensors") | load_file(path / "optimizer.safetensors")
    return {name: tensor.numpy().tobytes() for name, tensor in tensors.items()}


def steps(folder: Path) -> list[ev.StepFinished]:
    return [event for event in read_events(run_of(folder).path) if event.event == "StepFinished"]


@pytest.mark.parametrize("kind", RUNS)
def test_a_run_that_was_stopped_goes_on_as_if_it_never_was(tmp_path: Path, kind: str) -> None:
    torch.set_num_threads(1)  # decides about the last bit
    unbroken = make_project(tmp_path / "unbroken", **RUNS[kind])
    trained(unbroken)
    broken = make_project(tmp_path / "broken", **RUNS[kind])

    def watch(event: ev.Event, control: Control) -> None:
        if isinstance(event, ev.CheckpointSaved) and event.epoch == 2:
            control.stop()

    with pytest.raises(Stopped):
        trained(broken, watch=watch)
    trained(broken, resume=True)
    assert weights(broken, 3) == weights(unbroken, 3)
    ours, theirs = steps(broken), steps(unbroken)
    assert [one.learning_rates for one in ours] == [one.learning_rates for one in theirs]
    assert [one.loss for one in ours] == [one.loss for one in theirs]


def test_the_rate_falls_after_epochs_without_improvement(tmp_path: Path) -> None:
    settings = {"plateau_patience": 1, "plateau_factor": 0.5, "min_change": 0.9, "warmup": 0.0}
    folder = make_project(tmp_path / "project", schedule="plateau", **settings)
    trained(folder)
    rates = [max(step.learning_rates.values()) for step in steps(folder)]
    by_epoch = {step.epoch: rate for step, rate in zip(steps(folder), rates, strict=True)}
    assert by_epoch == pytest.approx({1: 0.01, 2: 0.01, 3: 0.005})


def test_each_block_is_told_with_its_own_rate(tmp_path: Path) -> None:
    folder = make_project(
        tmp_path / "project", rate_decay=2.0, head_rate=3.0, schedule="constant", warmup=0.0
    )
    trained(folder)
    rates = steps(folder)[0].learning_rates
    assert rates == pytest.approx(
        {"Embeddings": 0.0025, "Layer 1": 0.005, "Layer 2": 0.01, "head": 0.03}
    )
