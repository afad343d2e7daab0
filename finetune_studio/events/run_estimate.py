"""What a whole run takes: phase by phase, first epochs and later ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from finetune_studio.events.descriptions import ModelDescription
from finetune_studio.events.estimates import (
    FLOAT_BYTES,
    Estimate,
    estimate_paths,
)
from finetune_studio.events.layer_tree import head_parameters
from finetune_studio.project.adaptation import Adaptation, adaptation_of
from finetune_studio.project.choices import Task
from finetune_studio.project.frozen_reuse import whole_epochs
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.optimizer_memory import states_of
from finetune_studio.project.project import Project
from finetune_studio.project.timeline import Phase, phases, stretches

LOOKING = 1 / 3
"""A sample costs about a third as much to look at as to learn from."""

# Written, flushed and summed up: 97 ms for the last two blocks of MiniLM with AdamW, 43 MB.
_SAVED_BYTE_SECONDS = 2.2e-9


@dataclass(frozen=True)
class PhaseEstimate:
    """What a phase takes.

    Attributes:
        first, last: its epochs, counted from 1.
        whole: how many of them, from the first on, pass samples through the frozen layers too.
        cost: of a sample in it.
        twice: whether each sample is learned from twice in a step.
    """

    first: int
    last: int
    whole: int
    cost: Estimate
    twice: bool = False

    @property
    def seconds_per_sample(self) -> float:
        """Of one sample in all epochs of the phase."""
        again = self._once - self._epochs * self.cost.step_share if self.twice else 0.0
        return self._once + again

    @property
    def _epochs(self) -> int:
        return self.last - self.first + 1

    @property
    def _once(self) -> float:
        later = self.last - self.first + 1 - self.whole
        return (
            self.whole * self.cost.seconds_per_sample + later * self.cost.later_seconds_per_sample
        )

    @property
    def looking_seconds(self) -> float:
        """Of one sample of validation in all epochs of the phase."""
        return LOOKING * (self._once - self._epochs * self.cost.step_share)

    @property
    def stores(self) -> bool:
        """Whether later epochs of it find stored what the frozen layers say."""
        cost = self.cost
        spares = cost.later_seconds_per_sample < 0.95 * cost.seconds_per_sample
        return spares and self.whole <= self.last - self.first


@dataclass(frozen=True)
class RunEstimate:
    """What a run takes.

    Attributes:
        phases: in order; one where the same layers train all the time.
        end: the cost of what trains in the end.
        epoch_seconds: of an epoch beside its samples.
    """

    phases: tuple[PhaseEstimate, ...]
    epoch_seconds: float = 0.0

    @property
    def end(self) -> Estimate:
        """The cost of what trains in the end."""
        return self.phases[-1].cost

    @property
    def memory(self) -> int:
        """Bytes at the peak of the phase that takes most."""
        return max(phase.cost.memory for phase in self.phases)

    def seconds(self, train_samples: int, validation_samples: int = 0) -> float:
        """Of the whole run, unless it stops early."""
        learning = train_samples * sum(phase.seconds_per_sample for phase in self.phases)
        looking = validation_samples * sum(phase.looking_seconds for phase in self.phases)
        return learning + looking + self.phases[-1].last * self.epoch_seconds


def estimate_run(model: ModelDescription, project: Project, *, tokens: float = 0.0) -> RunEstimate:
    """Estimate a run of a project whose settings are all in force.

    ``tokens`` is the usual length of a text, padding included; 0 is that of the measured ones.
    """
    training = project.training
    found = phases(project.freeze, model.block_paths, training.epochs)
    adaptation = adaptation_of(training)
    costs = estimate_phases(model, found, project, tokens=tokens, adaptation=adaptation)
    return RunEstimate(costs, model.epoch_seconds + _saving(model, costs[-1].cost, training))


def _saving(model: ModelDescription, cost: Estimate, training: Hyperparameters) -> float:
    """Seconds to write the weights that train, and what the optimizer remembers, after an epoch."""
    if not model.epoch_seconds:
        return 0.0
    states = states_of(training, convolutions=not model.transformer)
    return _SAVED_BYTE_SECONDS * FLOAT_BYTES * cost.trainable * (1 + states)


def estimate_phases(
    model: ModelDescription,
    found: Sequence[Phase],
    project: Project,
    *,
    tokens: float = 0.0,
    adaptation: Adaptation | None = None,
) -> tuple[PhaseEstimate, ...]:
    """Estimate each phase of a run; with an ``adaptation`` as if adapters were in the model."""
    training = project.training
    lengths = stretches([phase.first for phase in found], training.epochs)
    costs = [
        estimate_paths(
            model,
            phase.paths,
            training.batch_size,
            tokens=tokens,
            adaptation=adaptation,
            states=states_of(training, convolutions=not model.transformer),
        )
        for phase in found
    ]
    misleads = project.task is Task.TEXT and training.adversarial > 0
    words = frozenset(model.block_paths[0])  # whose vectors can be moved where they learn
    heads = [head_parameters(model, phase.paths) for phase in found]
    return tuple(
        PhaseEstimate(
            first,
            last,
            whole_epochs(project, last - first + 1),
            cost.edited(memory=cost.memory + FLOAT_BYTES * _copied(training, cost, head)),
            twice=misleads and adaptation is None and words <= phase.paths,
        )
        for phase, cost, head, (first, last) in zip(found, costs, heads, lengths, strict=True)
    )


def _copied(training: Hyperparameters, cost: Estimate, head: int) -> int:
    """Weights that are held a second time: averaged, where they started, as they answered before.

    ``head`` is how many of those that train are the head's, which L2-SP pulls to zero.
    """
    average = cost.trainable if training.weight_average else 0
    start = cost.trainable - head if training.l2_sp else 0
    before = cost.trainable if training.distillation else 0
    return average + start + before
