from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from finetune_studio.engine.model import torchvision_models
from finetune_studio.engine.model.blocks import blocks_of, covering_paths
from finetune_studio.engine.model.bundle import Block
from finetune_studio.engine.model.heads import classifier_paths, replace_classifiers
from finetune_studio.engine.model.sources import load
from finetune_studio.project.freeze_plan import covers
from finetune_studio.project.model_catalog import CATALOG, choice_from_text

TORCHVISION = [entry.name for entry in CATALOG if entry.id.startswith("torchvision/")]
TIMM = [entry.name for entry in CATALOG if entry.id.startswith("timm/")]


def _torchvision(name: str) -> nn.Module:
    with torch.device("meta"):
        return torchvision_models.build(name)


def _timm(name: str) -> nn.Module:
    import timm

    with torch.device("meta"):
        module: nn.Module = timm.create_model(name)
        if module.num_classes == 0:
            module.reset_classifier(5)
        return module


def _blocks(module: nn.Module) -> tuple[Block, ...]:
    with torch.device("meta"):
        head = classifier_paths(module)
        replace_classifiers(module, head, 5, 0.1, seed=0)
    return blocks_of(module.eval(), head)


def _assert_a_partition(module: nn.Module, blocks: tuple[Block, ...]) -> None:
    for name, _ in module.named_parameters():
        assert sum(covers(block.paths, name) for block in blocks) == 1, name


def _assert_in_order(module: nn.Module, blocks: tuple[Block, ...], side: int) -> None:
    """A sample enters the blocks in their order."""
    entered: list[str] = []
    for path, part in module.named_modules():
        part.register_forward_pre_hook(lambda *_, path=path: entered.append(path))
    module(torch.empty(1, 3, side, side, device="meta"))
    first = [
        min((entered.index(path) for path in block.paths if path in entered), default=-1)
        for block in blocks
    ]
    assert first == sorted(first)
    assert first[-1] > 0


@pytest.mark.parametrize("name", TORCHVISION)
def test_torchvision_blocks_hold_everything_once_and_in_order(name: str) -> None:
    module = _torchvision(name)
    blocks = _blocks(module)
    _assert_a_partition(module, blocks)
    _assert_in_order(module, blocks, 224)


@pytest.mark.parametrize("name", TIMM)
def test_timm_blocks_hold_everything_once_and_in_order(name: str) -> None:
    module = _timm(name)
    blocks = _blocks(module)
    _assert_a_partition(module, blocks)
    _assert_in_order(module, blocks, module.pretrained_cfg["input_size"][-1])


def _names(count: int, kind: str, first: str = "Stem") -> list[str]:
    return [first, *(f"{kind} {n}" for n in range(1, count + 1)), "Head"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("resnet50", _names(4, "Stage")),
        ("convnext_tiny", _names(4, "Stage")),
        ("swin_t", _names(4, "Stage")),
        ("efficientnet_b0", _names(7, "Stage")),
        ("mobilenet_v3_small", _names(4, "Stage")),
        ("mobilenet_v3_large", _names(5, "Stage")),
        ("vit_b_16", _names(12, "Layer")),
        ("vgg16", [*(f"Stage {n}" for n in range(1, 6)), "Fully connected", "Head"]),
    ],
)
def test_torchvision_blocks_have_the_names_people_use(name: str, expected: list[str]) -> None:
    assert [block.name for block in _blocks(_torchvision(name))] == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("resnet18.a1_in1k", _names(4, "Stage")),
        ("tf_efficientnet_lite0.in1k", _names(7, "Stage")),
        ("convnext_nano.in12k_ft_in1k", _names(4, "Stage")),
        ("regnety_032.ra_in1k", _names(4, "Stage")),
        ("swin_tiny_patch4_window7_224.ms_in1k", _names(4, "Stage")),
        ("vit_tiny_patch16_224.augreg_in21k_ft_in1k", _names(12, "Layer")),
    ],
)
def test_timm_blocks_have_the_names_people_use(name: str, expected: list[str]) -> None:
    assert [block.name for block in _blocks(_timm(name))] == expected


def test_what_stands_between_the_last_stage_and_the_head_is_not_in_the_head() -> None:
    for name, last in (
        ("tf_efficientnet_lite0.in1k", ("blocks.6", "conv_head", "bn2")),
        ("vit_tiny_patch16_224.augreg_in21k_ft_in1k", ("blocks.11", "norm")),
        ("mobilenetv4_conv_small.e2400_r224_in1k", ("blocks.4", "conv_head", "norm_head")),
    ):
        blocks = _blocks(_timm(name))
        assert blocks[-2].paths == last
        assert len(blocks[-1].paths) == 1


@pytest.mark.parametrize(
    ("kind", "first"),
    [
        ("bert", ("encoder.embeddings",)),
        ("distilbert", ("encoder.embeddings",)),
        ("deberta-v2", ("encoder.embeddings", "encoder.encoder.rel_embeddings",
                        "encoder.encoder.LayerNorm")),
        ("mpnet", ("encoder.embeddings", "encoder.encoder.relative_attention_bias")),
    ],
)  # fmt: skip
def test_text_blocks_are_embeddings_layers_and_head(
    kind: str, first: tuple[str, ...], text_folder: Callable[..., Path]
) -> None:
    relative = {"relative_attention": True, "pos_att_type": ["p2c", "c2p"], "position_buckets": 8}
    extra = {**relative, "norm_rel_ebd": "layer_norm"} if kind == "deberta-v2" else {}
    bundle = load(choice_from_text(str(text_folder(kind, **extra))), ["a", "b"], max_tokens=8)
    assert [block.name for block in bundle.blocks] == _names(2, "Layer", "Embeddings")
    assert bundle.blocks[0].paths == first
    _assert_a_partition(bundle.module, bundle.blocks)


def test_a_last_norm_trains_with_the_last_layer(text_folder: Callable[..., Path]) -> None:
    choice = choice_from_text(str(text_folder("modernbert")))
    blocks = load(choice, ["a", "b"], max_tokens=8).blocks
    assert blocks[-2].paths == ("encoder.layers.1", "encoder.final_norm")


def test_layers_that_share_their_weights_are_one_block(text_folder: Callable[..., Path]) -> None:
    bundle = load(choice_from_text(str(text_folder("albert"))), ["a", "b"], max_tokens=8)
    assert [block.name for block in bundle.blocks] == ["Embeddings", "Shared layers", "Head"]
    _assert_a_partition(bundle.module, bundle.blocks)


def test_paths_are_as_few_as_can_be() -> None:
    inner = nn.Sequential(nn.Linear(1, 1), nn.ReLU(), nn.Linear(1, 1))
    module = nn.Sequential(inner, nn.Linear(1, 1))
    every = frozenset(f"0.{name}" for name, _ in inner.named_parameters())
    assert covering_paths(module, every) == ["0"]
    assert covering_paths(module, every - {"0.0.bias"}) == ["0.0.weight", "0.2"]
