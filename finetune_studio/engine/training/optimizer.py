"""The optimizers by name, and the groups of parameters they step through."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import nn

from finetune_studio.project.choices import Optimizer
from finetune_studio.project.freeze_plan import covers
from finetune_studio.project.hyperparameters import Hyperparameters

HEAD, BACKBONE = "head", "backbone"

Groups = list[dict[str, object]]


def build_optimizer(
    module: nn.Module, head: Iterable[str], training: Hyperparameters
) -> torch.optim.Optimizer:
    """An optimizer over what trains, and over nothing else.

    One pass over the memory updates everything (fused), where PyTorch has that: AdamW's update of
    MiniLM took 14 ms on two cores instead of 80.

    Args:
        module: frozen as it will be trained, and on its device.
        head: module paths of the head.
        training: which optimizer, with what settings.
    """
    groups = parameter_groups(module, head, training)
    device = next(module.parameters()).device.type
    fused = device in _FUSED_ON[training.optimizer]
    return _BUILDERS[training.optimizer](groups, training, fused)


def parameter_groups(module: nn.Module, head: Iterable[str], training: Hyperparameters) -> Groups:
    """Head and backbone, each divided into what decays and what does not.

    Biases and the scales of normalisation layers do not decay: pulling them toward zero costs
    accuracy and prevents no overfitting (He et al., Bag of Tricks, 2019, section 3.1).
    """
    paths = tuple(head)
    members: dict[tuple[str, bool], list[nn.Parameter]] = {}
    for name, parameter in module.named_parameters():
        if parameter.requires_grad:
            part = HEAD if covers(paths, name) else BACKBONE
            members.setdefault((part, parameter.ndim > 1), []).append(parameter)
    return [
        {
            "params": parameters,
            "name": part,
            "lr": training.learning_rate,
            "weight_decay": training.weight_decay if decays else 0.0,
        }
        for (part, decays), parameters in members.items()
    ]


def set_learning_rate(optimizer: torch.optim.Optimizer, rate: float) -> dict[str, float]:
    """Give every group the rate of this step; the rates by the groups' names."""
    for group in optimizer.param_groups:
        group["lr"] = rate
    return {str(group["name"]): float(group["lr"]) for group in optimizer.param_groups}


def _adamw(groups: Groups, training: Hyperparameters, fused: bool) -> torch.optim.Optimizer:
    return torch.optim.AdamW(groups, lr=training.learning_rate, fused=fused)


def _adam(groups: Groups, training: Hyperparameters, fused: bool) -> torch.optim.Optimizer:
    return torch.optim.Adam(groups, lr=training.learning_rate, fused=fused)


def _sgd(groups: Groups, training: Hyperparameters, fused: bool) -> torch.optim.Optimizer:
    rate, momentum = training.learning_rate, training.momentum
    return torch.optim.SGD(groups, lr=rate, momentum=momentum, fused=fused)


def _adagrad(groups: Groups, training: Hyperparameters, fused: bool) -> torch.optim.Optimizer:
    return torch.optim.Adagrad(groups, lr=training.learning_rate, fused=fused)


_BUILDERS: dict[Optimizer, Callable[[Groups, Hyperparameters, bool], torch.optim.Optimizer]] = {
    Optimizer.ADAMW: _adamw,
    Optimizer.ADAM: _adam,
    Optimizer.SGD: _sgd,
    Optimizer.ADAGRAD: _adagrad,
}
_FUSED_ON: dict[Optimizer, tuple[str, ...]] = {
    Optimizer.ADAMW: ("cpu", "cuda"),
    Optimizer.ADAM: ("cpu", "cuda"),
    Optimizer.SGD: ("cpu", "cuda"),
    Optimizer.ADAGRAD: ("cpu",),
}
