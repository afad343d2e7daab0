"""The weights of a run on disk: what is frozen once, what trains with every checkpoint.

A module's state is divided by what ever trains in the run: parameters that never do lie in
``model/frozen.safetensors``; the others, also while they are still frozen, and all buffers
(batch-norm statistics) lie in each checkpoint's ``weights.safetensors``. Both together are the
module's whole state dict.
"""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from finetune_studio.project.faults import as_os_error
from finetune_studio.project.freeze_plan import covers
from finetune_studio.project.problems import ProblemError
from finetune_studio.runs.checkpoints import WEIGHTS

FROZEN = "frozen.safetensors"


def save_frozen(module: nn.Module, ever: frozenset[str], folder: Path) -> None:
    """Write what never trains; ``ever`` are the paths of what does at some time."""
    save_tensors(_part(module, ever, trained=False), folder / FROZEN)


def save_trained(
    module: nn.Module, ever: frozenset[str], folder: Path, name: str = WEIGHTS
) -> None:
    """Write what ever trains, and all buffers.

    Raises:
        ProblemError: a weight is not a finite number; nothing is written.
    """
    part = _part(module, ever, trained=True)
    refuse_non_finite(part)
    save_tensors(part, folder / name)


def load_weights(
    module: nn.Module, model_folder: Path, checkpoint: Path, name: str = WEIGHTS
) -> None:
    """Give a module the weights of a checkpoint.

    Raises:
        ProblemError: a file is damaged, or does not fit the module.
    """
    try:
        state = load_file(model_folder / FROZEN) | load_file(checkpoint / name)
        module.load_state_dict(state, strict=True)
    except (OSError, SafetensorError, RuntimeError) as error:
        raise ProblemError.of(
            f"The weights in {checkpoint} cannot be used.",
            f"{error}",
            "Restore the run's folder from a backup, or train again.",
            where=str(checkpoint),
            code="checkpoint_damaged",
        ) from error


def save_tensors(tensors: dict[str, Tensor], file: Path) -> None:
    """Write tensors as they are, on whatever device, in whatever memory format.

    Raises:
        OSError: the disk is full or fails.
    """
    try:
        save_file({name: _plain(tensor) for name, tensor in tensors.items()}, file)
    except SafetensorError as error:
        if (system_error := as_os_error(error)) is None:
            raise
        raise system_error from error


def refuse_non_finite(tensors: dict[str, Tensor]) -> None:
    """Let only finite numbers pass.

    Raises:
        ProblemError: a tensor holds an infinite number or none at all.
    """
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            raise ProblemError.of(
                "The weights are no longer finite numbers.",
                f"{name} holds values that are infinite or undefined.",
                "Lower the learning rate, or switch gradient clipping on; what is saved so far "
                "is kept.",
                code="loss_not_finite",
            )


def _part(module: nn.Module, ever: frozenset[str], *, trained: bool) -> dict[str, Tensor]:
    frozen = {n: value for n, value in module.named_parameters() if not covers(ever, n)}
    # A tensor that two modules share has one name among the parameters and two in the state.
    frozen_data = {value.data_ptr() for value in frozen.values()}
    state = module.state_dict()
    return {
        name: tensor
        for name, tensor in state.items()
        if trained != (name in frozen or (tensor.numel() and tensor.data_ptr() in frozen_data))
    }


def _plain(tensor: Tensor) -> Tensor:
    """A copy in the processor's memory that shares nothing with another tensor."""
    return tensor.detach().to("cpu", copy=True, memory_format=torch.contiguous_format)
