from __future__ import annotations

import pytest

from finetune_studio.project.checks import Step, missing_for
from finetune_studio.project.choices import ModelSource, Task
from finetune_studio.project.project import DataChoice, ModelChoice, Project

MODEL = ModelChoice(id="a/b", source=ModelSource.TIMM, task=Task.IMAGE, title="B")


def open_steps(project: Project, finished_runs: int = 0) -> list[Step]:
    return [step for step in Step if not missing_for(step, project, finished_runs=finished_runs)]


def test_a_new_project_begins_with_its_model() -> None:
    assert open_steps(Project()) == [Step.MODEL]


def test_each_decision_opens_what_comes_next() -> None:
    with_model = Project(model=MODEL)
    with_data = with_model.edited(data=DataChoice(path="x"))
    assert open_steps(with_model) == [Step.MODEL, Step.DATA]
    assert open_steps(with_data) == list(Step)[: Step.TRAINING + 1]
    assert open_steps(with_data, finished_runs=1) == list(Step)


@pytest.mark.parametrize("step", list(Step)[1:])
def test_what_is_missing_is_said(step: Step) -> None:
    assert missing_for(step, Project(), finished_runs=0) == "Choose a model to go on"
