"""What one decision means for the others: pure functions from a project to the one in force."""

from __future__ import annotations

from finetune_studio.events import facts as told
from finetune_studio.events.descriptions import DataReport
from finetune_studio.project.facts import Facts, facts_for
from finetune_studio.project.project import Project
from finetune_studio.project.recommendation import fill_recommended


def settled(project: Project, facts: Facts) -> Project:
    """A project with everything in it that follows from something else.

    The task follows the model; every hyperparameter that is not pinned follows the recommendation.
    What another model means for the layers is decided with it, in `project/choosing.py`.
    """
    if project.model is not None and project.model.task is not project.task:
        project = project.edited(task=project.model.task)
    return fill_recommended(project, facts)


def facts_of(project: Project, report: DataReport | None) -> Facts:
    """What the recommendation may rest on, from what is known so far."""
    if report is None:
        return facts_for(project, 0, ())
    return told.facts_of(project, report)
