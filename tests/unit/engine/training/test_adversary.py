"""Words that mislead: moved uphill by so much, put back to the bit, and learned from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from transformers import BertConfig, BertModel

from finetune_studio.engine.compute import Compute
from finetune_studio.engine.model.text_classifier import TextClassifier
from finetune_studio.engine.training.adversary import Adversary, adversary_for
from finetune_studio.engine.training.step import Stepper
from finetune_studio.events import events as ev
from finetune_studio.project import storage
from finetune_studio.project.choices import FreezePreset, Precision
from finetune_studio.project.freeze_plan import FreezePlan
from finetune_studio.project.hyperparameters import Hyperparameters
from tests.unit.engine.tiny_project import make_pictures, make_project, trained
from tests.unit.engine.training.tiny import tiny_net

REACH = 0.5
INPUTS = {
    "input_ids": torch.tensor([[2, 7, 9, 3], [2, 7, 3, 0]]),
    "attention_mask": torch.tensor([[1, 1, 1, 1], [1, 1, 1, 0]]),
}
TARGETS = torch.tensor([0, 1])


@pytest.fixture
def module() -> TextClassifier:
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=30,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
    )
    return TextClassifier(BertModel(config), labels=2, dropout=0.0).eval()


def loss_of(module: TextClassifier) -> torch.Tensor:
    return torch.nn.functional.cross_entropy(module(**INPUTS), TARGETS)


def words_of(module: TextClassifier) -> torch.nn.Parameter:
    words = module.encoder.get_input_embeddings()
    assert isinstance(words, torch.nn.Embedding)
    assert isinstance(words.weight, torch.nn.Parameter)
    return words.weight


def test_words_are_moved_so_far_to_where_the_loss_is_higher_and_back(
    module: TextClassifier,
) -> None:
    words = words_of(module)
    before = words.detach().clone()
    adversary = adversary_for(Hyperparameters(adversarial=REACH), module)
    assert adversary is not None
    loss = loss_of(module)
    loss.backward()
    with adversary.misleading(INPUTS), torch.no_grad():
        moved = words - before
        misled = loss_of(module)
    assert float(moved.norm()) == pytest.approx(REACH, rel=1e-4)
    assert sorted(moved.abs().sum(dim=1).nonzero().flatten().tolist()) == [2, 3, 7, 9]  # no padding
    assert misled.item() > loss.item()
    assert torch.equal(words, before)


def test_words_are_put_back_when_the_step_fails(module: TextClassifier) -> None:
    words = words_of(module)
    before = words.detach().clone()
    loss_of(module).backward()
    adversary = Adversary(words, REACH)
    with pytest.raises(ZeroDivisionError), adversary.misleading(INPUTS):
        raise ZeroDivisionError
    assert torch.equal(words, before)


def test_half_the_gradient_is_of_words_that_mislead(module: TextClassifier) -> None:
    words = words_of(module)
    loss_of(module).backward()
    plain = {name: p.grad.clone() for name, p in module.named_parameters() if p.grad is not None}
    with Adversary(words, REACH).misleading(INPUTS):
        module.zero_grad()
        misled = loss_of(module)
    misled.backward()
    twice = {name: p.grad.clone() for name, p in module.named_parameters() if p.grad is not None}
    module.zero_grad()
    group = {"params": list(module.parameters()), "name": "all", "factor": 1.0}
    optimizer = torch.optim.SGD([group], lr=0.0)
    stepper = Stepper(
        lambda inputs: module(**inputs),
        module,
        optimizer,
        Compute(torch.device("cpu"), Precision.FP32, 1),
        adversary=Adversary(words, REACH),
    )
    stepper.begin(1, 2, 0.0)
    stepper.gather(SimpleNamespace(inputs=INPUTS, targets=TARGETS, indices=torch.arange(2)))
    for name, parameter in module.named_parameters():
        if parameter.grad is not None:
            expected = (plain[name] + twice[name]) / 2
            assert torch.allclose(parameter.grad, expected, rtol=1e-4, atol=1e-6), name


def test_who_reads_no_words_is_not_misled(module: TextClassifier) -> None:
    settings = Hyperparameters(adversarial=REACH)
    assert adversary_for(settings, tiny_net()) is None
    assert adversary_for(Hyperparameters(), module) is None
    adversary = adversary_for(settings, module)
    assert adversary is not None
    assert adversary.can_mislead(INPUTS)
    assert not adversary.can_mislead({"hidden": torch.zeros(2, 4, 16)})
    words_of(module).requires_grad_(requires_grad=False)
    assert not adversary.can_mislead(INPUTS)


@pytest.mark.parametrize("make", [make_project, make_pictures])
def test_where_no_words_learn_a_run_is_as_without(
    tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    def figures(name: str, reach: float) -> list[tuple[float, float]]:
        folder = make(tmp_path / name)
        project = storage.load(folder)
        training = project.training.edited(adversarial=reach, epochs=1)
        head = FreezePlan(preset=FreezePreset.HEAD)
        storage.save(
            project.edited(training=training, freeze=head, pinned=(*project.pinned, "adversarial")),
            folder,
        )
        found = [event for event in trained(folder) if isinstance(event, ev.EpochFinished)]
        return [(event.train_loss, event.val_loss) for event in found]

    assert figures("with", 1.0) == figures("without", 0.0)
