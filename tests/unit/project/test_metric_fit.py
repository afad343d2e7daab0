from __future__ import annotations

import pytest

from finetune_studio.project.choices import Metric, Target
from finetune_studio.project.metric_fit import fitting
from finetune_studio.project.problems import ProblemError
from finetune_studio.project.project import DataChoice, Project
from finetune_studio.project.settings_path import with_settings

SEVERAL = "val_accuracy, val_macro_f1, val_weighted_f1, val_loss, val_micro_f1"


def project(target: Target | None) -> Project:
    return Project(data=DataChoice(path="/data.csv", target=target))


def test_only_what_is_measured_fits() -> None:
    assert ", ".join(fitting(Target.LABELS)) == SEVERAL
    assert fitting(Target.NUMBER) == (Metric.VAL_LOSS, Metric.VAL_MAE, Metric.VAL_RMSE)
    assert Metric.VAL_BALANCED_ACCURACY in fitting(Target.LABEL)
    assert Metric.VAL_MICRO_F1 not in fitting(Target.LABEL)


@pytest.mark.parametrize("metric", ["val_mae", "val_balanced_accuracy"])
def test_a_metric_that_does_not_fit_is_refused_with_those_that_do(metric: str) -> None:
    with pytest.raises(ProblemError) as caught:
        with_settings(project(Target.LABELS), [f"training.best_metric={metric}"])
    assert caught.value.problem.remedy == f"Choose one of {SEVERAL}."


def test_a_metric_that_does_not_exist_is_refused_with_those_that_fit() -> None:
    with pytest.raises(ProblemError) as caught:
        with_settings(project(Target.NUMBER), ["training.best_metric=accuracy"])
    assert caught.value.problem.why == "It is one of val_loss, val_mae, val_rmse."


def test_what_is_learned_may_be_said_after_the_metric() -> None:
    settings = ["training.best_metric=val_mae", "data.target=number"]
    assert with_settings(project(Target.LABEL), settings).training.best_metric == "val_mae"


def test_while_nobody_knows_what_is_learned_nothing_is_refused() -> None:
    chosen = with_settings(project(None), ["training.best_metric=val_rmse"])
    assert chosen.training.best_metric is Metric.VAL_RMSE


def test_a_metric_that_nobody_chose_is_no_trouble() -> None:
    assert with_settings(project(Target.NUMBER), ["training.epochs=3"]).training.epochs == 3
