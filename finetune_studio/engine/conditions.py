"""Under which conditions a run computes: decided when it begins, kept when it goes on."""

from __future__ import annotations

from dataclasses import replace

import torch
from pydantic import ValidationError

from finetune_studio.engine import compute as computing
from finetune_studio.engine.compute import Compute
from finetune_studio.engine.progress import Emit
from finetune_studio.events.events import ProblemFound
from finetune_studio.project.choices import Compilation, Device, MemoryFormat, Precision, Task
from finetune_studio.project.files import write_atomic
from finetune_studio.project.problems import Problem, ProblemError, Severity
from finetune_studio.project.project import Project
from finetune_studio.project.value import Value
from finetune_studio.runs.folder import RunFolder


class Conditions(Value):
    """What decides about the last bit of every number.

    Runs from before ways of computing were timed have recorded the first four; the others were
    as their defaults say.
    """

    device: Device
    precision: Precision
    threads: int
    torch_version: str
    memory_format: MemoryFormat = MemoryFormat.CHANNELS_LAST
    compiled: bool = False
    micro_batch: int = 0


def decide(run: RunFolder, project: Project, emit: Emit, *, going_on: bool) -> Compute:
    """Decide where and how to compute, as before when the run was begun before, and apply it.

    ``going_on`` is whether something was trained already: then it is told what is different now.

    Raises:
        ProblemError: the chosen device is not here.
    """
    before = _before(run)
    compute = _chosen(before, project)
    computing.apply(compute)
    if going_on:
        now = _conditions(compute)
        if now != before or not compute.exact:
            emit(ProblemFound(problem=_not_exact(now, before)))
    return compute


def are_kept(run: RunFolder) -> bool:
    """Whether a run was begun under conditions that it goes on with."""
    return _before(run) is not None


def keep(run: RunFolder, compute: Compute) -> None:
    """Write down how a run computes, so that it goes on so and is looked at so."""
    write_atomic(run.compute_file, _conditions(compute).model_dump_json(indent=2) + "\n")


def recall(run: RunFolder, project: Project) -> Compute:
    """Compute as a run did, to look at what it made; applied.

    Raises:
        ProblemError: the chosen device is not here.
    """
    compute = _chosen(_before(run), project)
    computing.apply(compute)
    return compute


def _conditions(compute: Compute) -> Conditions:
    return Conditions(
        device=Device(compute.device.type),
        precision=compute.precision,
        threads=compute.threads,
        torch_version=torch.__version__,
        memory_format=compute.memory_format,
        compiled=compute.compiled,
        micro_batch=compute.micro_batch,
    )


def _chosen(before: Conditions | None, project: Project) -> Compute:
    return untimed(project) if before is None else _as_before(before)


def untimed(project: Project) -> Compute:
    """How a new run of a project computes when nothing is timed.

    Raises:
        ProblemError: the chosen device is not here.
    """
    training = project.training
    pictures = project.task is Task.IMAGE
    compute = computing.choose(
        training.device,
        training.precision,
        training.threads,
        training.memory_format if pictures else MemoryFormat.CONTIGUOUS,
    )
    return replace(
        compute,
        compiled=training.compile is Compilation.ON,
        micro_batch=training.micro_batch,
    )


def _before(run: RunFolder) -> Conditions | None:
    try:
        return Conditions.model_validate_json(run.compute_file.read_text(encoding="utf-8"))
    except (OSError, ValidationError):
        return None


def _as_before(before: Conditions) -> Compute:
    order = before.memory_format
    try:
        compute = computing.choose(before.device, before.precision, before.threads, order)
    except ProblemError:  # the run moved to another computer, or its GPU is gone
        compute = computing.choose(Device.AUTO, before.precision, memory_format=order)
    return replace(
        compute,
        reason="As when the run was begun.",
        compiled=before.compiled,
        micro_batch=before.micro_batch,
    )


def _not_exact(now: Conditions, before: Conditions | None) -> Problem:
    why = "A GPU adds numbers in an order of its own."
    if before is not None and now != before:
        old, new = before.model_dump(mode="json"), now.model_dump(mode="json")
        changes = (f"{key} {old[key]} then, {new[key]} now" for key in old if old[key] != new[key])
        why = f"It was begun under other conditions: {'; '.join(changes).replace('_', ' ')}."
    return Problem(
        what="The run goes on, but not to the last bit as if it had never stopped.",
        why=why,
        remedy="The difference is rounding; nothing needs to be done.",
        severity=Severity.NOTE,
        code="resume_not_exact",
    )
