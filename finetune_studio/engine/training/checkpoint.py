"""Saving an epoch so that training can go on from it, bit by bit, after any crash.

A checkpoint is a sealed folder (`runs/sealed.py`) of three files: the weights that train, the
optimizer's state, and everything else as JSON. Random numbers are not in it: they follow from
seed, epoch and step. Nothing is a pickle.
"""

from __future__ import annotations

import shutil
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch
from pydantic import Field, ValidationError
from safetensors.torch import load_file
from torch import nn

from finetune_studio.engine.evaluation.weights import (
    load_weights,
    refuse_non_finite,
    save_tensors,
    save_trained,
)
from finetune_studio.engine.training.averaging import Average
from finetune_studio.engine.training.early_stopping import BestEpoch
from finetune_studio.engine.training.plateau import Plateau
from finetune_studio.events.descriptions import Figures
from finetune_studio.project.problems import ProblemError
from finetune_studio.runs.checkpoints import (
    STATE,
    WEIGHTS,
    CheckpointFacts,
    checkpoint_folder,
    prune,
    saved_epochs,
)
from finetune_studio.runs.folder import RunFolder
from finetune_studio.runs.sealed import MANIFEST, damage, write_sealed

OPTIMIZER = "optimizer.safetensors"
# Where evaluation finds an average, training goes on with these.
TRAINING_WEIGHTS = "training_weights.safetensors"
# The newest may be the one that a failing disk damages.
_KEPT = 2


class TrainerState(CheckpointFacts):
    """What a run has to remember beside tensors.

    Attributes:
        step: optimizer updates so far.
        figures: of this epoch on validation.
        best: the best epoch and how long ago it was.
        plateau: how far the learning rate fell because validation did not improve.
        micro_batch: samples at once since memory ran out; 0 when it never did.
        scaler: state of the gradient scaler; empty without one.
        skipped: updates that it has left out.
        seconds: of training so far.
    """

    step: int
    figures: Figures | None = None
    best: BestEpoch
    plateau: Plateau = Plateau()
    micro_batch: int = 0
    scaler: dict[str, float | int] = Field(default_factory=dict)
    skipped: int = 0
    seconds: float = 0.0


def save(
    run: RunFolder,
    state: TrainerState,
    module: nn.Module,
    optimizer: torch.optim.Optimizer,
    *,
    ever: frozenset[str],
    average: Average | None = None,
) -> Path:
    """Write a checkpoint durably, then remove those no longer needed.

    Args:
        run: the run.
        state: everything but tensors.
        module: has the weights that training goes on with.
        optimizer: what it remembers of gradients.
        ever: the module paths of everything that trains at some time in the run.
        average: of the weights, which is then what evaluation finds.

    Raises:
        ProblemError: the weights are not finite, or the disk is full or fails; all earlier
            checkpoints are still there.
    """
    folder = checkpoint_folder(run.checkpoints, state.epoch)

    def write(unfinished: Path) -> None:
        if average is not None:
            save_trained(module, ever, unfinished, TRAINING_WEIGHTS)
        with average.in_force() if average is not None else nullcontext():
            save_trained(module, ever, unfinished)
        save_tensors(_optimizer_tensors(module, optimizer), unfinished / OPTIMIZER)
        (unfinished / STATE).write_text(state.model_dump_json(indent=2) + "\n", encoding="utf-8")

    try:
        write_sealed(folder, write)
    except OSError as error:
        raise _not_saved(folder, error) from error
    newest = saved_epochs(run.checkpoints)[-_KEPT:]
    prune(run.checkpoints, {*newest, state.epoch, state.best_epoch})
    return folder


def newest_state(run: RunFolder) -> tuple[TrainerState | None, tuple[str, ...]]:
    """The state to go on from, and what is wrong with the newer ones, in words.

    A checkpoint counts when all its files and the weights of the epoch that was the best by then
    are as they were written. When only such a best epoch is lost, the newest takes its place.
    """
    troubles: list[str] = []
    without_best: TrainerState | None = None
    for epoch in reversed(saved_epochs(run.checkpoints)):
        state, wrong = _sound_state(checkpoint_folder(run.checkpoints, epoch))
        if state is None:
            troubles.append(f"epoch {epoch}: {wrong}")
        elif not state.partial:
            best = checkpoint_folder(run.checkpoints, state.best_epoch)
            if not (wrong := damage(best, only=(WEIGHTS,))):
                return state, tuple(dict.fromkeys(troubles))
            troubles.append(f"epoch {state.best_epoch}: {wrong}")
            without_best = without_best or _best_by_itself(state)
    return without_best, tuple(dict.fromkeys(troubles))


def restore(
    run: RunFolder,
    state: TrainerState,
    module: nn.Module,
    optimizer: torch.optim.Optimizer,
    average: Average | None = None,
) -> None:
    """Give module, optimizer and average what they had when a state was saved.

    Raises:
        ProblemError: the files do not fit the module.
    """
    folder = checkpoint_folder(run.checkpoints, state.epoch)
    load_weights(module, run.model, folder)
    if average is not None:
        average.restart(state.step)
        load_weights(module, run.model, folder, TRAINING_WEIGHTS)
    _load_optimizer(module, optimizer, folder / OPTIMIZER)


def sound_state(run: RunFolder, epoch: int) -> TrainerState:
    """The state an epoch was saved with.

    Raises:
        ProblemError: its checkpoint is damaged.
    """
    folder = checkpoint_folder(run.checkpoints, epoch)
    state, wrong = _sound_state(folder)
    if state is None:
        raise ProblemError.of(
            f"The checkpoint of epoch {epoch} is damaged.",
            f"In {folder.name} {wrong}.",
            "Start a new run with half the learning rate.",
            where=str(folder),
            code="checkpoint_damaged",
        )
    return state


def restate(run: RunFolder, state: TrainerState) -> None:
    """Write another state beside the tensors of an epoch's checkpoint, all of it durably.

    Raises:
        ProblemError: the disk is full or fails; the checkpoint is as it was.
    """
    folder = checkpoint_folder(run.checkpoints, state.epoch)

    def write(unfinished: Path) -> None:
        for file in folder.iterdir():
            if file.name not in (STATE, MANIFEST):
                shutil.copyfile(file, unfinished / file.name)
        (unfinished / STATE).write_text(state.model_dump_json(indent=2) + "\n", encoding="utf-8")

    try:
        write_sealed(folder, write)
    except OSError as error:
        raise _not_saved(folder, error) from error


def needed_space(module: nn.Module, *, averaged: bool = False) -> int:
    """Bytes that the checkpoints of a run take at most: weights and two moments, four times.

    Two are kept beside the best one, and a fourth is being written. Where weights are averaged
    there are two of each.
    """
    trained = sum(p.numel() * p.element_size() for p in module.parameters() if p.requires_grad)
    frozen = sum(p.numel() * p.element_size() for p in module.parameters() if not p.requires_grad)
    return frozen + (_KEPT + 2) * (4 if averaged else 3) * trained


def require_space(folder: Path, needed: int) -> None:
    """Refuse to start what would not fit on the disk.

    Raises:
        ProblemError: there is too little room.
    """
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise ProblemError.of(
            f"The disk is too full for this run: it needs {needed / 1e6:,.0f} MB, "
            f"{free / 1e6:,.0f} MB are free.",
            "The weights are saved after every epoch.",
            "Free some space, train fewer layers, or move the project to another disk.",
            where=str(folder),
            code="disk_full",
        )


def _sound_state(folder: Path) -> tuple[TrainerState | None, str]:
    """The state in a checkpoint, or what is wrong with it."""
    if wrong := damage(folder):
        return None, wrong
    try:
        text = (folder / STATE).read_text(encoding="utf-8")
        return TrainerState.model_validate_json(text), ""
    except (OSError, ValidationError) as error:
        return None, str(error)


def _best_by_itself(state: TrainerState) -> TrainerState:
    best = BestEpoch(epoch=state.epoch, figures=state.figures, bar=state.best.bar)
    return state.edited(best=best, best_epoch=state.epoch)


def _optimizer_tensors(
    module: nn.Module, optimizer: torch.optim.Optimizer
) -> dict[str, torch.Tensor]:
    names: dict[torch.Tensor, str] = {value: name for name, value in module.named_parameters()}
    tensors = {
        f"{key}/{names[parameter]}": value
        for parameter, values in optimizer.state.items()
        for key, value in values.items()
        if isinstance(value, torch.Tensor)
    }
    refuse_non_finite(tensors)
    return tensors


def _load_optimizer(module: nn.Module, optimizer: torch.optim.Optimizer, file: Path) -> None:
    names = {parameter: name for name, parameter in module.named_parameters()}
    members = [p for group in optimizer.param_groups for p in group["params"]]
    place = {names[parameter]: index for index, parameter in enumerate(members)}
    # What wakes with the next epoch has nothing to remember yet but what it starts with.
    state: dict[int, dict[str, Any]] = optimizer.state_dict()["state"]
    for name, tensor in load_file(file).items():
        key, _, parameter = name.partition("/")
        index = place[parameter]
        state.setdefault(index, {})[key] = _laid_out_like(members[index], tensor)
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})


def _laid_out_like(parameter: torch.Tensor, tensor: torch.Tensor) -> torch.Tensor:
    """A moment in its parameter's order of memory: fused updates go through both side by side."""
    if tensor.shape != parameter.shape:
        return tensor  # the number of steps
    return torch.empty_like(parameter, dtype=tensor.dtype).copy_(tensor)


def _not_saved(folder: Path, error: OSError) -> ProblemError:
    free = shutil.disk_usage(folder.parent).free
    return ProblemError.of(
        f"Epoch {int(folder.name.partition('-')[2])} could not be saved.",
        f"{error.strerror or error} ({free / 1e6:,.0f} MB free on this disk).",
        "Free some space or mend the disk, then resume the run: it goes on from the epoch before.",
        where=str(folder),
        code="checkpoint_not_saved",
    )
