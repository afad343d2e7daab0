from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from finetune_studio.engine.training.criterion import LabelLoss, label_loss, label_weights
from finetune_studio.engine.training.optimizer import build_optimizer
from finetune_studio.engine.training.step import Stepper
from finetune_studio.project.choices import Balancing, Optimizer
from finetune_studio.project.hyperparameters import Hyperparameters
from tests.unit.engine.training.tiny import BLOCKS, CPU, TinyBatch, TinyBatches, tiny_net

WEIGHTS = torch.tensor([0.5, 1.0, 4.0])
PLAIN = Hyperparameters(optimizer=Optimizer.SGD, learning_rate=0.1, weight_decay=0, momentum=0)


def answers() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(3)
    logits = torch.randn(6, 3, generator=generator, requires_grad=True)
    return logits, torch.tensor([0, 1, 2, 2, 0, 1])


@pytest.mark.parametrize("weights", [None, WEIGHTS])
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_without_focal_it_is_pytorchs_cross_entropy(
    weights: Tensor | None, smoothing: float
) -> None:
    logits, targets = answers()
    expected = functional.cross_entropy(
        logits, targets, weights, reduction="none", label_smoothing=smoothing
    )
    torch.testing.assert_close(LabelLoss(weights, smoothing)(logits, targets), expected)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_focal_of_nearly_zero_is_cross_entropy(smoothing: float) -> None:
    logits, targets = answers()
    plain, nearly = LabelLoss(WEIGHTS, smoothing), LabelLoss(WEIGHTS, smoothing, focal=1e-9)
    torch.testing.assert_close(nearly(logits, targets), plain(logits, targets))


def test_focal_is_the_formula_of_its_paper() -> None:
    logits, targets = answers()
    p = logits.softmax(1).gather(1, targets[:, None])[:, 0]
    expected = -WEIGHTS[targets] * (1 - p) ** 2 * p.log()
    torch.testing.assert_close(LabelLoss(WEIGHTS, focal=2.0)(logits, targets), expected)


def test_focal_lets_easy_samples_fade_faster_than_hard_ones() -> None:
    logits = torch.tensor([[4.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    targets = torch.tensor([0, 0])
    easy, hard = (LabelLoss(focal=2.0)(logits, targets) / LabelLoss()(logits, targets)).tolist()
    assert easy < 0.01
    assert hard > 0.5


@pytest.mark.parametrize("focal", [0.5, 2.0])
def test_a_certain_answer_gives_a_finite_gradient(focal: float) -> None:
    logits = torch.tensor([[200.0, 0.0, 0.0]], requires_grad=True)
    LabelLoss(focal=focal)(logits, torch.tensor([0])).sum().backward()
    assert logits.grad is not None
    assert bool(torch.isfinite(logits.grad).all())


@pytest.mark.parametrize("loss", [LabelLoss(WEIGHTS, 0.1), LabelLoss(WEIGHTS, 0.1, 2.0)])
def test_shares_of_labels_cost_the_mean_of_what_each_would(loss: LabelLoss) -> None:
    logits, targets = answers()
    others = targets.flip(0)
    shares = 0.7 * functional.one_hot(targets, 3) + 0.3 * functional.one_hot(others, 3)
    expected = 0.7 * loss(logits, targets) + 0.3 * loss(logits, others)
    torch.testing.assert_close(loss(logits, shares), expected)


def test_naming_one_of_two_mixed_labels_is_right_by_its_share() -> None:
    logits = torch.tensor([[5.0, 0.0, 0.0], [0.0, 5.0, 0.0], [0.0, 0.0, 5.0]])
    shares = torch.tensor([[0.75, 0.25, 0.0]]).expand(3, 3)
    assert LabelLoss().right(logits, shares).tolist() == [0.75, 0.25, 0.0]
    assert LabelLoss().right(logits, torch.tensor([0, 0, 2])).tolist() == [1.0, 0.0, 1.0]


def test_balanced_weights_make_the_labels_count_the_same() -> None:
    settings = Hyperparameters(balancing=Balancing.WEIGHTS)
    weights = label_weights(settings, [60, 30, 10])
    assert weights is not None
    assert weights.tolist() == pytest.approx([100 / 180, 100 / 90, 100 / 30])


def test_effective_numbers_are_those_of_the_paper_and_weigh_one_on_average() -> None:
    settings = Hyperparameters(balancing=Balancing.EFFECTIVE, effective_beta=0.9)
    counts = [60, 30, 10]
    weights = label_weights(settings, counts)
    assert weights is not None
    expected = [(1 - 0.9) / (1 - 0.9**count) for count in counts]
    assert (weights / weights[0]).tolist() == pytest.approx([e / expected[0] for e in expected])
    assert float((weights * torch.tensor(counts)).sum()) == pytest.approx(100)


@pytest.mark.parametrize("beta", [0.0, 1 - 1e-9])
def test_effective_numbers_lie_between_no_weights_and_balanced_ones(beta: float) -> None:
    effective = Hyperparameters(balancing=Balancing.EFFECTIVE, effective_beta=beta)
    other = Hyperparameters(balancing=Balancing.WEIGHTS)
    weights, balanced = label_weights(effective, [60, 10]), label_weights(other, [60, 10])
    assert weights is not None
    assert balanced is not None
    expected = torch.ones(2, dtype=torch.float64) if beta == 0 else balanced
    torch.testing.assert_close(weights, expected, rtol=1e-4, atol=0)


def test_a_label_without_samples_has_a_finite_weight() -> None:
    weights = label_weights(Hyperparameters(balancing=Balancing.WEIGHTS), [9, 1, 0])
    assert weights is not None
    assert float(weights[2]) == float(weights[1])


@pytest.mark.parametrize("balancing", [Balancing.OFF, Balancing.SAMPLING])
def test_nothing_is_weighed_unless_asked(balancing: Balancing) -> None:
    assert label_loss(Hyperparameters(balancing=balancing), [9, 1]).weights is None


def gradient(criterion: LabelLoss, pieces: list[int], micro_batch: int = 0) -> Tensor:
    """Of a step over twelve samples, however they come."""
    module = tiny_net(dropout=0.0, norm=False)
    stepper = Stepper(
        lambda inputs: module(inputs["x"]),
        module,
        build_optimizer(module, BLOCKS, PLAIN),
        CPU,
        criterion=criterion,
    )
    stepper.micro_batch = micro_batch
    data = TinyBatches(samples=12)
    stepper.begin(seed=0, samples=12, rate=0.1)
    for x, y in zip(data.inputs.split(pieces), data.targets.split(pieces), strict=True):
        stepper.gather(TinyBatch({"x": x}, y, y))
    return torch.cat([p.grad.flatten() for p in module.parameters() if p.grad is not None])


@pytest.mark.parametrize("focal", [0.0, 2.0])
@pytest.mark.parametrize(
    ("pieces", "micro_batch"), [([5, 5, 2], 0), ([11, 1], 0), ([12], 5), ([8, 4], 3)]
)
def test_weighted_losses_give_the_same_gradient_however_a_step_is_divided(
    focal: float, pieces: list[int], micro_batch: int
) -> None:
    loss = LabelLoss(WEIGHTS, 0.1, focal)
    torch.testing.assert_close(gradient(loss, pieces, micro_batch), gradient(loss, [12]))


def test_the_gradient_is_that_of_the_weighted_losses_divided_by_the_samples() -> None:
    module = tiny_net(dropout=0.0, norm=False)
    data = TinyBatches(samples=12)
    costs = functional.cross_entropy(module(data.inputs), data.targets, reduction="none")
    (WEIGHTS[data.targets] * costs).sum().div(12).backward()
    expected = torch.cat([p.grad.flatten() for p in module.parameters() if p.grad is not None])
    torch.testing.assert_close(gradient(LabelLoss(WEIGHTS), [12]), expected)
    assert not torch.allclose(gradient(LabelLoss(), [12]), expected, atol=1e-4)


@pytest.mark.parametrize("loss", [LabelLoss(), LabelLoss(smoothing=0.1), LabelLoss(WEIGHTS, 0.1)])
def test_the_mean_is_that_of_the_samples(loss: LabelLoss) -> None:
    logits, targets = answers()
    torch.testing.assert_close(loss.mean(logits, targets), loss(logits, targets).mean())
