"""A pull toward the weights that training started from, so that what they know is kept.

L2-SP (Li, Grandvalet & Davoine 2018): the loss is raised by ``pull / 2`` times the squared way
that the backbone's weights have gone from their start, and by ``head_pull / 2`` times the squared
weights of the head, which has no start worth keeping. What this adds to the gradient is added here,
once a step, so that it does not depend on how the step is divided. The loss that is told stays that
of the samples alone. Biases and the scales of normalisation layers of the head are left alone, as
with weight decay, whose place this takes.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from finetune_studio.engine.evaluation.weights import save_tensors
from finetune_studio.project.freeze_plan import covers
from finetune_studio.project.hyperparameters import Hyperparameters

START = "start.safetensors"


class StartingPoint:
    """Where the weights of a network started, and how strongly they are pulled there."""

    def __init__(
        self,
        module: nn.Module,
        start: dict[str, Tensor],
        pull: float,
        head_pull: float,
    ) -> None:
        """Prepare the pull on what trains now.

        Args:
            module: frozen as it is trained, on its device.
            start: the first weights by name; what trains and is not among them is the head.
            pull: alpha, toward the start.
            head_pull: beta, of the head toward zero.
        """
        trained = [(n, p) for n, p in module.named_parameters() if p.requires_grad]
        self._backbone = [(p, _like(p, start[n])) for n, p in trained if n in start]
        self._head = [p for n, p in trained if n not in start and p.ndim > 1]
        self._pull = pull
        self._head_pull = head_pull

    @torch.no_grad()
    def pull(self) -> None:
        """Add the pull to the gradients that are there."""
        moved = [(p.grad, p, start) for p, start in self._backbone if p.grad is not None]
        if moved and self._pull:
            gradients, weights, starts = (list(column) for column in zip(*moved, strict=True))
            ways = torch._foreach_sub(weights, starts)  # noqa: SLF001 - one pass over them all
            torch._foreach_add_(gradients, ways, alpha=self._pull)
        head = [(p.grad, p) for p in self._head if p.grad is not None]
        if head and self._head_pull:
            gradients, weights = (list(column) for column in zip(*head, strict=True))
            torch._foreach_add_(gradients, weights, alpha=self._head_pull)


def save_start(module: nn.Module, head: Iterable[str], folder: Path) -> None:
    """Write down where the backbone's weights start that train."""
    paths = tuple(head)
    start: dict[str, Tensor] = {
        name: parameter
        for name, parameter in module.named_parameters()
        if parameter.requires_grad and not covers(paths, name)
    }
    save_tensors(start, folder / START)


def starting_point(
    training: Hyperparameters, module: nn.Module, folder: Path
) -> StartingPoint | None:
    """The pull that some settings ask for, if any, on what trains now.

    Args:
        training: the settings.
        module: frozen as it is trained now, on its device.
        folder: where `save_start` wrote.
    """
    if not training.l2_sp:
        return None
    start = load_file(folder / START)
    return StartingPoint(module, start, training.l2_sp, training.l2_sp_head)


def _like(parameter: Tensor, start: Tensor) -> Tensor:
    """On the same device and in the same order of memory."""
    return torch.empty_like(parameter).copy_(start)
