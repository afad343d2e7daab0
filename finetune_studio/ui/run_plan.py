"""What a run will take, from what is decided and what is known: steps, time, memory."""

from __future__ import annotations

import math
from dataclasses import dataclass

from finetune_studio.events.descriptions import ModelDescription
from finetune_studio.events.run_estimate import estimate_run
from finetune_studio.project.block_rates import BACKBONE, HEAD, rate_parts
from finetune_studio.project.freeze_plan import FreezePlan
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.project import Project
from finetune_studio.project.recommendation import fill_recommended
from finetune_studio.project.settings.remembering import earlier_per_batch
from finetune_studio.project.timeline import in_words, restarts, waking_epochs
from finetune_studio.ui.snapshot import Snapshot

# Of English in a vocabulary of 30,000 word pieces; a text begins and ends with one more.
_TOKENS_A_WORD = 1.3
_SPECIAL_TOKENS = 2


@dataclass(frozen=True)
class PartPlan:
    """Blocks that train at the same rate.

    Attributes:
        title: "Head", "Stage 4"; empty where everything trains at the same rate.
        factor: what the learning rate is multiplied with.
        first_epoch: from which they train, counted from 1.
    """

    title: str
    factor: float
    first_epoch: int


ONE_PART = (PartPlan("", 1.0, 1),)


@dataclass(frozen=True)
class RunPlan:
    """What a run will take.

    Attributes:
        training: the hyperparameters in force, recommendations filled in.
        steps_per_epoch: 0 while the data are not read.
        seconds: of the whole run, unless it stops early; 0 while the model is not measured.
        memory: bytes at the peak; 0 while the model is not measured.
        trainable, parameters: counts; 0 while the model is not described.
        parts: of the model that train at rates of their own, from the head down.
        restarts: the epochs in which the schedule begins.
        timeline: which block trains from which epoch on, in words; empty where all do at once.
    """

    training: Hyperparameters
    train_samples: int = 0
    steps_per_epoch: int = 0
    seconds: float = 0.0
    memory: int = 0
    trainable: int = 0
    parameters: int = 0
    parts: tuple[PartPlan, ...] = ONE_PART
    restarts: tuple[int, ...] = (1,)
    timeline: str = ""

    @property
    def steps(self) -> int:
        """Of the whole run, unless it stops early."""
        return self.steps_per_epoch * self.training.epochs


def run_plan(snapshot: Snapshot) -> RunPlan:
    """The plan for what is decided at this moment."""
    training = training_in_force(snapshot)
    samples = snapshot.facts.train_samples
    plan = RunPlan(
        training=training,
        train_samples=samples,
        steps_per_epoch=_steps_per_epoch(samples, snapshot.project, training),
    )
    if snapshot.model is None:
        return plan
    freeze, paths = snapshot.project.freeze, snapshot.model.block_paths
    run = estimate_run(
        snapshot.model,
        snapshot.project.edited(training=training),
        tokens=usual_tokens(snapshot),
    )
    return RunPlan(
        training=training,
        train_samples=samples,
        steps_per_epoch=plan.steps_per_epoch,
        seconds=run.seconds(*sample_counts(snapshot)),
        memory=run.memory,
        trainable=run.end.trainable,
        parameters=run.end.total,
        timeline=_timeline(snapshot.model, freeze, training),
        parts=_parts(snapshot.model, freeze, training),
        restarts=restarts(freeze, paths, training.epochs),
    )


def training_in_force(snapshot: Snapshot) -> Hyperparameters:
    """The hyperparameters a run started now would use, as far as that is known."""
    if not snapshot.facts.train_samples:
        return snapshot.project.training
    return fill_recommended(snapshot.project, snapshot.facts).training


def sample_counts(snapshot: Snapshot) -> tuple[int, int]:
    """Samples of training and of validation; 0 where they are not known."""
    report = snapshot.data_report
    return snapshot.facts.train_samples, report.validation_samples if report else 0


def usual_tokens(snapshot: Snapshot) -> float:
    """The usual length of a text in tokens, as far as its words tell; 0 where nothing does."""
    report = snapshot.data_report
    if report is None or not report.median_tokens:
        return 0.0
    tokens = _SPECIAL_TOKENS + _TOKENS_A_WORD * report.median_tokens
    return min(tokens, float(training_in_force(snapshot).max_tokens))


def _timeline(model: ModelDescription, freeze: FreezePlan, training: Hyperparameters) -> str:
    names = [block.name for block in model.blocks]
    return in_words(freeze, model.block_paths, names, training.epochs)


def _parts(
    model: ModelDescription, freeze: FreezePlan, training: Hyperparameters
) -> tuple[PartPlan, ...]:
    """The parts that train, from the head down; one without a title where all rates are alike."""
    wakes = waking_epochs(freeze, model.block_paths, training.epochs)
    found = []
    for part in reversed(rate_parts([block.name for block in model.blocks], training)):
        firsts = [wakes[place] for place in part.blocks if 0 < wakes[place] <= training.epochs]
        if firsts:
            found.append(PartPlan(_title(part.name), part.factor, min(firsts)))
    if len({part.factor for part in found}) > 1:
        return tuple(found)
    factor = found[0].factor if found else 1.0
    return (PartPlan("", factor, min((part.first_epoch for part in found), default=1)),)


def _title(part: str) -> str:
    """Blocks have titles; the parts that stand for several have names."""
    return part.capitalize() if part in (HEAD, BACKBONE) else part


def _steps_per_epoch(samples: int, project: Project, training: Hyperparameters) -> int:
    share = training.replay_share if project.earlier.path else 0.0
    new = training.batch_size - earlier_per_batch(share, training.batch_size)
    batches = math.ceil(samples / new)
    return math.ceil(batches / training.accumulation)
