from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from finetune_studio.engine.training.criterion import LabelLoss
from finetune_studio.engine.training.sparing import among_new_labels

ALL, NEW = ("a", "b", "c", "d"), ("b", "d")


def test_the_loss_is_that_among_the_new_labels() -> None:
    logits = torch.tensor([[9.0, 1.0, 9.0, 2.0], [0.0, 0.5, 0.0, -1.0]], requires_grad=True)
    targets = torch.tensor([1, 3])
    loss = among_new_labels(LabelLoss(), ALL, NEW)
    expected = functional.cross_entropy(logits[:, [1, 3]], torch.tensor([0, 1]))
    assert torch.equal(loss.mean(logits, targets), expected)
    assert float(loss(logits, targets).mean().detach()) == pytest.approx(float(expected.detach()))
    loss.mean(logits, targets).backward()
    assert logits.grad is not None
    assert bool((logits.grad[:, [0, 2]] == 0).all())  # what is earlier is not unlearned


def test_weights_smoothing_and_mixed_pictures_are_meant_among_the_new_labels() -> None:
    whole = LabelLoss(weights=torch.tensor([5.0, 1.0, 7.0, 3.0]), smoothing=0.1)
    part = LabelLoss(weights=torch.tensor([1.0, 3.0]), smoothing=0.1)
    logits = torch.randn(3, 4)
    shares = torch.tensor([[0, 0.3, 0, 0.7], [0, 1.0, 0, 0], [0, 0, 0, 1.0]])
    made = among_new_labels(whole, ALL, NEW)
    assert torch.equal(made(logits, shares), part(logits[:, [1, 3]], shares[:, [1, 3]]))


def test_an_answer_is_right_among_all_labels() -> None:
    made = among_new_labels(LabelLoss(), ALL, NEW)
    logits = torch.tensor([[9.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]])
    assert made.right(logits, torch.tensor([1, 3])).tolist() == [0.0, 1.0]
