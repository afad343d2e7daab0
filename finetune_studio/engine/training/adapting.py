"""The phases of a run whose pretrained layers get adapters instead of training themselves."""

from __future__ import annotations

from collections.abc import Sequence

from finetune_studio.engine.model.adapters import adapt, nothing_to_adapt, planned, trained_paths
from finetune_studio.engine.model.bundle import ModelBundle
from finetune_studio.engine.progress import Emit
from finetune_studio.events.events import ProblemFound
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.timeline import Phase


def with_adapters(
    bundle: ModelBundle, phases: Sequence[Phase], training: Hyperparameters, emit: Emit
) -> tuple[Phase, ...]:
    """Put adapters where they are wanted, and give the phases with what then trains.

    A model of a run that goes on has its adapters already.
    """
    ever = phases[-1].paths
    if bundle.adapters is None:
        record = planned(bundle, ever, training)
        if record is None:
            return tuple(phases)
        adapt(bundle, record, training.seed)
    if problem := nothing_to_adapt(bundle, ever):
        emit(ProblemFound(problem=problem))
    return tuple(Phase(phase.first, trained_paths(bundle, phase.paths)) for phase in phases)
