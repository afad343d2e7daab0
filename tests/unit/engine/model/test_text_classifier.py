from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import torch

from finetune_studio.engine.model.sources import load
from finetune_studio.engine.model.text_classifier import TextClassifier
from finetune_studio.project.model_catalog import choice_from_text


def _classifier(folder: Path, layers_read: int = 1) -> TextClassifier:
    choice = choice_from_text(str(folder))
    module = load(choice, ["a", "b"], max_tokens=16, layers_read=layers_read).module
    assert isinstance(module, TextClassifier)
    return module


def test_the_head_sees_the_mean_of_the_tokens_that_are_no_padding(
    text_folder: Callable[..., Path],
) -> None:
    module = _classifier(text_folder())
    tokens = torch.tensor([[2, 5, 6, 3, 0, 0]])
    mask = torch.tensor([[1, 1, 1, 1, 0, 0]])
    with torch.inference_mode():
        hidden = module.encoder(input_ids=tokens, attention_mask=mask)[0]
        expected = module.head(hidden[:, :4].mean(dim=1))
        torch.testing.assert_close(module(tokens, mask), expected)


def test_the_head_can_read_the_mean_of_several_layers(text_folder: Callable[..., Path]) -> None:
    module = _classifier(text_folder(), layers_read=2)
    tokens, mask = torch.tensor([[2, 5, 6, 3, 0, 0]]), torch.tensor([[1, 1, 1, 1, 0, 0]])
    with torch.inference_mode():
        states = module.encoder(
            input_ids=tokens, attention_mask=mask, output_hidden_states=True
        ).hidden_states
        expected = module.head((states[-1] + states[-2])[:, :4].mean(dim=1) / 2)
        torch.testing.assert_close(module(tokens, mask), expected)
        last = module.head(states[-1][:, :4].mean(dim=1))
        assert not torch.allclose(expected, last, atol=1e-4)


def test_an_encoder_with_fewer_layers_is_read_whole(text_folder: Callable[..., Path]) -> None:
    folder = text_folder()
    tokens = torch.tensor([[2, 5, 6, 3]])
    with torch.inference_mode():
        few, many = (
            _classifier(folder, layers_read=count)(tokens, torch.ones_like(tokens))
            for count in (3, 90)  # two layers, and what goes into the first
        )
    torch.testing.assert_close(few, many)


def test_a_text_without_a_token_gives_numbers(text_folder: Callable[..., Path]) -> None:
    module = _classifier(text_folder())
    nothing = torch.zeros(1, 4, dtype=torch.int64)
    assert torch.isfinite(module(nothing, nothing)).all()


def test_no_pooler_is_carried_along(text_folder: Callable[..., Path]) -> None:
    names = [name for name, _ in _classifier(text_folder()).named_parameters()]
    assert not [name for name in names if "pooler" in name]


def test_the_configuration_is_plain_json(text_folder: Callable[..., Path]) -> None:
    settings = json.loads(_classifier(text_folder()).config_text())
    assert settings["model_type"] == "bert"
    assert settings["hidden_size"] == 32


def test_it_can_be_exported_as_a_graph(text_folder: Callable[..., Path]) -> None:
    module = _classifier(text_folder())
    inputs = (torch.randint(0, 12, (3, 7)), torch.ones(3, 7, dtype=torch.int64))
    batch, tokens = torch.export.Dim("batch", min=2), torch.export.Dim("tokens", min=2, max=40)
    sizes = {0: batch, 1: tokens}
    graph = torch.export.export(module, inputs, dynamic_shapes=(sizes, sizes), strict=False)
    other = (torch.randint(0, 12, (5, 4)), torch.ones(5, 4, dtype=torch.int64))
    torch.testing.assert_close(graph.module()(*other), module(*other))
