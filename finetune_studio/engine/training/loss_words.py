"""What makes the loss of training another one than that of validation, in words."""

from __future__ import annotations

from finetune_studio.engine.training.remembering import Remembered
from finetune_studio.project.choices import Balancing, Target
from finetune_studio.project.hyperparameters import Hyperparameters


def what_alters_the_loss(
    training: Hyperparameters, remembered: Remembered, kind: Target
) -> tuple[str, ...]:
    """Settings under which training loss and accuracy cannot be held against those of validation.

    What is told of a step is the loss of its samples alone: the pulls of L2-SP and distillation
    are not in it. But where these spare earlier labels, new samples are told apart among new ones.
    """
    if kind is Target.NUMBER:
        found = {"earlier samples": bool(remembered.replayed)}
    else:
        found = {
            "mixup": training.mixup > 0,
            "CutMix": training.cutmix > 0,
            "label smoothing": training.label_smoothing > 0,
            "focal loss": training.focal > 0,
            "balancing": training.balancing is not Balancing.OFF,
            "earlier samples": bool(remembered.replayed),
            "sparing earlier labels": remembered.spares_known(training),
        }
    return tuple(words for words, holds in found.items() if holds)
