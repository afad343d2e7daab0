"""The learning rate of every step of a run."""

from __future__ import annotations

from dataclasses import dataclass

from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.schedule_curve import learning_rate_factor


@dataclass(frozen=True)
class RatePlan:
    """The learning rates of one run; a pure function of the step, so nothing has to be saved."""

    training: Hyperparameters
    steps_per_epoch: int

    @property
    def steps(self) -> int:
        """Optimizer updates of the whole run."""
        return self.steps_per_epoch * self.training.epochs

    def rate(self, step: int) -> float:
        """The learning rate of a step, counted from 1 over the whole run."""
        factor = learning_rate_factor(
            self.training.schedule,
            step,
            self.steps,
            self.training.warmup,
            self.steps_per_epoch,
            self.training.step_every,
            self.training.step_factor,
        )
        return self.training.learning_rate * factor
