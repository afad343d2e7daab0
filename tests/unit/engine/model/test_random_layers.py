from __future__ import annotations

import pytest
import timm
import torch
import torchvision
from torch import nn
from transformers import BertConfig, BertModel

from finetune_studio.engine.model.bundle import Block
from finetune_studio.engine.model.random_layers import set_dropout, set_stochastic_depth
from finetune_studio.engine.model.text_classifier import TextClassifier


class Held:
    """As much of a bundle as is asked for."""

    def __init__(self, module: nn.Module, head: str) -> None:
        self.module = module
        self.blocks = (Block("Head", (head,)),)


def tiny_bert() -> TextClassifier:
    config = BertConfig(
        vocab_size=10,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
    )
    return TextClassifier(BertModel(config, add_pooling_layer=False), 3, dropout=0.25)


def test_all_dropout_of_the_backbone_is_set_and_that_of_the_head_is_not() -> None:
    module = tiny_bert()
    set_dropout(Held(module, "head"), 0.7)  # type: ignore[arg-type]
    shares = {n: m.p for n, m in module.named_modules() if isinstance(m, nn.Dropout)}
    assert shares.pop("head.dropout") == 0.25
    assert len(shares) == 4
    assert set(shares.values()) == {0.7}


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_dropout_reaches_attention_and_hides_nothing_in_evaluation(share: float) -> None:
    module = tiny_bert().train()
    set_dropout(Held(module, "head"), share)  # type: ignore[arg-type]
    module.head.eval()
    tokens = torch.arange(6)[None]
    one, other = (module(tokens, torch.ones_like(tokens)) for _ in range(2))
    assert torch.equal(one, other) is (share == 0)
    module.eval()
    one, other = (module(tokens, torch.ones_like(tokens)) for _ in range(2))
    assert torch.equal(one, other)


def test_attention_of_torchvision_is_reached() -> None:
    module = torchvision.models.VisionTransformer(32, 16, 1, 2, 16, 16, num_classes=3)
    set_dropout(Held(module, "heads"), 0.3)  # type: ignore[arg-type]
    attention = [m for m in module.modules() if isinstance(m, nn.MultiheadAttention)]
    assert [m.dropout for m in attention] == [0.3]


@pytest.mark.parametrize("name", ["test_resnet", "test_vit", "test_efficientnet", "test_convnext"])
def test_blocks_of_timm_are_passed_over_as_if_it_had_been_made_so(name: str) -> None:
    module = timm.create_model(name, pretrained=False)
    names = list(module.state_dict())
    assert set_stochastic_depth(Held(module, "head"), 0.4)  # type: ignore[arg-type]
    rates = [m.drop_prob for m in module.modules() if type(m).__name__ == "DropPath"]
    assert rates == sorted(rates)
    assert rates[-1] == pytest.approx(0.4)
    assert list(module.state_dict()) == names
    if name in ("test_vit", "test_resnet"):
        own = timm.create_model(name, pretrained=False, drop_path_rate=0.4)
        expected = [m.drop_prob for m in own.modules() if type(m).__name__ == "DropPath"]
        assert rates == pytest.approx([rate for rate in expected if rate])


@pytest.mark.parametrize("name", ["efficientnet_b0", "convnext_tiny"])
def test_blocks_of_torchvision_are_passed_over(name: str) -> None:
    with torch.device("meta"):
        module = torchvision.models.get_model(name)
    assert set_stochastic_depth(Held(module, "classifier"), 0.5)  # type: ignore[arg-type]
    rates = [m.p for m in module.modules() if type(m).__name__ == "StochasticDepth"]
    assert rates[0] == 0
    assert rates[-1] == 0.5
    assert set_stochastic_depth(Held(module, "classifier"), 0.0)  # type: ignore[arg-type]
    assert not any(m.p for m in module.modules() if type(m).__name__ == "StochasticDepth")


def test_passing_over_changes_training_and_not_evaluation() -> None:
    torch.manual_seed(0)
    module = timm.create_model("test_vit", pretrained=False)
    pixels = torch.randn(4, 3, 160, 160)
    expected = module.eval()(pixels)
    set_stochastic_depth(Held(module, "head"), 0.9)  # type: ignore[arg-type]
    assert torch.equal(module.eval()(pixels), expected)
    assert not torch.equal(module.train()(pixels), expected)


def test_a_network_without_such_blocks_says_so() -> None:
    module = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 2))
    assert not set_stochastic_depth(Held(module, "1"), 0.5)  # type: ignore[arg-type]
