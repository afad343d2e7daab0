"""The rule for each step."""

from __future__ import annotations

from finetune_studio.project.choices import Optimizer
from finetune_studio.project.settings.declare import setting
from finetune_studio.project.value import Value


class OptimizerSettings(Value):
    """The rule for each step."""

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
    momentum: float = setting(
        0.9,
        "Momentum",
        "How much of the last step carries into the next; only SGD uses it.",
        "Optimizer",
        ge=0,
        lt=1,
        advanced=True,
        only={"optimizer": ["sgd"]},
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
