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

    Args:
        module: frozen as it will be trained.
        head: module paths of the head.
        training: which optimizer, with what settings.
    """
    return _BUILDERS[training.optimizer](parameter_groups(module, head, training), training)


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


def _adamw(groups: Groups, training: Hyperparameters) -> torch.optim.Optimizer:
    return torch.optim.AdamW(groups, lr=training.learning_rate)


def _adam(groups: Groups, training: Hyperparameters) -> torch.optim.Optimizer:
    return torch.optim.Adam(groups, lr=training.learning_rate)


def _sgd(groups: Groups, training: Hyperparameters) -> torch.optim.Optimizer:
    return torch.optim.SGD(groups, lr=training.learning_rate, momentum=training.momentum)


def _adagrad(groups: Groups, training: Hyperparameters) -> torch.optim.Optimizer:
    return torch.optim.Adagrad(groups, lr=training.learning_rate)


_BUILDERS: dict[Optimizer, Callable[[Groups, Hyperparameters], torch.optim.Optimizer]] = {
    Optimizer.ADAMW: _adamw,
    Optimizer.ADAM: _adam,
    Optimizer.SGD: _sgd,
    Optimizer.ADAGRAD: _adagrad,
}
