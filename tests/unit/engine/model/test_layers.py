from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from torch import nn

from finetune_studio.engine.compute import choose
from finetune_studio.engine.model.adapters import adapter_moves
from finetune_studio.engine.model.bundle import ModelBundle
from finetune_studio.engine.model.freezing import freeze
from finetune_studio.engine.model.layers import describe
from finetune_studio.engine.model.sources import load
from finetune_studio.events.descriptions import LayerNode
from finetune_studio.project.choices import Device, Precision
from finetune_studio.project.model_catalog import choice_from_text

FP32 = Precision.FP32


@pytest.fixture(params=["image", "text"])
def bundle(
    request: pytest.FixtureRequest,
    text_folder: Callable[..., Path],
    timm_folder: Callable[..., Path],
) -> ModelBundle:
    folder = text_folder() if request.param == "text" else timm_folder("test_vit")
    return load(choice_from_text(str(folder)), ["a", "b", "c"], max_tokens=16)


def _walk(node: LayerNode) -> Iterator[LayerNode]:
    yield node
    for child in node.children:
        yield from _walk(child)


def test_blocks_account_for_all_parameters_and_all_time(bundle: ModelBundle) -> None:
    model = describe(bundle)
    assert sum(block.parameters for block in model.blocks) == model.parameters
    assert all(block.seconds >= 0.0 for block in model.blocks)
    assert 0.0 < sum(block.seconds for block in model.blocks) <= model.tree.seconds * 1.001
    assert all(block.activation_bytes > 0 for block in model.blocks)
    assert [block.name for block in model.blocks] == [block.name for block in bundle.blocks]


def test_the_tree_begins_with_the_blocks_and_knows_every_parameter_once(
    bundle: ModelBundle,
) -> None:
    tree = describe(bundle).tree
    nodes = list(_walk(tree))
    assert len({node.path for node in nodes}) == len(nodes)
    paths = [path for block in bundle.blocks for path in block.paths]
    assert [node.path for node in tree.children] == [
        path for path in paths if any(node.path == path for node in nodes)
    ]
    for node in nodes:
        if node.children:
            assert sum(child.parameters for child in node.children) == node.parameters, node.path
    assert tree.parameters == bundle.parameters


def test_loose_parameters_can_be_ticked_too(timm_folder: Callable[..., Path]) -> None:
    bundle = load(choice_from_text(str(timm_folder("test_vit"))), ["a", "b"])
    (token,) = [node for node in _walk(describe(bundle).tree) if node.path == "cls_token"]
    assert token.name == "Stem · Class token"
    assert token.parameters == 64
    assert freeze(bundle.module, frozenset({token.path})) == ("cls_token",)


def test_shapes_are_those_of_one_sample(timm_folder: Callable[..., Path]) -> None:
    bundle = load(choice_from_text(str(timm_folder())), ["a", "b"])
    by_path = {node.path: node for node in _walk(describe(bundle).tree)}
    assert by_path[""].output_shape == (2,)
    assert by_path["layer4"].output_shape == (96, 5, 5)
    assert by_path["layer4"].name == "Stage 4"


def test_every_block_is_timed_there_and_back(bundle: ModelBundle) -> None:
    model = describe(bundle)
    assert all(block.training_seconds > 0 for block in model.blocks)
    assert model.blocks[0].passing_seconds == 0
    assert all(block.passing_seconds > 0 for block in model.blocks[1:])
    assert min(model.update_seconds, model.layer_seconds, model.adapter_seconds) > 0
    assert model.layer_seconds > model.update_seconds
    assert 0.0 < model.fixed_share <= 1.0
    assert 50e6 < model.process_bytes < 20e9
    assert model.measured_tokens == (0 if bundle.tokenizer is None else 16)


def test_a_model_is_timed_in_the_numbers_it_will_train_in(bundle: ModelBundle) -> None:
    exact, rounded = (
        describe(bundle, choose(Device.CPU, precision)) for precision in (FP32, Precision.BF16)
    )
    kept = [sum(block.activation_bytes for block in model.blocks) for model in (exact, rounded)]
    assert kept[1] < kept[0]


def test_what_an_adapter_moves_is_what_goes_in_and_comes_out() -> None:
    assert adapter_moves(nn.Linear(5, 3)) == 5 + 3
    assert adapter_moves(nn.Conv2d(5, 3, 1)) == 5 + 3
    assert adapter_moves(nn.Conv2d(5, 3, 3)) == 5 * 3 + 3
    assert adapter_moves(nn.ReLU()) == 0
