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
