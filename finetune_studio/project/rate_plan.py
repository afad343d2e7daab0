"""The learning rate and the momentum of every step of a run."""

from __future__ import annotations

from dataclasses import dataclass

from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.schedule_curve import learning_rate_factor, momentum_swing
from finetune_studio.project.timeline import within_stretch


@dataclass(frozen=True)
class RatePlan:
    """The learning rates of one run.

    Attributes:
        training: the settings.
        steps_per_epoch: optimizer updates.
        scale: what every rate is multiplied with from now on. The one thing here that does not
            follow from the step, so whoever changes it has to save it.
        restarts: the epochs in which the schedule begins, ascending from 1.
    """

    training: Hyperparameters
    steps_per_epoch: int
    scale: float = 1.0
    restarts: tuple[int, ...] = (1,)

    @property
    def steps(self) -> int:
        """Optimizer updates of the whole run."""
        return self.steps_per_epoch * self.training.epochs

    def rate(self, step: int) -> float:
        """The learning rate of a step, counted from 1 over the whole run."""
        within, steps = self._within_stretch(step)
        factor = learning_rate_factor(self.training, within, steps, self.steps_per_epoch)
        return self.training.learning_rate * factor * self.scale

    def momentum(self, step: int) -> float | None:
        """The momentum of a step; ``None`` where it is the same all the time."""
        swing = momentum_swing(self.training, *self._within_stretch(step))
        if swing is None or not self.training.momentum:
            return None
        return min(max(self.training.momentum + swing, 0.0), 0.999)

    def _within_stretch(self, step: int) -> tuple[int, int]:
        """Which step of its schedule a step is, and of how many."""
        return within_stretch(self.restarts, self.training.epochs, self.steps_per_epoch, step)
