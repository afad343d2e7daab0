"""The model of a run: opened, what of it trains decided, its outline written down."""

from __future__ import annotations

from pathlib import Path

from finetune_studio.engine.evaluation.weights import save_frozen
from finetune_studio.engine.model.bundle import ModelBundle
from finetune_studio.engine.model.outputs import Outputs
from finetune_studio.engine.model.sources import load, restore
from finetune_studio.engine.training.adapting import with_adapters
from finetune_studio.engine.training.checkpoint import needed_space, require_space
from finetune_studio.engine.training.distillation import save_before
from finetune_studio.engine.training.loss_words import what_alters_the_loss
from finetune_studio.engine.training.phases import described
from finetune_studio.engine.training.record import Record
from finetune_studio.engine.training.remembering import Remembered
from finetune_studio.engine.training.starting_point import save_start
from finetune_studio.events.events import ModelPrepared, ProblemFound
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.problems import ProblemError
from finetune_studio.project.project import Project
from finetune_studio.project.timeline import Phase, never_waking, phases, require_beginning
from finetune_studio.runs.folder import RunFolder
from finetune_studio.runs.sealed import damage, write_sealed


def open_model(
    run: RunFolder, project: Project, remembered: Remembered, outputs: Outputs, *, going_on: bool
) -> ModelBundle:
    """The model to be trained: as chosen, or of a run that goes on, from its own folder.

    Raises:
        ProblemError: it cannot be opened, or the run's own is damaged.
    """
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
    assert project.model is not None
    return load(
        project.model,
        remembered.labels,
        dropout=project.training.dropout,
        max_tokens=project.training.max_tokens,
        cleaning=project.cleaning,
        seed=project.training.seed,
        outputs=outputs,
        keep_head=bool(remembered.known),
        layers_read=project.training.layers_read,
    )


def plan_phases(project: Project, bundle: ModelBundle, record: Record) -> tuple[Phase, ...]:
    """What trains when, adapters put in; tells of blocks whose turn never comes."""
    blocks, names = tuple(zip(*((b.paths, b.name) for b in bundle.blocks), strict=True))
    epochs = project.training.epochs
    require_beginning(project.freeze, blocks, epochs)
    if problem := never_waking(project.freeze, blocks, names, epochs):
        record(ProblemFound(problem=problem))
    return with_adapters(bundle, phases(project.freeze, blocks, epochs), project.training, record)


def told_of(
    bundle: ModelBundle,
    planned: tuple[Phase, ...],
    training: Hyperparameters,
    remembered: Remembered,
) -> ModelPrepared:
    """The model for those who watch, frozen as it will be in the end."""
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


def keep_model(
    run: RunFolder,
    bundle: ModelBundle,
    ever: frozenset[str],
    training: Hyperparameters,
    remembered: Remembered,
) -> None:
    """Write down the outline and what never trains: nobody needs the original weights again.

    Nobody but those that `save_starts` writes for.

    Raises:
        ProblemError: the folder cannot be written to.
    """
    if not damage(run.model):
        return
    require_space(run.path, needed_space(bundle.module, averaged=training.weight_average > 0))

    def write(folder: Path) -> None:
        bundle.save(folder)
        save_frozen(bundle.module, ever, folder)
        save_starts(bundle, ever, training, remembered, folder)

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


def save_starts(
    bundle: ModelBundle,
    ever: frozenset[str],
    training: Hyperparameters,
    remembered: Remembered,
    folder: Path,
) -> None:
    """Write down the weights before training for those who look back at them.

    L2-SP is given those of the backbone that train, and of a head that knows labels already;
    distillation all that train.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if training.l2_sp:
        head = () if remembered.known else bundle.blocks[-1].paths
        save_start(bundle.module, head, folder)
    if training.distillation:
        save_before(bundle.module, ever, folder)
