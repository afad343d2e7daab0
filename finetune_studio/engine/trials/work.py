"""How much work a run is, in steps that pass the whole network."""

from __future__ import annotations

from finetune_studio.project.choices import Augmentation, Task
from finetune_studio.project.freeze_plan import frost_line
from finetune_studio.project.project import Project


def work_steps(project: Project, blocks: tuple[tuple[str, ...], ...], steps: int) -> float:
    """As many steps of the whole network as take about as long as the run.

    Args:
        project: everything decided.
        blocks: the module paths of each block of the model.
        steps: of one epoch.
    """
    epochs = project.training.epochs
    once = min(epochs, _whole_epochs(project))
    behind = 1.0 - frost_line(project.freeze, blocks) / len(blocks)
    return steps * (once + (epochs - once) * behind)


def _whole_epochs(project: Project) -> int:
    """Epochs in which samples pass the frozen layers, as far as they can be told apart."""
    training = project.training
    varied = project.task is Task.IMAGE and training.augmentation is not Augmentation.OFF
    if not training.reuse_frozen or (varied and not training.augmented_views):
        return training.epochs
    return training.augmented_views if varied else 1
