"""The phases of a run: what trains in them, and what batches pass meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from finetune_studio.engine.compute import Compute
from finetune_studio.engine.data.loaders import Batches
from finetune_studio.engine.model.freezing import freeze
from finetune_studio.engine.prefix.plan import Route, plan_route
from finetune_studio.engine.progress import Emit
from finetune_studio.engine.stopping import StopRequested
from finetune_studio.events.descriptions import PhaseDescription
from finetune_studio.project.freeze_plan import covers
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.timeline import Phase, phase_at, stretches

if TYPE_CHECKING:
    from finetune_studio.engine.model.bundle import ModelBundle


@dataclass(frozen=True)
class RunPhases:
    """What trains from which epoch on, and the routes of batches.

    Attributes:
        all: in order; what trains in the last is everything that ever trains.
        train, validation: whole batches, from samples.
        cache: folder of the project's cache.
        kept: the file of what was decided on the frozen layers.
        emit: hears of every decision on the frozen layers.
        stop_requested: asked while frozen layers are computed.
    """

    all: tuple[Phase, ...]
    bundle: ModelBundle
    compute: Compute
    training: Hyperparameters
    train: Batches
    validation: Batches
    cache: Path
    kept: Path
    emit: Emit
    stop_requested: StopRequested

    @property
    def firsts(self) -> tuple[int, ...]:
        """The first epoch of each phase."""
        return tuple(phase.first for phase in self.all)

    @property
    def ever(self) -> frozenset[str]:
        """The module paths of everything that ever trains."""
        return self.all[-1].paths

    def at(self, epoch: int) -> Phase:
        """The phase an epoch lies in."""
        return phase_at(self.all, epoch)

    def freeze(self, phase: Phase) -> None:
        """Let exactly what belongs to a phase train."""
        freeze(self.bundle.module, phase.paths)

    def route(self, phase: Phase) -> Route:
        """Divide the network where the phase's first trainable layer is; tell what was decided.

        The module holds the weights it will be trained with: stored values are named by them.
        """
        lengths = {first: last - first + 1 for first, last in self._stretches()}
        return plan_route(
            self.bundle,
            phase.paths,
            self.compute,
            self.training,
            self.train,
            self.validation,
            cache=self.cache,
            emit=self.emit,
            stop_requested=self.stop_requested,
            epochs=lengths[phase.first],
            first_epoch=phase.first,
            kept=self.kept,
        )

    def _stretches(self) -> tuple[tuple[int, int], ...]:
        return stretches(self.firsts, self.training.epochs)


def described(phases: Sequence[Phase], bundle: ModelBundle) -> tuple[PhaseDescription, ...]:
    """The phases for those who watch; none where the same layers train all the time."""
    if len(phases) == 1:
        return ()
    found, awake = [], set[str]()
    for phase in phases:
        names = [name for name, _ in bundle.module.named_parameters() if covers(phase.paths, name)]
        woken = set(names) - awake
        awake.update(names)
        found.append(
            PhaseDescription(
                first_epoch=phase.first,
                woken=tuple(
                    block.name
                    for block in reversed(bundle.blocks)
                    if any(covers(block.paths, name) for name in woken)
                ),
                trainable=sum(bundle.module.get_parameter(name).numel() for name in names),
            )
        )
    return tuple(found)
