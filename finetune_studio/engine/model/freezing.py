"""Which parameters train, and which modules behave as in training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from finetune_studio.project.freeze_plan import covers
from finetune_studio.project.problems import ProblemError

if TYPE_CHECKING:
    from torch import nn


def freeze(module: nn.Module, paths: frozenset[str]) -> tuple[str, ...]:
    """Let only the parameters in or below some module paths train.

    Args:
        module: the network.
        paths: module (or parameter) paths; ``""`` is everything.

    Returns:
        The names of the parameters that train, in the network's order.

    Raises:
        ProblemError: nothing would train (code ``nothing_trains``).
    """
    trainable = []
    for name, parameter in module.named_parameters():
        trains = covers(paths, name)
        parameter.requires_grad_(trains)
        if not trains:
            parameter.grad = None
        else:
            trainable.append(name)
    if not trainable:
        raise ProblemError.of(
            "No layer would train.",
            f"None of the chosen paths exists in this model: {', '.join(sorted(paths)) or 'none'}.",
            "Let at least the head train, on the layers page.",
            code="nothing_trains",
        )
    return tuple(trainable)


def set_training_mode(module: nn.Module, paths: frozenset[str]) -> None:
    """Put what trains into training mode and hold everything else still.

    Frozen parts stay in evaluation mode: batch norm keeps its pretrained statistics, and dropout
    is off there, so that what a frozen part says of a sample is always the same.
    """
    for name, part in module.named_modules():
        # One flag at a time: train() would also reach the frozen children of a mixed container.
        part.training = covers(paths, name) if name else "" in paths
