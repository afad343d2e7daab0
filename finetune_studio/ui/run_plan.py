"""What a run will take, from what is decided and what is known: steps, time, memory."""

from __future__ import annotations

import math
from dataclasses import dataclass

from finetune_studio.events.estimates import estimate
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.recommendation import fill_recommended
from finetune_studio.ui.snapshot import Snapshot


@dataclass(frozen=True)
class RunPlan:
    """What a run will take.

    Attributes:
        training: the hyperparameters in force, recommendations filled in.
        steps_per_epoch: 0 while the data are not read.
        seconds_per_epoch: of training; 0 while the model is not measured.
        memory: bytes at the peak; 0 while the model is not measured.
        trainable, parameters: counts; 0 while the model is not described.
    """

    training: Hyperparameters
    train_samples: int = 0
    steps_per_epoch: int = 0
    seconds_per_epoch: float = 0.0
    memory: int = 0
    trainable: int = 0
    parameters: int = 0

    @property
    def steps(self) -> int:
        """Of the whole run, unless it stops early."""
        return self.steps_per_epoch * self.training.epochs

    @property
    def seconds(self) -> float:
        """Of the whole run, unless it stops early."""
        return self.seconds_per_epoch * self.training.epochs


def run_plan(snapshot: Snapshot) -> RunPlan:
    """The plan for what is decided at this moment."""
    training = training_in_force(snapshot)
    samples = snapshot.facts.train_samples
    plan = RunPlan(
        training=training,
        train_samples=samples,
        steps_per_epoch=_steps_per_epoch(samples, training),
    )
    if snapshot.model is None:
        return plan
    cost = estimate(snapshot.model, snapshot.project.freeze, training.batch_size)
    return RunPlan(
        training=training,
        train_samples=samples,
        steps_per_epoch=plan.steps_per_epoch,
        seconds_per_epoch=cost.seconds_per_sample * samples,
        memory=cost.memory,
        trainable=cost.trainable,
        parameters=cost.total,
    )


def training_in_force(snapshot: Snapshot) -> Hyperparameters:
    """The hyperparameters a run started now would use, as far as that is known."""
    if not snapshot.facts.train_samples:
        return snapshot.project.training
    return fill_recommended(snapshot.project, snapshot.facts).training


def _steps_per_epoch(samples: int, training: Hyperparameters) -> int:
    batches = math.ceil(samples / training.batch_size)
    return math.ceil(batches / training.accumulation)
