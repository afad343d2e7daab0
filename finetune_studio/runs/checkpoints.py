"""The checkpoints of a run, one sealed folder an epoch: which there are, which are sound."""

from __future__ import annotations

import re
import shutil
from collections.abc import Collection
from pathlib import Path

from pydantic import ConfigDict, ValidationError

from finetune_studio.project.problems import ProblemError
from finetune_studio.project.value import Value
from finetune_studio.runs.sealed import damage

WEIGHTS = "weights.safetensors"
STATE = "state.json"
_NAME = re.compile(r"epoch-(\d{4,})")


class CheckpointFacts(Value):
    """What everybody may know of a checkpoint; its ``state.json`` holds more for the trainer.

    Attributes:
        epoch: the epoch it was written after, counted from 1.
        best_epoch: the best one so far.
        partial: whether the epoch was broken off, so that training cannot go on from it.
        thresholds: of several labels, the probability from which on each is given.
    """

    model_config = ConfigDict(extra="ignore")

    epoch: int
    best_epoch: int
    partial: bool = False
    thresholds: tuple[float, ...] = ()


def checkpoint_folder(checkpoints: Path, epoch: int) -> Path:
    """Where an epoch's checkpoint lies."""
    return checkpoints / f"epoch-{epoch:04d}"


def saved_epochs(checkpoints: Path) -> tuple[int, ...]:
    """The epochs that have a checkpoint, sound or not, in order."""
    if not checkpoints.is_dir():
        return ()
    names = (_NAME.fullmatch(entry.name) for entry in checkpoints.iterdir())
    return tuple(sorted(int(match[1]) for match in names if match))


def prune(checkpoints: Path, keep: Collection[int]) -> None:
    """Remove the checkpoints of all other epochs."""
    for epoch in saved_epochs(checkpoints):
        if epoch not in keep:
            # One that cannot be removed costs space, not the run.
            shutil.rmtree(checkpoint_folder(checkpoints, epoch), ignore_errors=True)


def best_epoch(checkpoints: Path) -> int:
    """The best epoch, as the newest readable checkpoint knows it; 0 when there is none."""
    for epoch in reversed(saved_epochs(checkpoints)):
        folder = checkpoint_folder(checkpoints, epoch)
        if damage(folder, only=(STATE,)):
            continue
        try:
            text = (folder / STATE).read_text(encoding="utf-8")
            return CheckpointFacts.model_validate_json(text).best_epoch
        except (OSError, ValidationError):
            continue
    return 0


def facts_of(folder: Path) -> CheckpointFacts | None:
    """What is known of a checkpoint; ``None`` where its state cannot be read."""
    if damage(folder, only=(STATE,)):
        return None
    try:
        return CheckpointFacts.model_validate_json((folder / STATE).read_text(encoding="utf-8"))
    except (OSError, ValidationError):
        return None


def best_checkpoint(checkpoints: Path) -> Path:
    """The folder of the best epoch, its weights checked against the manifest.

    Raises:
        ProblemError: no epoch was finished yet, or the weights are damaged.
    """
    epoch = best_epoch(checkpoints)
    if not epoch:
        raise ProblemError.of(
            "This run has no trained weights.",
            "It ended before its first epoch was validated.",
            "Resume it, or choose another run.",
            where=str(checkpoints.parent),
            code="run_empty",
        )
    folder = checkpoint_folder(checkpoints, epoch)
    if wrong := damage(folder, only=(WEIGHTS,)):
        raise ProblemError.of(
            f"The weights of epoch {epoch}, the one that is kept, are damaged.",
            f"In {folder.name} {wrong}.",
            "Restore the run's folder from a backup, or train again.",
            where=str(folder),
            code="checkpoint_damaged",
        )
    return folder
