"""Losses of several labels and of numbers, against PyTorch and by what they do."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from finetune_studio.engine.model.outputs import Outputs, plain_losses, standardised
from finetune_studio.engine.training.criterion import LabelLoss
from finetune_studio.engine.training.target_losses import (
    QuantityLoss,
    SeveralLabelsLoss,
    loss_for,
    presence_weights,
    refuse_unfit,
)
from finetune_studio.project.choices import Balancing, Metric, NumberLoss, Target
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.problems import ProblemError

LOGITS = torch.tensor([[2.0, -1.0, 0.3], [0.1, 0.2, -3.0]])
TARGETS = torch.tensor([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]])


def test_several_labels_cost_binary_cross_entropy_each() -> None:
    expected = functional.binary_cross_entropy_with_logits(LOGITS, TARGETS, reduction="none")
    assert torch.allclose(SeveralLabelsLoss()(LOGITS, TARGETS), expected.mean(1))
    assert torch.allclose(plain_losses(LOGITS, TARGETS), expected.mean(1))
    weights = torch.tensor([1.0, 3.0, 2.0])
    weighted = functional.binary_cross_entropy_with_logits(
        LOGITS, TARGETS, reduction="none", pos_weight=weights
    )
    assert torch.allclose(SeveralLabelsLoss(weights)(LOGITS, TARGETS), weighted.mean(1))


def test_focal_counts_sure_answers_less_and_smoothing_wants_less() -> None:
    sure = torch.tensor([[6.0, -6.0, 6.0], [-6.0, 6.0, -6.0]])
    plain, focal = SeveralLabelsLoss(), SeveralLabelsLoss(focal=2.0)
    assert (focal(sure, TARGETS) / plain(sure, TARGETS)).max() < 1e-3
    assert (focal(-sure, TARGETS) / plain(-sure, TARGETS)).min() > 0.9
    smoothed = SeveralLabelsLoss(smoothing=0.2)
    assert (smoothed(sure, TARGETS) > plain(sure, TARGETS)).all()


def test_right_is_the_f1_of_each_sample() -> None:
    logits = torch.tensor([[5.0, -5.0, -5.0], [-5.0, -5.0, -5.0], [5.0, 5.0, 5.0]])
    targets = torch.tensor([[1.0, 0.0, 1.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    assert SeveralLabelsLoss().right(logits, targets).tolist() == pytest.approx([2 / 3, 1.0, 0.0])


def test_numbers_cost_their_square_and_huber_pulls_outliers_less() -> None:
    logits, targets = torch.tensor([[0.5], [4.0]]), torch.tensor([0.0, 0.0])
    assert QuantityLoss()(logits, targets).tolist() == [0.25, 16.0]
    assert QuantityLoss(huber=1.0)(logits, targets).tolist() == pytest.approx([0.25, 7.0])
    assert QuantityLoss(spread=10.0).right(logits, targets).tolist() == [5.0, 40.0]


def test_the_loss_follows_what_is_learned() -> None:
    settings = Hyperparameters(number_loss=NumberLoss.HUBER, huber_from=2.0)
    number = loss_for(Outputs(kind=Target.NUMBER, spread=3.0), settings)
    assert isinstance(number, QuantityLoss)
    assert (number.spread, number.huber) == (3.0, 2.0)
    assert isinstance(loss_for(Outputs(), settings), LabelLoss)
    assert isinstance(loss_for(Outputs(kind=Target.LABELS), settings, (3, 4), 9), SeveralLabelsLoss)


def test_weights_make_presence_and_absence_even() -> None:
    weights = presence_weights(Hyperparameters(balancing=Balancing.WEIGHTS), (10, 50), 100)
    assert weights is not None
    assert weights.tolist() == pytest.approx([9.0, 1.0])
    assert presence_weights(Hyperparameters(), (10, 50), 100) is None
    milder = presence_weights(Hyperparameters(balancing=Balancing.EFFECTIVE), (10, 50), 100)
    assert milder is not None
    assert 1.0 < float(milder[0]) < 9.0


@pytest.mark.parametrize(
    ("kind", "setting", "name"),
    [
        (Target.NUMBER, {"mixup": 0.2}, "mixup"),
        (Target.NUMBER, {"label_smoothing": 0.1}, "label_smoothing"),
        (Target.NUMBER, {"balancing": Balancing.WEIGHTS}, "balancing"),
        (Target.NUMBER, {"best_metric": Metric.VAL_MACRO_F1}, "best_metric"),
        (Target.LABELS, {"balancing": Balancing.SAMPLING}, "balancing"),
        (Target.LABELS, {"best_metric": Metric.VAL_MAE}, "best_metric"),
        (Target.LABELS, {"best_metric": Metric.VAL_BALANCED_ACCURACY}, "best_metric"),
        (Target.LABEL, {"best_metric": Metric.VAL_RMSE}, "best_metric"),
        (Target.LABEL, {"best_metric": Metric.VAL_MICRO_F1}, "best_metric"),
    ],
)
def test_what_does_not_apply_is_refused_by_name(
    kind: Target, setting: dict[str, object], name: str
) -> None:
    fit = {"best_metric": Metric.VAL_MAE if kind is Target.NUMBER else Metric.VAL_ACCURACY}
    refuse_unfit(Hyperparameters(**fit), kind)
    with pytest.raises(ProblemError) as caught:
        refuse_unfit(Hyperparameters(**{**fit, **setting}), kind)
    assert caught.value.problem.where == f"training.{name}"


def test_targets_are_made_of_labels_and_undone() -> None:
    several = Outputs(kind=Target.LABELS).targets(["a | c", "", "b"], ("a", "b", "c"))
    assert several.tolist() == [[1, 0, 1], [0, 0, 0], [0, 1, 0]]
    assert Outputs().targets(["b", "a"], ("a", "b")).tolist() == [1, 0]
    outputs = standardised([10.0, 20.0, 30.0], "kg")
    numbers = outputs.targets(["10", "20", "30"], ("weight",))
    assert numbers.mean() == pytest.approx(0.0, abs=1e-6)
    assert numbers.std(correction=0) == pytest.approx(1.0)
    assert outputs.told(numbers[:, None])[:, 0].tolist() == pytest.approx([10.0, 20.0, 30.0])
    assert standardised([5.0, 5.0], "").spread == 1.0
    with pytest.raises(KeyError):
        Outputs(kind=Target.LABELS).targets(["x"], ("a",))
