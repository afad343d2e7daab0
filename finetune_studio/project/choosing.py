"""What choosing a model decides along with it."""

from __future__ import annotations

from finetune_studio.project.choices import FreezePreset, Task, Unfreezing
from finetune_studio.project.freeze_plan import FreezePlan
from finetune_studio.project.handing_on import cleaning_after
from finetune_studio.project.project import ModelChoice, Project


def recommended_plan(task: Task) -> FreezePlan:
    """How deep training goes unless the user says otherwise.

    Features of a network pretrained on pictures tell new pictures apart as they are (Kornblith et
    al., "Do Better ImageNet Models Transfer Better?", 2019), so the head alone is a good start. A
    language model's do so much less: BERT was made to be tuned as a whole (Devlin et al., 2019).
    """
    preset = FreezePreset.HEAD if task is Task.IMAGE else FreezePreset.EVERYTHING
    return FreezePlan(preset=preset)


def with_model(project: Project, choice: ModelChoice) -> Project:
    """The project with another model.

    Layers ticked by hand belong to the old model, and a plan for pictures is none for texts; both
    go back to what is recommended. Any other plan is kept, but for the epochs set for the old
    model's blocks. Texts are cleaned as the run did whose model is chosen.
    """
    keeps = project.model is not None and project.task is choice.task
    if keeps and project.freeze.preset is not FreezePreset.CUSTOM:
        plan = project.freeze
        if plan.unfreezing is Unfreezing.CUSTOM:
            plan = plan.edited(unfreezing=Unfreezing.NONE, wakes=())
    else:
        plan = recommended_plan(choice.task)
    return project.edited(
        model=choice,
        task=choice.task,
        freeze=plan,
        cleaning=cleaning_after(project, choice),
    )
