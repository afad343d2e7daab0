"""What was timed before, by model, batch and machine: short runs profit from long ones."""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from pydantic import ValidationError

from finetune_studio import places
from finetune_studio.engine.compute import Compute
from finetune_studio.engine.evaluation.answers import Batch
from finetune_studio.engine.machine import processor_name
from finetune_studio.events.descriptions import Trial
from finetune_studio.project.choices import Task
from finetune_studio.project.files import write_atomic
from finetune_studio.project.value import Value

if TYPE_CHECKING:
    from finetune_studio.engine.model.bundle import ModelBundle

# Drivers and other programs change what is fast, and nobody would notice.
_KEPT_S = 30 * 24 * 3600.0
_MOST_FILES = 200
# Texts of about the same length are one case.
_TOKEN_STEP = 32


class Remembered(Value):
    """The trials of one case.

    Attributes:
        facts: what the case is, in words.
        at: when the oldest trial was made, in seconds since the epoch.
        compile_seconds: compiling took; 0 when it was not tried.
    """

    facts: dict[str, str]
    at: float
    trials: tuple[Trial, ...]
    compile_seconds: float = 0.0


def facts_of(bundle: ModelBundle, batch: Batch, compute: Compute) -> dict[str, str]:
    """Everything that decides which way of computing is fastest, as far as it is known."""
    trained = "\n".join(n for n, p in bundle.module.named_parameters() if p.requires_grad)
    return {
        **machine_facts(compute),
        "model": bundle.id,
        "architecture": bundle.architecture.edited(dropout=0.0).model_dump_json(),
        "parameters": str(bundle.parameters),
        "trained": hashlib.sha256(trained.encode()).hexdigest()[:16],
        "batch": json.dumps(_shapes(batch, bundle.task)),
    }


def machine_facts(compute: Compute) -> dict[str, str]:
    """The part of the facts that is the same for every model."""
    cuda = compute.device.type == "cuda"
    name = torch.cuda.get_device_name(compute.device) if cuda else processor_name()
    return {
        "torch": torch.__version__,
        "device": f"{compute.device.type} {name}",
        "threads": str(compute.threads),
    }


def recall(facts: dict[str, str]) -> Remembered | None:
    """What is remembered of a case."""
    found = _read(_file(facts))
    return found if found is not None and found.facts == facts else None


def recall_model(model_id: str, compute: Compute) -> Remembered | None:
    """What was last remembered of a model on this machine, whatever of it trained."""
    wanted = {**machine_facts(compute), "model": model_id}.items()
    for file in _newest_first():
        found = _read(file)
        if found is not None and wanted <= found.facts.items():
            return found
    return None


def remember(case: Remembered) -> None:
    """Keep the trials of a case for later runs; a disk that is full keeps nothing."""
    try:
        write_atomic(_file(case.facts), case.model_dump_json(indent=2) + "\n")
        for old in _newest_first()[_MOST_FILES:]:
            old.unlink(missing_ok=True)
    except OSError:
        return


def _shapes(batch: Batch, task: Task) -> dict[str, list[int]]:
    shapes = {name: list(tensor.shape) for name, tensor in batch.inputs.items()}
    if task is Task.TEXT:
        return {
            name: [count, -(-tokens // _TOKEN_STEP) * _TOKEN_STEP]
            for name, (count, tokens) in shapes.items()
        }
    return shapes


def _file(facts: dict[str, str]) -> Path:
    text = json.dumps(facts, sort_keys=True)
    return places.timings() / f"{hashlib.sha256(text.encode()).hexdigest()[:32]}.json"


def _read(file: Path) -> Remembered | None:
    try:
        found = Remembered.model_validate_json(file.read_text(encoding="utf-8"))
    except (OSError, ValidationError):
        return None
    return found if 0 <= time.time() - found.at < _KEPT_S else None


def _newest_first() -> list[Path]:
    try:
        dated = [(file.stat().st_mtime, file) for file in places.timings().glob("*.json")]
    except OSError:
        return []
    return [file for _, file in sorted(dated, reverse=True)]
