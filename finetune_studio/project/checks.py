"""What still has to be decided before a step can be entered, in words for the footer."""

from __future__ import annotations

from enum import IntEnum

from finetune_studio.project.project import Project


class Step(IntEnum):
    """The seven pages, in order."""

    MODEL = 0
    DATA = 1
    LAYERS = 2
    HYPERPARAMETERS = 3
    TRAINING = 4
    EVALUATION = 5
    EXPORT = 6


def missing_for(step: Step, project: Project, *, finished_runs: int) -> str:
    """Why a step cannot be entered yet; empty when it can.

    Args:
        step: the page to be entered.
        project: what is decided so far.
        finished_runs: how many runs can be evaluated and exported.
    """
    if step > Step.MODEL and project.model is None:
        return "Choose a model to go on"
    if step > Step.DATA and project.data is None:
        return "Choose your data to go on"
    if step > Step.TRAINING and finished_runs == 0:
        return "Train once to go on"
    return ""
