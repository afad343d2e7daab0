"""How much each optimizer remembers of every weight it updates."""

from __future__ import annotations

from finetune_studio.project.choices import Optimizer
from finetune_studio.project.settings.optimizing import OptimizerSettings

_STATES = {
    Optimizer.ADAMW: 2,
    Optimizer.ADAM: 2,
    Optimizer.SGD: 0,
    Optimizer.ADAGRAD: 1,
    Optimizer.RMSPROP: 1,
    Optimizer.ADAFACTOR: 0,
    Optimizer.LION: 1,
}
_MOMENTUM_APART = (Optimizer.SGD, Optimizer.RMSPROP)


# Adafactor remembers a row and a column of each matrix. A convolution is many small ones: 0.7
# numbers a weight in ResNet-18, 1.2 in ResNet-50, 1.4 in EfficientNet-Lite0.
_FACTORED_CONVOLUTIONS = 1


def states_of(training: OptimizerSettings, *, convolutions: bool) -> int:
    """Numbers that are remembered of each weight, beside its gradient.

    ``convolutions`` is whether the weights are those of convolutions for the most part.
    """
    if convolutions and training.optimizer is Optimizer.ADAFACTOR:
        return _FACTORED_CONVOLUTIONS
    momentum = training.momentum > 0 and training.optimizer in _MOMENTUM_APART
    return _STATES[training.optimizer] + momentum
