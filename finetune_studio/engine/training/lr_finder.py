"""Finding a learning rate: a short training at ever higher rates, of which nothing stays."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import closing
from pathlib import Path

from finetune_studio.engine.model.freezing import freeze, set_training_mode
from finetune_studio.engine.prefix.plan import Route
from finetune_studio.engine.progress import Emit, Meter
from finetune_studio.engine.stopping import StopRequested
from finetune_studio.engine.training.adversary import adversary_for
from finetune_studio.engine.training.distillation import distillation_for
from finetune_studio.engine.training.model_of_run import save_starts
from finetune_studio.engine.training.optimizer import build_optimizer
from finetune_studio.engine.training.preparation import Prepared, prepare
from finetune_studio.engine.training.rate_suggestions import suggest
from finetune_studio.engine.training.rate_sweep import rising_rates, sweep, undone
from finetune_studio.engine.training.record import Record
from finetune_studio.engine.training.starting_point import starting_point
from finetune_studio.engine.training.step import Stepper
from finetune_studio.events.events import Event, Progress, RatesSuggested, RateTried
from finetune_studio.project import storage
from finetune_studio.project.project import Project
from finetune_studio.runs.folder import RunFolder

STEPS = 100


def find_learning_rate(
    folder: Path,
    project: Project,
    emit: Emit,
    stop_requested: StopRequested,
    *,
    steps: int = STEPS,
) -> None:
    """Try rates on a project's model and data, and tell each and what they suggest.

    Everything that trains by the end of a run trains here, on samples varied and mixed as in the
    run's first epoch, pulled and taught as in the run. An average of the weights is not made: no
    gradient depends on it. The project's folder is as before afterwards, but for its cache.

    Args:
        folder: of the project.
        project: what is decided.
        emit: hears of progress, `RateTried` and, at the end, `RatesSuggested`.
        stop_requested: asked before each step.
        steps: how many rates are tried at most.

    Raises:
        Stopped: a stop was asked for.
        ProblemError: data or model cannot be used.
    """
    cache = folder / "cache"  # beside a run's own, so that pictures are decoded once for both
    cache.mkdir(parents=True, exist_ok=True)
    scratch = RunFolder(Path(tempfile.mkdtemp(prefix="find-rate-", dir=cache)))
    try:
        storage.save(project, scratch.path)
        with closing(Record(scratch.events_file, _only_progress(emit))) as record:
            prepared = prepare(scratch, record, stop_requested, going_on=False, for_good=False)
            _search(prepared, scratch.model, emit, stop_requested, steps)
    finally:
        shutil.rmtree(scratch.path, ignore_errors=True)


def _search(
    prepared: Prepared, starts: Path, emit: Emit, stop_requested: StopRequested, steps: int
) -> None:
    """Try the rates; ``starts`` is where the weights before training are written down."""
    module, training = prepared.bundle.module, prepared.project.training
    phase = prepared.phases.all[-1]
    freeze(module, phase.paths)
    save_starts(prepared.bundle, phase.paths, training, prepared.remembered, starts)
    optimizer = build_optimizer(module, prepared.bundle.blocks, training)
    route = _route(prepared, steps)
    distillation = distillation_for(
        training, prepared.bundle, prepared.remembered.known, starts, prepared.compute
    )
    if distillation is not None:
        distillation.turn_to(route.evaluation)
    stepper = Stepper(
        route.training,
        module,
        optimizer,
        prepared.compute,
        criterion=prepared.criterion,
        gradient_clip=training.gradient_clip,
        start=starting_point(training, module, starts),
        distillation=distillation,
        adversary=adversary_for(training, module),
    )
    told: list[RateTried] = []

    def tried(step: int, rate: float, loss: float, smooth: float) -> None:
        told.append(RateTried(step=step, steps=steps, rate=rate, loss=loss, smoothed=smooth))
        emit(told[-1])
        meter.advance()

    with undone(module, optimizer, prepared.compute):
        route.train.ready(1)
        set_training_mode(module, phase.paths)
        meter = Meter(emit, "Trying learning rates", steps, "rates")
        diverged = sweep(
            stepper,
            route.train,
            prepared.sizes,
            rising_rates(steps),
            seed=training.seed,
            tried=tried,
            stop_requested=stop_requested,
        )
    found = suggest([one.rate for one in told], [one.smoothed for one in told])
    emit(
        RatesSuggested(
            tried=len(told),
            diverged=diverged,
            valley=found.valley,
            steepest=found.steepest,
            minimum=found.minimum,
        )
    )


def _route(prepared: Prepared, steps: int) -> Route:
    """Past the frozen layers once where samples come round more than once, else through all."""
    phases, sizes = prepared.phases, prepared.sizes
    if sizes.samples < steps * sizes.batch_size * sizes.accumulation:
        return phases.route(phases.all[-1])
    return Route(prepared.bundle, prepared.bundle, phases.train, phases.validation)


def _only_progress(emit: Emit) -> Emit:
    """Lets through what says how far preparing is: the rest is about a run, and this is none."""

    def passed_on(event: Event) -> None:
        if isinstance(event, Progress):
            emit(event)

    return passed_on
