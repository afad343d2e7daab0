"""What keeps a model from learning its samples by heart."""

from __future__ import annotations

from finetune_studio.project.settings.declare import setting
from finetune_studio.project.value import Value


class RegularizationSettings(Value):
    """What keeps a model from learning its samples by heart."""

    dropout: float = setting(
        0.1,
        "Dropout",
        "The share of features hidden from the head at each step; against overfitting.",
        "Regularization",
        ge=0,
        le=0.9,
    )
    label_smoothing: float = setting(
        0.0,
        "Label smoothing",
        "Keeps the model from being too sure. 0.1 helps when labels are noisy.",
        "Regularization",
        ge=0,
        le=0.5,
        advanced=True,
    )
    backbone_dropout: float = setting(
        -1.0,
        "Backbone dropout",
        "The share of features hidden inside the pretrained layers that train. -1 keeps what the "
        "model was pretrained with.",
        "Regularization",
        ge=-1,
        le=0.9,
        advanced=True,
    )
    stochastic_depth: float = setting(
        -1.0,
        "Stochastic depth",
        "How often the last of the layers that train is passed over at random, earlier ones less "
        "often. Not every model has it; -1 keeps the model's own.",
        "Regularization",
        ge=-1,
        le=0.9,
        task="image",
        advanced=True,
    )
    mixup: float = setting(
        0.0,
        "Mixup",
        "Lays pictures of a batch over one another: 0.2 is usual, 0 is off. Needs many epochs, and "
        "frozen layers are then computed anew each time.",
        "Regularization",
        ge=0,
        le=10,
        step=0.1,
        task="image",
        advanced=True,
    )
    cutmix: float = setting(
        0.0,
        "CutMix",
        "Puts a piece of one picture into another: 1 is usual, 0 is off. Needs many epochs, and "
        "frozen layers are then computed anew each time.",
        "Regularization",
        ge=0,
        le=10,
        step=0.1,
        task="image",
        advanced=True,
    )
    l2_sp: float = setting(
        0.0,
        "L2-SP",
        "Pulls pretrained weights that train toward where they started, in place of weight decay. "
        "0.01 to 0.1 keeps more of what the model knew; 0 is off.",
        "Regularization",
        ge=0,
        le=100,
        step=0.01,
        advanced=True,
    )
    l2_sp_head: float = setting(
        0.01,
        "L2-SP of the head",
        "Pulls the head's weights toward zero while L2-SP is on.",
        "Regularization",
        ge=0,
        le=100,
        step=0.01,
        advanced=True,
    )
    weight_average: float = setting(
        0.0,
        "Weight average",
        "Validates and keeps a moving average of the weights: 0.99 for hundreds of steps, 0.999 "
        "for thousands. 0 is off.",
        "Regularization",
        ge=0,
        lt=1,
        step=0.001,
        advanced=True,
    )
