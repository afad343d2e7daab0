"""Lowering the learning rate when validation stops improving."""

from __future__ import annotations

from finetune_studio.project.choices import Schedule
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.value import Value


class Plateau(Value):
    """What is remembered between epochs; part of every checkpoint.

    Attributes:
        factor: what the learning rate is multiplied with now.
        bar: the score that the next improvement is measured against; ``None`` before the first.
        waited: epochs since the last improvement or the last fall of the rate.
    """

    factor: float = 1.0
    bar: float | None = None
    waited: int = 0

    def after(self, score: float, training: Hyperparameters) -> Plateau:
        """What is remembered once another epoch was validated; nothing in other schedules.

        Like PyTorch's ``ReduceLROnPlateau`` with an absolute threshold of ``min_change``, whose
        ``patience`` is one less: ours is the number of epochs after which the rate falls.
        """
        if training.schedule is not Schedule.PLATEAU:
            return self
        if self.bar is None or score > self.bar + training.min_change:
            return Plateau(factor=self.factor, bar=score)
        if self.waited + 1 >= training.plateau_patience:
            return Plateau(factor=self.factor * training.plateau_factor, bar=self.bar)
        return self.edited(waited=self.waited + 1)
