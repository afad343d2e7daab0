"""Everything a run needs before its first step: data, model, place to compute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finetune_studio.engine.compute import Compute
from finetune_studio.engine.conditions import are_kept, decide, keep
from finetune_studio.engine.data.label_groups import label_counts
from finetune_studio.engine.data.loaders import Batches, make_batches
from finetune_studio.engine.data.mixing import mixing_for
from finetune_studio.engine.data.reading import read
from finetune_studio.engine.data.sample_sequence import Samples
from finetune_studio.engine.data.samples import Sample, SampleSet
from finetune_studio.engine.evaluation.division import Division, changed, divide
from finetune_studio.engine.evaluation.division import write as write_division
from finetune_studio.engine.evaluation.weights import save_frozen
from finetune_studio.engine.model.bundle import ModelBundle
from finetune_studio.engine.model.freezing import freeze
from finetune_studio.engine.model.outputs import Outputs, standardised
from finetune_studio.engine.model.random_layers import leave_to_chance
from finetune_studio.engine.model.sources import load, restore
from finetune_studio.engine.stopping import StopRequested
from finetune_studio.engine.training.adapting import with_adapters
from finetune_studio.engine.training.checkpoint import needed_space, require_space
from finetune_studio.engine.training.criterion import Criterion
from finetune_studio.engine.training.distillation import save_before
from finetune_studio.engine.training.loop import StepSizes
from finetune_studio.engine.training.loss_words import what_alters_the_loss
from finetune_studio.engine.training.outlook import foresee
from finetune_studio.engine.training.phases import RunPhases, described
from finetune_studio.engine.training.record import Record
from finetune_studio.engine.training.remembering import Remembered, recollect
from finetune_studio.engine.training.sparing import among_new_labels
from finetune_studio.engine.training.starting_point import save_start
from finetune_studio.engine.training.target_losses import loss_for, refuse_unfit
from finetune_studio.engine.trials.choosing import choose
from finetune_studio.engine.trials.work import work_steps
from finetune_studio.events.descriptions import Trial
from finetune_studio.events.events import (
    ComputeChosen,
    DataPrepared,
    ModelPrepared,
    ProblemFound,
)
from finetune_studio.events.run_estimate import PhaseEstimate
from finetune_studio.project import storage
from finetune_studio.project.choices import Balancing, Target
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.problems import ProblemError, Severity
from finetune_studio.project.project import ModelChoice, Project
from finetune_studio.project.recommendation import Facts, facts_for, fill_recommended
from finetune_studio.project.text_variation import text_variation_of
from finetune_studio.project.timeline import Phase, never_waking, phases, require_beginning
from finetune_studio.project.variation import variation_of
from finetune_studio.runs.folder import RunFolder
from finetune_studio.runs.sealed import damage, write_sealed

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
    own folder. ``for_good`` is whether the run is one to keep: else the model is not written
    down, and no time is spent on finding the fastest way to compute.

    Raises:
        ProblemError: data or model cannot be used, or the disk is too full.
        Stopped: a stop was asked for.
    """
    project = run.project
    model, samples = _required_model(project), _read(run, project, record, stop_requested)
    division = divide(samples, project.split, run)
    if division.changes:
        record(ProblemFound(problem=changed(division)))
    if not run.split_file.exists():  # which also says that recommended values are filled in
        project = fill_recommended(_decided(project, samples), _facts(project, samples, division))
        storage.save(project, run.path)
        write_division(division, run)
    refuse_unfit(project.training, samples.target.kind)
    outputs = _outputs(samples, division)
    remembered = recollect(run, project, division, samples.target.kind, record, stop_requested)
    bundle = _open_model(run, project, model, remembered, outputs, going_on=going_on)
    if problem := leave_to_chance(bundle, project.training):
        record(ProblemFound(problem=problem))
    planned = _phases(project, bundle, record)
    trainable = planned[-1].paths  # what follows is for the phase that takes most
    freeze(bundle.module, trainable)
    record(_described(bundle, planned, project.training, remembered))
    if for_good:
        _keep_model(run, bundle, trainable, project.training, remembered)
    compute = decide(run, project, record, going_on=going_on)
    compute.placed(bundle.module)
    train, validation = _batches(run, division, remembered, bundle, project, record, stop_requested)
    sizes = StepSizes(
        train.samples_per_epoch, project.training.batch_size, project.training.accumulation
    )
    record(
        DataPrepared(
            train=train.new_samples,
            validation=sum(place < len(division.validation) for place in validation.positions),
            test=len(division.test),
            steps_per_epoch=sizes.steps,
            epochs=project.training.epochs,
            padding=train.padding,
            train_counts=_counts(division.train, bundle.labels, samples.target.kind),
            validation_counts=_counts(division.validation, bundle.labels, samples.target.kind),
        )
    )
    trials: tuple[Trial, ...] = ()
    if for_good and not are_kept(run):
        compute, trials = choose(
            compute,
            bundle,
            train.training(1),
            project.training,
            trainable=trainable,
            work_steps=work_steps(project, tuple(b.paths for b in bundle.blocks), sizes.steps),
            emit=record,
            stop_requested=stop_requested,
        )
    keep(run, compute)
    record(_told(compute, trials))
    run_phases = RunPhases(
        planned,
        bundle,
        compute,
        project.training,
        train,
        validation,
        cache=run.cache,
        emit=record,
        stop_requested=stop_requested,
    )
    criterion = _criterion(project.training, bundle, division, remembered, train, compute)
    foreseen = foresee(bundle, planned, project, compute, train, record) if for_good else ()
    return Prepared(project, bundle, run_phases, compute, sizes, criterion, remembered, foreseen)


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


def _told(compute: Compute, trials: tuple[Trial, ...]) -> ComputeChosen:
    return ComputeChosen(
        device=compute.device.type,
        precision=compute.precision.value,
        threads=compute.threads,
        reason=compute.reason,
        memory_format=compute.memory_format.value,
        compiled=compute.compiled,
        micro_batch=compute.micro_batch,
        trials=trials,
    )


def _required_model(project: Project) -> ModelChoice:
    if project.model is None or project.data is None:
        missing = "model" if project.model is None else "data"
        raise ProblemError.of(
            f"The project has no {missing} yet.",
            "Training needs both a model and data.",
            f"Choose the {missing} first.",
            code="project_incomplete",
        )
    return project.model


def _read(
    run: RunFolder, project: Project, record: Record, stop_requested: StopRequested
) -> SampleSet:
    assert project.data is not None
    samples = read(project.data, project.task, run.cache, record, stop_requested)
    for problem in samples.problems:
        if problem.severity is Severity.WARNING:
            record(ProblemFound(problem=problem))
    return samples


def _facts(project: Project, samples: SampleSet, division: Division) -> Facts:
    counts = label_counts(Samples.of(samples.samples), samples.target.kind)
    of_labels = (counts[label] for label in division.labels)
    return facts_for(project, len(division.train), of_labels, samples.target.kind)


def _counts(samples: Sequence[Sample], labels: tuple[str, ...], kind: Target) -> tuple[int, ...]:
    """Samples of each label; nothing where what a sample is is no label."""
    if kind is Target.NUMBER:
        return ()
    counts = label_counts(Samples.of(samples), kind)
    return tuple(counts[label] for label in labels)


def _open_model(
    run: RunFolder,
    project: Project,
    model: ModelChoice,
    remembered: Remembered,
    outputs: Outputs,
    *,
    going_on: bool,
) -> ModelBundle:
    if going_on:
        if wrong := damage(run.model):
            raise ProblemError.of(
                f"Run {run.name} cannot go on: its model is damaged.",
                f"In {run.model.name} {wrong}.",
                "Restore the run's folder from a backup, or start a new run.",
                where=str(run.model),
                code="model_damaged",
            )
        return restore(run.model)
    return load(
        model,
        remembered.labels,
        dropout=project.training.dropout,
        max_tokens=project.training.max_tokens,
        cleaning=project.cleaning,
        seed=project.training.seed,
        outputs=outputs,
        keep_head=bool(remembered.known),
    )


def _decided(project: Project, samples: SampleSet) -> Project:
    """The project with what the samples were taken for; it stays so, whatever the data become."""
    target = samples.target
    if project.data is None or target.kind is Target.LABEL:
        return project
    data = project.data.edited(
        target=target.kind,
        label_separator=target.separator,
        label_columns=target.columns,
        number_unit=target.unit,
    )
    return project.edited(data=data)


def _outputs(samples: SampleSet, division: Division) -> Outputs:
    """What the model is to answer; of numbers, how those of training are spread."""
    target = samples.target
    if target.kind is not Target.NUMBER:
        return Outputs(kind=target.kind)
    return standardised([float(sample.label) for sample in division.train], target.unit)


def _phases(project: Project, bundle: ModelBundle, record: Record) -> tuple[Phase, ...]:
    """What trains when; tells of blocks whose turn never comes."""
    blocks, names = tuple(zip(*((b.paths, b.name) for b in bundle.blocks), strict=True))
    epochs = project.training.epochs
    require_beginning(project.freeze, blocks, epochs)
    if problem := never_waking(project.freeze, blocks, names, epochs):
        record(ProblemFound(problem=problem))
    return with_adapters(bundle, phases(project.freeze, blocks, epochs), project.training, record)


def _keep_model(
    run: RunFolder,
    bundle: ModelBundle,
    ever: frozenset[str],
    training: Hyperparameters,
    remembered: Remembered,
) -> None:
    """Write down the outline and what never trains: nobody needs the original weights again.

    Nobody but L2-SP, which is given those of the backbone that train, and of a head that knows
    labels already; and distillation, which is given all that train.
    """
    if not damage(run.model):
        return
    require_space(run.path, needed_space(bundle.module, averaged=training.weight_average > 0))

    def write(folder: Path) -> None:
        bundle.save(folder)
        save_frozen(bundle.module, ever, folder)
        if training.l2_sp:
            head = () if remembered.known else bundle.blocks[-1].paths
            save_start(bundle.module, head, folder)
        if training.distillation:
            save_before(bundle.module, ever, folder)

    try:
        write_sealed(run.model, write)
    except OSError as error:
        raise ProblemError.of(
            f"The model could not be written into {run.path}.",
            f"{error.strerror or error}.",
            "Make the folder writable or free some space.",
            where=str(run.model),
            code="run_folder",
        ) from error


def _described(
    bundle: ModelBundle,
    planned: tuple[Phase, ...],
    training: Hyperparameters,
    remembered: Remembered,
) -> ModelPrepared:
    trainable = sum(p.numel() for p in bundle.module.parameters() if p.requires_grad)
    return ModelPrepared(
        title=bundle.title,
        parameters=bundle.parameters,
        trainable=trainable,
        labels=bundle.labels,
        target=bundle.outputs.kind,
        unit=bundle.outputs.unit,
        phases=described(planned, bundle),
        keep=training.keep,
        loss_altered_by=what_alters_the_loss(training, remembered, bundle.outputs.kind),
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
