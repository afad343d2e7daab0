"""Choosing how a run computes by timing steps of it, as far as its length pays for that."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from finetune_studio.engine import compute as computing
from finetune_studio.engine.compute import Compute
from finetune_studio.engine.evaluation.answers import Batch
from finetune_studio.engine.progress import Emit
from finetune_studio.engine.stopping import StopRequested
from finetune_studio.engine.trials.bench import Bench, untouched
from finetune_studio.engine.trials.budget import Budget
from finetune_studio.engine.trials.remembered import (
    Remembered,
    facts_of,
    recall,
    recall_model,
    remember,
)
from finetune_studio.engine.trials.timing import DISTURBED, NOT_TIMED, Timing
from finetune_studio.engine.trials.ways import Way, compiled_way, first_ways
from finetune_studio.events.descriptions import Trial
from finetune_studio.project.choices import Task
from finetune_studio.project.hyperparameters import Hyperparameters

if TYPE_CHECKING:
    from finetune_studio.engine.model.bundle import ModelBundle

_LOOKED_AT = 16  # batches of texts, to find one of usual length
_COMPILE_GUESS_S = 60.0
_SHORT = "Other ways were not timed: the run is short."


class Chosen(NamedTuple):
    """How a run computes, and what was timed to find out."""

    compute: Compute
    trials: tuple[Trial, ...] = ()


def choose(
    compute: Compute,
    bundle: ModelBundle,
    examples: Iterable[Batch],
    training: Hyperparameters,
    *,
    trainable: frozenset[str],
    work_steps: float,
    emit: Emit,
    stop_requested: StopRequested,
) -> Chosen:
    """Choose the fastest way to compute that agrees with float32, and apply it.

    Args:
        compute: what is taken without timing.
        bundle: frozen as it will be trained; it is left as it was, placed as chosen.
        examples: batches of the run.
        training: what is pinned there is not touched.
        trainable: the module paths that train.
        work_steps: as many steps of this model take as long as the run will.
        emit: hears that something is timed.
        stop_requested: asked between steps.

    Raises:
        Stopped: a stop was asked for.
        ProblemError: the batch cannot be learned from.
    """
    chosen = Chosen(compute)
    batch = _typical(examples, bundle.task)
    if batch is not None and compute.device.type in ("cpu", "cuda"):
        bench = Bench(bundle, trainable, batch, training, compute)
        earlier = recall(facts := facts_of(bundle, batch, compute))
        known = {Way.of_trial(trial): trial for trial in earlier.trials} if earlier else {}
        with untouched(bundle.module, compute):
            timing = Timing(bench, Budget(work_steps), known, emit, stop_requested)
            chosen = _chosen(timing, bench, training, bundle.task, earlier)
        if timing.learned:
            remember(_case(facts, timing, earlier))
    computing.apply(chosen.compute)
    chosen.compute.placed(bundle.module)
    return chosen


def expected(compute: Compute, model_id: str, training: Hyperparameters, task: Task) -> Compute:
    """How a run of a model will probably compute: as was fastest for it, whatever of it trained."""
    earlier = recall_model(model_id, compute)
    ways = first_ways(compute, training, task)
    timed = {Way.of_trial(t): t.seconds for t in earlier.trials if t.seconds} if earlier else {}
    best = min((way for way in ways if way in timed), key=lambda way: timed[way], default=None)
    if best is None:
        return compute
    decided = replace(best.on(compute), compiled=compute.compiled)
    return replace(decided, reason="The fastest for this model when something else of it trained.")


def _chosen(
    timing: Timing,
    bench: Bench,
    training: Hyperparameters,
    task: Task,
    earlier: Remembered | None,
) -> Chosen:
    compute = bench.compute
    usual = expected(compute, bench.model_id, training, task)
    ways = first_ways(compute, training, task)
    best = timing.compare(ways) if len(ways) > 1 else ways[0]
    if best is not None:
        more = bench.variations(best)
        best = timing.compare((best, *more)) if more else best
        ways += more
    if best is not None and (other := compiled_way(best, training, compute.device.type)):
        known = earlier.compile_seconds if earlier else 0.0
        best = timing.try_compiled(best, other, known or _COMPILE_GUESS_S)
        ways += (other,)
    if not any(way in timing.known for way in ways):
        reason = compute.reason if len(ways) == 1 else f"{usual.reason} {_SHORT}"
        return Chosen(replace(usual, reason=reason))
    trials = tuple(
        timing.known.get(way, way.trial(note=NOT_TIMED)).edited(chosen=way == best) for way in ways
    )
    return Chosen(_decided(compute, best, trials, learned=timing.learned), trials)


def _decided(
    compute: Compute, best: Way | None, trials: tuple[Trial, ...], *, learned: bool
) -> Compute:
    if best is None:
        return compute
    timed = sum(trial.seconds is not None for trial in trials)
    when = "" if learned else " in an earlier run"
    reason = f"The fastest of {timed} ways that were timed{when}."
    if timed == 1:
        reason = f"{compute.reason} {_SHORT}"
    return replace(best.on(compute), compiled=best.compiled or compute.compiled, reason=reason)


def _case(facts: dict[str, str], timing: Timing, earlier: Remembered | None) -> Remembered:
    trials = tuple(trial for trial in timing.known.values() if trial.note != DISTURBED)
    before = earlier.compile_seconds if earlier else 0.0
    return Remembered(
        facts=facts,
        at=earlier.at if earlier else time.time(),
        trials=trials,
        compile_seconds=timing.compile_seconds or before,
    )


def _typical(examples: Iterable[Batch], task: Task) -> Batch | None:
    """A batch of pictures, or of texts of usual length."""
    looked_at = list(islice(examples, _LOOKED_AT if task is Task.TEXT else 1))
    full = max((len(batch.targets) for batch in looked_at), default=0)
    by_size = sorted(
        (batch for batch in looked_at if len(batch.targets) == full),
        key=lambda batch: sum(tensor.numel() for tensor in batch.inputs.values()),
    )
    return by_size[len(by_size) // 2] if by_size else None
