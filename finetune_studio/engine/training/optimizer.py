"""The optimizers by name, each with its settings, and taking parameters in and out of a run."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import nn

from finetune_studio.engine.model.bundle import Block
from finetune_studio.engine.training.groups import Groups, parameter_groups
from finetune_studio.project.choices import Optimizer
from finetune_studio.project.hyperparameters import Hyperparameters


def build_optimizer(
    module: nn.Module, blocks: Sequence[Block], training: Hyperparameters
) -> torch.optim.Optimizer:
    """An optimizer over what trains, and over nothing else.

    One pass over the memory updates everything (fused), where PyTorch has that: AdamW's update of
    MiniLM took 14 ms on two cores instead of 80.

    Args:
        module: frozen as it will be trained, and on its device.
        blocks: of the model, from input to head.
        training: which optimizer, with what settings and rates.
    """
    groups = parameter_groups(module, blocks, training)
    device = next(module.parameters()).device.type
    fused = device in _FUSED_ON.get(training.optimizer, ())
    return _BUILDERS[training.optimizer](groups, training, fused)


def regroup(
    optimizer: torch.optim.Optimizer,
    module: nn.Module,
    blocks: Sequence[Block],
    training: Hyperparameters,
) -> None:
    """Let an optimizer step through what trains now, after layers woke or fell asleep.

    It stays the same object. Parameters that trained before keep all that is remembered of their
    gradients, bit by bit; those that are new start as in a new run; of those that are frozen now
    nothing is kept. Rates and momentum are those of the settings until the next step sets them.

    Args:
        optimizer: as `build_optimizer` made it, or an earlier call left it.
        module: frozen as it is trained from now on.
        blocks: of the model, from input to head.
        training: as given to `build_optimizer`.
    """
    fresh = build_optimizer(module, blocks, training)
    known = dict(optimizer.state)
    optimizer.param_groups[:] = fresh.param_groups
    optimizer.state.clear()
    for group in fresh.param_groups:
        for parameter in group["params"]:
            remembered = known.get(parameter, fresh.state.get(parameter))
            if remembered:
                optimizer.state[parameter] = remembered


def set_learning_rate(
    optimizer: torch.optim.Optimizer, rate: float, momentum: float | None = None
) -> dict[str, float]:
    """Give every group its share of the rate of this step; the rates by the groups' names.

    The momentum is left alone where it is ``None`` or the optimizer has none.
    """
    for group in optimizer.param_groups:
        group["lr"] = rate * group["factor"]
        if momentum is not None and "betas" in group:
            group["betas"] = (momentum, group["betas"][1])
        elif momentum is not None and "momentum" in group:
            group["momentum"] = momentum
    return {str(group["name"]): float(group["lr"]) for group in optimizer.param_groups}


def _adamw(groups: Groups, training: Hyperparameters, fused: bool) -> torch.optim.Optimizer:
    """Loshchilov and Hutter, Decoupled weight decay regularization, 2019."""
    return torch.optim.AdamW(
        groups, lr=training.learning_rate, betas=_betas(training), eps=training.epsilon, fused=fused
    )


def _adam(groups: Groups, training: Hyperparameters, fused: bool) -> torch.optim.Optimizer:
    """Kingma and Ba, Adam, 2015."""
    return torch.optim.Adam(
        groups, lr=training.learning_rate, betas=_betas(training), eps=training.epsilon, fused=fused
    )


def _sgd(groups: Groups, training: Hyperparameters, fused: bool) -> torch.optim.Optimizer:
    """Sutskever et al., On the importance of initialization and momentum, 2013."""
    return torch.optim.SGD(
        groups,
        lr=training.learning_rate,
        momentum=training.momentum,
        nesterov=training.nesterov and training.momentum > 0,
        fused=fused,
    )


def _adagrad(groups: Groups, training: Hyperparameters, fused: bool) -> torch.optim.Optimizer:
    """Duchi et al., Adaptive subgradient methods, 2011."""
    return torch.optim.Adagrad(groups, lr=training.learning_rate, fused=fused)


def _rmsprop(groups: Groups, training: Hyperparameters, _fused: bool) -> torch.optim.Optimizer:
    """Tieleman and Hinton, lecture 6.5 of Neural networks for machine learning, 2012."""
    return torch.optim.RMSprop(
        groups,
        lr=training.learning_rate,
        alpha=training.second_momentum,
        eps=training.epsilon,
        momentum=training.momentum,
    )


def _adafactor(groups: Groups, training: Hyperparameters, _fused: bool) -> torch.optim.Optimizer:
    """Shazeer and Stern, Adafactor, 2018; steps are relative to the size of the weights."""
    return torch.optim.Adafactor(groups, lr=training.learning_rate)


def _lion(groups: Groups, training: Hyperparameters, _fused: bool) -> torch.optim.Optimizer:
    """Chen et al., Symbolic discovery of optimization algorithms, 2023."""
    from timm.optim import Lion

    return Lion(groups, lr=training.learning_rate, betas=_betas(training))


def _betas(training: Hyperparameters) -> tuple[float, float]:
    return training.momentum, training.second_momentum


_BUILDERS: dict[Optimizer, Callable[[Groups, Hyperparameters, bool], torch.optim.Optimizer]] = {
    Optimizer.ADAMW: _adamw,
    Optimizer.ADAM: _adam,
    Optimizer.SGD: _sgd,
    Optimizer.ADAGRAD: _adagrad,
    Optimizer.RMSPROP: _rmsprop,
    Optimizer.ADAFACTOR: _adafactor,
    Optimizer.LION: _lion,
}
_FUSED_ON: dict[Optimizer, tuple[str, ...]] = {
    Optimizer.ADAMW: ("cpu", "cuda"),
    Optimizer.ADAM: ("cpu", "cuda"),
    Optimizer.SGD: ("cpu", "cuda"),
    Optimizer.ADAGRAD: ("cpu",),
}
