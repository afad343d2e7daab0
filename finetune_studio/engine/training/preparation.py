"""Everything a run needs before its first step: data, model, place to compute."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from finetune_studio.engine.compute import Compute
from finetune_studio.engine.conditions import are_kept, decide, keep
from finetune_studio.engine.data.loaders import Batches, make_batches
from finetune_studio.engine.data.mixing import mixing_for
from finetune_studio.engine.data.samples import Sample
from finetune_studio.engine.evaluation.division import Division
from finetune_studio.engine.model.bundle import ModelBundle
from finetune_studio.engine.model.freezing import freeze
from finetune_studio.engine.model.random_layers import leave_to_chance
from finetune_studio.engine.stopping import StopRequested
from finetune_studio.engine.training.criterion import Criterion
from finetune_studio.engine.training.loop import StepSizes
from finetune_studio.engine.training.material import Material, gather, require_data
from finetune_studio.engine.training.model_of_run import (
    keep_model,
    open_model,
    plan_phases,
    told_of,
)
from finetune_studio.engine.training.outlook import foresee
from finetune_studio.engine.training.phases import RunPhases
from finetune_studio.engine.training.record import Record
from finetune_studio.engine.training.remembering import Remembered, recollect
from finetune_studio.engine.training.sparing import among_new_labels
from finetune_studio.engine.training.target_losses import loss_for, refuse_unfit
from finetune_studio.engine.trials.choosing import Chosen, choose
from finetune_studio.engine.trials.work import work_steps
from finetune_studio.events.events import ComputeChosen, DataPrepared, ProblemFound
from finetune_studio.events.run_estimate import PhaseEstimate
from finetune_studio.project.choices import Balancing, Split
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.project import Project
from finetune_studio.project.text_variation import text_variation_of
from finetune_studio.project.variation import variation_of
from finetune_studio.runs.folder import RunFolder

# Looking takes far less memory than learning.
_LEAST_WATCHED_AT_ONCE = 32


@dataclass(frozen=True)
class Prepared:
    """What the epochs work with.

    Attributes:
        project: everything decided, recommended values filled in.
        phases: what trains from which epoch on, and what batches pass then.
        criterion: the loss of each sample.
        remembered: what is not to be forgotten.
        foreseen: what each phase costs; empty where all epochs are alike.
    """

    project: Project
    bundle: ModelBundle
    phases: RunPhases
    compute: Compute
    sizes: StepSizes
    criterion: Criterion
    remembered: Remembered
    foreseen: tuple[PhaseEstimate, ...] = ()


def prepare(
    run: RunFolder,
    record: Record,
    stop_requested: StopRequested,
    *,
    going_on: bool,
    for_good: bool = True,
) -> Prepared:
    """Read, divide, load, freeze, choose where to compute; tell each.

    ``going_on`` is whether there is a checkpoint: the model's outline then comes from the run's
    own folder. ``for_good`` is whether the run is one to keep: else no time is spent on finding the
    fastest way to compute.

    Raises:
        ProblemError: data or model cannot be used, or the disk is too full.
        Stopped: a stop was asked for.
    """
    material = gather(run, require_data(run.project), record, stop_requested)
    project, division, kind = material.project, material.division, material.target.kind
    training = project.training
    refuse_unfit(training, kind)
    remembered = recollect(run, project, division, kind, record, stop_requested)
    bundle = open_model(run, project, remembered, material.outputs, going_on=going_on)
    if problem := leave_to_chance(bundle, training):
        record(ProblemFound(problem=problem))
    planned = plan_phases(project, bundle, record)
    trainable = planned[-1].paths  # what follows is for the phase that takes most
    freeze(bundle.module, trainable)
    record(told_of(bundle, planned, training, remembered))
    if for_good:
        keep_model(run, bundle, trainable, training, remembered)
    compute = decide(run, project, record, going_on=going_on)
    compute.placed(bundle.module)
    train, validation = _batches(run, division, remembered, bundle, project, record, stop_requested)
    sizes = StepSizes(train.samples_per_epoch, training.batch_size, training.accumulation)
    record(_data_told(material, bundle.labels, train, validation, sizes.steps))
    chosen = Chosen(compute)
    if for_good and not (going_on or are_kept(run)):
        chosen = choose(
            compute,
            bundle,
            train.training(1),
            training,
            trainable=trainable,
            work_steps=work_steps(project, tuple(b.paths for b in bundle.blocks), sizes.steps),
            emit=record,
            stop_requested=stop_requested,
        )
    keep(run, chosen.compute)
    record(_compute_told(chosen))
    run_phases = RunPhases(
        planned,
        bundle,
        chosen.compute,
        training,
        train,
        validation,
        cache=run.cache,
        kept=run.frozen_file,
        emit=record,
        stop_requested=stop_requested,
    )
    criterion = _criterion(training, bundle, division, remembered, train, chosen.compute)
    foreseen: tuple[PhaseEstimate, ...] = ()
    if for_good:
        foreseen = foresee(bundle, planned, project, chosen.compute, train, record)
    return Prepared(
        project, bundle, run_phases, chosen.compute, sizes, criterion, remembered, foreseen
    )


def _criterion(
    training: Hyperparameters,
    bundle: ModelBundle,
    division: Division,
    remembered: Remembered,
    train: Batches,
    compute: Compute,
) -> Criterion:
    counts = train.label_counts(len(bundle.labels))
    criterion = loss_for(bundle.outputs, training, counts, len(train), compute.device)
    if remembered.spares_known(training):
        return among_new_labels(criterion, bundle.labels, division.labels)
    return criterion


def _data_told(
    material: Material, labels: tuple[str, ...], train: Batches, validation: Batches, steps: int
) -> DataPrepared:
    division = material.division
    return DataPrepared(
        train=train.new_samples,
        validation=sum(place < len(division.validation) for place in validation.positions),
        test=len(division.test),
        steps_per_epoch=steps,
        epochs=material.project.training.epochs,
        padding=train.padding,
        train_counts=material.counts_of(Split.TRAIN, labels),
        validation_counts=material.counts_of(Split.VALIDATION, labels),
    )


def _compute_told(chosen: Chosen) -> ComputeChosen:
    compute = chosen.compute
    return ComputeChosen(
        device=compute.device.type,
        precision=compute.precision.value,
        threads=compute.threads,
        reason=compute.reason,
        memory_format=compute.memory_format.value,
        compiled=compute.compiled,
        micro_batch=compute.micro_batch,
        trials=chosen.trials,
    )


def _batches(
    run: RunFolder,
    division: Division,
    remembered: Remembered,
    bundle: ModelBundle,
    project: Project,
    record: Record,
    stop_requested: StopRequested,
) -> tuple[Batches, Batches]:
    """Of training and of validation."""
    training = project.training

    def made(samples: tuple[Sample, ...], size: int, **only_training: Any) -> Batches:
        return make_batches(
            samples,
            bundle.labels,
            bundle,
            batch_size=size,
            seed=training.seed,
            cache=run.cache,
            emit=record,
            stop_requested=stop_requested,
            **only_training,
        )

    watched_at_once = max(_LEAST_WATCHED_AT_ONCE, training.batch_size)
    return (
        made(
            (*division.train, *remembered.replayed),
            training.batch_size,
            variation=variation_of(training),
            text_variation=text_variation_of(training),
            evenly=training.balancing is Balancing.SAMPLING,
            mixing=mixing_for(training, len(bundle.labels)),
            replay=remembered.replay,
        ),
        made((*division.validation, *remembered.watched), watched_at_once),
    )
