"""How much work a run is, in steps that pass the whole network."""

from __future__ import annotations

from finetune_studio.project.freeze_plan import first_training
from finetune_studio.project.frozen_reuse import whole_epochs
from finetune_studio.project.project import Project
from finetune_studio.project.timeline import phases, stretches


def work_steps(project: Project, blocks: tuple[tuple[str, ...], ...], steps: int) -> float:
    """As many steps of the whole network as take about as long as the run.

    Args:
        project: everything decided.
        blocks: the module paths of each block of the model.
        steps: of one epoch.
    """
    epochs = project.training.epochs
    found = phases(project.freeze, blocks, epochs)
    work = 0.0
    for phase, (first, last) in zip(
        found, stretches([phase.first for phase in found], epochs), strict=True
    ):
        length = last - first + 1
        once = whole_epochs(project, length)
        behind = 1.0 - first_training(phase.paths, blocks) / len(blocks)
        work += once + (length - once) * behind
    return steps * work
