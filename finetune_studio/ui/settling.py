"""What one decision means for the others: pure functions from a project to the one in force."""

from __future__ import annotations

from finetune_studio.events.descriptions import DataReport
from finetune_studio.project.choices import FreezePreset
from finetune_studio.project.choosing import recommended_plan
from finetune_studio.project.project import Project
from finetune_studio.project.recommendation import Facts, facts_for, fill_recommended


def settled(before: Project, after: Project, facts: Facts) -> Project:
    """The edited project with everything in it that follows from something else.

    The task follows the model; layers picked one by one in another model mean nothing in this
    one; every hyperparameter that is not pinned follows the recommendation.
    """
    if after.model is not None and after.model.task is not after.task:
        after = after.edited(task=after.model.task)
    if after.model != before.model and after.freeze.preset is FreezePreset.CUSTOM:
        after = after.edited(freeze=recommended_plan(after.task))
    return fill_recommended(after, facts)


def facts_of(project: Project, report: DataReport | None) -> Facts:
    """What the recommendation may rest on, from what is known so far."""
    if report is None:
        return facts_for(project, 0, ())
    return facts_for(project, report.train_samples, (label.count for label in report.labels))
