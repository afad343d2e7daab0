from __future__ import annotations

import math

import pytest
import torch

from finetune_studio.engine.training.distillation import Distillation
from tests.unit.engine.training.tiny import CPU, TinyBatches, TinyNet, same_bits, tiny_net


class Counted(TinyBatches):
    def __len__(self) -> int:
        return self.samples


def distillation(module: TinyNet, **settings: float) -> Distillation:
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    made = Distillation(
        module, before, [0, 2], CPU, **{"weight": 1.0, "temperature": 2.0, **settings}
    )
    made.turn_to(lambda inputs: module(inputs["x"]))
    return made


def test_the_loss_is_what_it_is_by_hand() -> None:
    made = distillation(tiny_net(), weight=0.5, temperature=2.0)
    now = torch.tensor([[2.0, 9.0, 0.0]])  # the middle label is no earlier one
    then = torch.tensor([[0.0, 2.0]])
    p = 1 / (1 + math.e)  # softmax of (0, 2) / 2
    q = math.e / (1 + math.e)  # softmax of (2, 0) / 2
    by_hand = p * math.log(p / q) + (1 - p) * math.log((1 - p) / (1 - q))
    assert float(made.loss(now, then)) == pytest.approx(0.5 * 2.0**2 * by_hand)


def test_nothing_is_added_while_the_answers_are_those_before() -> None:
    made = distillation(tiny_net())
    logits = torch.randn(4, 3)
    assert float(made.loss(logits, logits[:, [0, 2]])) == pytest.approx(0.0, abs=1e-6)


def test_the_gradient_has_the_same_size_whatever_the_temperature() -> None:
    sizes = []
    for temperature in (2.0, 20.0):
        logits = torch.tensor([[1.0, 0.0, -1.0]], requires_grad=True)
        made = distillation(tiny_net(), temperature=temperature)
        made.loss(logits, torch.tensor([[0.0, 0.5]])).backward()
        assert logits.grad is not None
        assert float(logits.grad[0, 1]) == 0.0  # what is new is left alone
        sizes.append(float(logits.grad.norm()))
    assert 0.5 < sizes[0] / sizes[1] < 2


def test_answers_are_those_before_training_whatever_has_been_learned_since() -> None:
    module = tiny_net().train()
    made = distillation(module)
    inputs = {"x": torch.randn(5, 6)}
    module.eval()
    expected = module(inputs["x"])[:, [0, 2]].detach()
    module.train()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(1.0)
    changed = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    assert torch.equal(made.answers(inputs, None), expected)
    assert all(torch.equal(tensor, changed[name]) for name, tensor in module.state_dict().items())
    assert all(part.training for part in module.modules())


def test_samples_that_never_vary_are_asked_about_once() -> None:
    module = tiny_net()
    made = distillation(module)
    batches = Counted()
    made.ask_all(batches, lambda _: None, lambda: False)  # type: ignore[arg-type]
    made.turn_to(lambda _: torch.full((1,), math.nan))  # would be heard
    module.eval()
    some = torch.tensor([3, 17, 0])
    expected = module(batches.inputs[some])[:, [0, 2]]
    assert torch.allclose(made.answers({}, some), expected, atol=1e-6)


def test_asking_leaves_the_network_alone() -> None:
    module, other = tiny_net().train(), tiny_net().train()
    distillation(module).answers({"x": torch.randn(5, 6)}, None)
    assert same_bits(module, other)
