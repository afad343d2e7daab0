from __future__ import annotations

import pytest

from finetune_studio.project.choices import FreezePreset, Optimizer
from finetune_studio.project.problems import Problem, ProblemError
from finetune_studio.project.project import DataChoice, Project
from finetune_studio.project.settings_path import with_setting


def problem_of(assignment: str, project: Project | None = None) -> Problem:
    with pytest.raises(ProblemError) as caught:
        with_setting(project or Project(), assignment)
    return caught.value.problem


def test_a_hyperparameter_set_by_name_is_pinned_once() -> None:
    project = with_setting(Project(), "training.epochs=3")
    project = with_setting(project, " training.epochs = 4 ")
    assert project.training.epochs == 4
    assert project.pinned == ("epochs",)


def test_text_becomes_the_kind_of_value_the_setting_has() -> None:
    project = Project(data=DataChoice(path="x"))
    for assignment in (
        "training.optimizer=sgd",
        "training.learning_rate=2e-5",
        "freeze.preset=custom",
        "freeze.trainable=head,encoder.layer.5",
        "data.text_column=review = text",
    ):
        project = with_setting(project, assignment)
    assert project.training.optimizer is Optimizer.SGD
    assert project.training.learning_rate == 2e-5
    assert project.freeze.preset is FreezePreset.CUSTOM
    assert project.freeze.trainable == ("head", "encoder.layer.5")
    assert project.data is not None
    assert project.data.text_column == "review = text"
    assert project.pinned == ("optimizer", "learning_rate")


@pytest.mark.parametrize("assignment", ["training.epochs", "epochs=3", "=", "", "training.=3"])
def test_what_is_no_assignment_is_explained(assignment: str) -> None:
    assert problem_of(assignment).code == "setting_syntax"


def test_a_misspelt_setting_is_met_with_the_nearest() -> None:
    problem = problem_of("training.epoch=3")
    assert problem.code == "setting_unknown"
    assert problem.remedy == "Did you mean epochs?"
    assert problem_of("trainin.epochs=3").remedy == "Did you mean training?"


@pytest.mark.parametrize(
    "assignment",
    ["training.epochs=0", "training.epochs=three", "training.optimizer=tiger", "split.test=2"],
)
def test_a_value_out_of_bounds_names_setting_and_value(assignment: str) -> None:
    problem = problem_of(assignment)
    assert problem.code == "setting_value"
    name, _, value = assignment.partition("=")
    assert problem.where == name
    assert value in problem.what


def test_shares_that_leave_nothing_to_train_on_are_refused() -> None:
    assert problem_of("split.validation=0.8", with_setting(Project(), "split.test=0.5"))


def test_data_settings_need_data_first() -> None:
    assert problem_of("data.label_column=y").code == "setting_too_early"
