"""The rule for each step, and how large steps are in each part of the model."""

from __future__ import annotations

from finetune_studio.project.choices import Optimizer
from finetune_studio.project.settings.declare import setting
from finetune_studio.project.value import Value


class OptimizerSettings(Value):
    """The rule for each step, and how large steps are in each part of the model."""

    optimizer: Optimizer = setting(
        Optimizer.ADAMW,
        "Optimizer",
        "The rule for each step. AdamW is right unless a recipe says otherwise.",
        "Optimizer",
    )
    learning_rate: float = setting(
        1e-3,
        "Learning rate",
        "The size of a step. Lower it when the loss jumps, raise it when it hardly falls.",
        "Optimizer",
        gt=0,
        le=10,
        scale="log",
    )
    rate_decay: float = setting(
        1.0,
        "Rate decay per block",
        "Each block learns so many times slower than the one above it. 1 is the same rate "
        "everywhere; 2.6 keeps more of what low blocks know.",
        "Optimizer",
        ge=1,
        le=100,
        step=0.2,
    )
    head_rate: float = setting(
        1.0,
        "Head rate",
        "What the head's learning rate is multiplied with. Above 1 the new head catches up faster.",
        "Optimizer",
        gt=0,
        le=1000,
        scale="log",
        advanced=True,
    )
    momentum: float = setting(
        0.9,
        "Momentum",
        "How much of the last step carries into the next. Lower it when the loss swings.",
        "Optimizer",
        ge=0,
        lt=1,
        advanced=True,
        only={"optimizer": ["adamw", "adam", "sgd", "rmsprop", "lion"]},
    )
    nesterov: bool = setting(
        False,
        "Nesterov momentum",
        "Looks ahead along the momentum before each step. Often a little faster.",
        "Optimizer",
        advanced=True,
        only={"optimizer": ["sgd"]},
    )
    second_momentum: float = setting(
        0.999,
        "Second momentum",
        "How long the size of past gradients is remembered. Lower it for very short runs.",
        "Optimizer",
        ge=0,
        lt=1,
        step=0.001,
        advanced=True,
        only={"optimizer": ["adamw", "adam", "rmsprop", "lion"]},
    )
    epsilon: float = setting(
        1e-8,
        "Epsilon",
        "Keeps steps finite where gradients vanish. Raise it when steps jump with float16.",
        "Optimizer",
        gt=0,
        le=1,
        scale="log",
        advanced=True,
        only={"optimizer": ["adamw", "adam", "rmsprop"]},
    )
    weight_decay: float = setting(
        0.01,
        "Weight decay",
        "Pulls weights toward zero. Raise it when training outruns validation.",
        "Optimizer",
        ge=0,
        le=1,
        scale="log",
    )
    gradient_clip: float = setting(
        1.0,
        "Gradient clipping",
        "Caps the length of the gradient, so that one bad batch cannot wreck the run. 0 is off.",
        "Optimizer",
        ge=0,
        le=1000,
        advanced=True,
    )
