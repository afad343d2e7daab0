"""Under which conditions a run computes: decided when it begins, kept when it goes on."""

from __future__ import annotations

import torch
from pydantic import ValidationError

from finetune_studio.engine import compute as computing
from finetune_studio.engine.compute import Compute
from finetune_studio.engine.progress import Emit
from finetune_studio.events.events import ProblemFound
from finetune_studio.project.choices import Device, Precision
from finetune_studio.project.files import write_atomic
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.problems import Problem, ProblemError, Severity
from finetune_studio.project.value import Value
from finetune_studio.runs.folder import RunFolder


class Conditions(Value):
    """What decides about the last bit of every number."""

    device: Device
    precision: Precision
    threads: int
    torch_version: str


def decide(run: RunFolder, training: Hyperparameters, emit: Emit, *, going_on: bool) -> Compute:
    """Decide where to compute, as before when the run was begun before, and apply it.

    Raises:
        ProblemError: the chosen device is not here.
    """
    before = _before(run)
    compute = _chosen(before, training)
    computing.apply(compute)
    now = Conditions(
        device=Device(compute.device.type),
        precision=compute.precision,
        threads=compute.threads,
        torch_version=torch.__version__,
    )
    if going_on and (now != before or not compute.exact):
        emit(ProblemFound(problem=_not_exact(now, before)))
    write_atomic(run.compute_file, now.model_dump_json(indent=2) + "\n")
    return compute


def recall(run: RunFolder, training: Hyperparameters) -> Compute:
    """Compute as a run did, to look at what it made; applied.

    Raises:
        ProblemError: the chosen device is not here.
    """
    compute = _chosen(_before(run), training)
    computing.apply(compute)
    return compute


def _chosen(before: Conditions | None, training: Hyperparameters) -> Compute:
    if before is None:
        return computing.choose(training.device, training.precision)
    return _as_before(before)


def _before(run: RunFolder) -> Conditions | None:
    try:
        return Conditions.model_validate_json(run.compute_file.read_text(encoding="utf-8"))
    except (OSError, ValidationError):
        return None


def _as_before(before: Conditions) -> Compute:
    try:
        return computing.choose(before.device, before.precision, before.threads)
    except ProblemError:  # the run moved to another computer, or its GPU is gone
        return computing.choose(Device.AUTO, before.precision)


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
