"""How often samples pass the frozen layers of a run."""

from __future__ import annotations

from finetune_studio.project.choices import Task
from finetune_studio.project.project import Project
from finetune_studio.project.text_variation import text_variation_of
from finetune_studio.project.variation import variation_of


def whole_epochs(project: Project, epochs: int) -> int:
    """Of so many epochs in a row with the same frozen layers, in how many these are computed.

    In the others what they say is taken from where it was stored. Whether the network can be
    divided at all is not known here.
    """
    training = project.training
    mixed = project.task is Task.IMAGE and (training.mixup or training.cutmix)
    varied, views = _varied(project)
    if mixed or not training.reuse_frozen or epochs == 1 or (varied and not views):
        return epochs
    return min(epochs, views) if varied else 1


def _varied(project: Project) -> tuple[bool, int]:
    """Whether training samples are varied, and how many variations are taken in turn."""
    training = project.training
    if project.task is Task.IMAGE:
        return variation_of(training) is not None, training.augmented_views
    return text_variation_of(training) is not None, training.text_views
