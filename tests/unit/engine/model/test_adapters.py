from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from finetune_studio.engine.model.adapters import (
    adapt,
    merge,
    nothing_to_adapt,
    planned,
    trained_paths,
)
from finetune_studio.engine.model.bundle import Block, ModelBundle
from finetune_studio.engine.model.freezing import freeze
from finetune_studio.project.choices import AdaptedLayers, Adapters
from finetune_studio.project.hyperparameters import Hyperparameters
from tests.unit.engine.prefix import networks

HEADS = ("head", "heads", "fc", "classifier")
LORA = Hyperparameters(adapters=Adapters.LORA, adapter_rank=2, adapter_alpha=8)
NETWORKS: dict[str, tuple[Callable[[], ModelBundle], frozenset[str]]] = {
    "ResNet": (networks.resnet, frozenset({"layer3", "layer4", "fc"})),
    "EfficientNet": (
        lambda: networks.timm_network("test_efficientnet", 64),
        frozenset({"blocks.3", "blocks.4", "conv_head", "classifier"}),
    ),
    "ViT": (networks.vision_transformer, frozenset({"encoder.layers.encoder_layer_1", "heads"})),
    "BERT": (networks.bert, frozenset({"encoder.encoder.layer.1", "head"})),
}


def with_head(bundle: ModelBundle) -> ModelBundle:
    own = next(name for name, _ in bundle.module.named_children() if name in HEADS)
    bundle.blocks = (Block("Head", (own,)),)
    bundle.module.eval()
    return bundle


def inputs_of(bundle: ModelBundle) -> dict[str, torch.Tensor]:
    return networks.made_up(bundle, 3).source.inputs([0, 1, 2], None)


def adapted(bundle: ModelBundle, paths: frozenset[str]) -> None:
    record = planned(bundle, paths, LORA)
    assert record is not None
    assert record.layers
    adapt(bundle, record, seed=3)


@pytest.fixture(params=NETWORKS)
def network(request: pytest.FixtureRequest) -> tuple[ModelBundle, frozenset[str]]:
    make, paths = NETWORKS[request.param]
    return with_head(make()), paths


def test_fresh_adapters_change_no_answer(network: tuple[ModelBundle, frozenset[str]]) -> None:
    bundle, paths = network
    inputs = inputs_of(bundle)
    with torch.inference_mode():
        before = bundle(inputs)
        adapted(bundle, paths)
        assert torch.equal(bundle(inputs), before)


def test_only_adapters_and_the_head_train_and_merging_keeps_the_answers(
    network: tuple[ModelBundle, frozenset[str]],
) -> None:
    bundle, paths = network
    outline = {name for name, _ in bundle.module.named_parameters()}
    adapted(bundle, paths)
    freeze(bundle.module, trained_paths(bundle, paths))
    before = {name: value.detach().clone() for name, value in bundle.module.named_parameters()}
    parameters = [value for value in bundle.module.parameters() if value.requires_grad]
    optimizer = torch.optim.SGD(parameters, lr=0.005)
    for _ in range(3):
        optimizer.zero_grad()
        (bundle(inputs_of(bundle)) - 1).square().sum().backward()
        optimizer.step()
    after = dict(bundle.module.named_parameters())
    changed = {name for name, value in before.items() if not torch.equal(value, after[name])}
    head = bundle.blocks[-1].paths
    assert any("lora_A" in name for name in changed)
    assert all("lora_" in name or name.startswith(head) for name in changed)

    with torch.inference_mode():
        expected = bundle(inputs_of(bundle))
        merge(bundle)
        torch.testing.assert_close(bundle(inputs_of(bundle)), expected, rtol=1e-4, atol=1e-4)
    assert {name for name, _ in bundle.module.named_parameters()} == outline


def test_what_an_adapter_adds_is_the_product_of_its_matrices() -> None:
    bundle = with_head(networks.bert())
    adapted(bundle, frozenset({"encoder.encoder.layer.1", "head"}))
    path = next(one for one in bundle.adapters.layers if one.endswith("query"))  # type: ignore[union-attr]
    layer = bundle.module.get_submodule(path)
    down, up = layer.lora_A["default"].weight, layer.lora_B["default"].weight  # type: ignore[index]
    with torch.no_grad():
        up.normal_()
    before = layer.base_layer.weight.detach().clone()  # type: ignore[union-attr]
    merge(bundle)
    merged = bundle.module.get_submodule(path)
    assert isinstance(merged, nn.Linear)
    torch.testing.assert_close(merged.weight, before + 8 / 2 * up @ down)


def test_the_same_seed_makes_the_same_adapters() -> None:
    weights = []
    for _ in range(2):
        bundle = with_head(networks.bert())
        adapted(bundle, frozenset({"encoder.encoder.layer.1"}))
        weights.append({n: p for n, p in bundle.module.named_parameters() if "lora_A" in n})
        torch.rand(5)
    assert weights[0].keys() == weights[1].keys()
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (AdaptedLayers.ATTENTION, {"query", "key", "value"}),
        (AdaptedLayers.LINEAR, {"query", "key", "value", "dense"}),
    ],
)
def test_which_layers_get_one_can_be_chosen(kinds: AdaptedLayers, expected: set[str]) -> None:
    bundle = with_head(networks.bert())
    record = planned(
        bundle,
        frozenset({"encoder.encoder.layer.1"}),
        LORA.edited(adapted_layers=kinds),
    )
    assert record is not None
    names = {path.rpartition(".")[2] for path in record.layers}
    assert expected <= names
    inside = any("intermediate" in path for path in record.layers)
    assert inside is (kinds is AdaptedLayers.LINEAR)


def test_a_layer_whose_weights_are_read_past_it_gets_none() -> None:
    bundle = with_head(networks.vision_transformer())
    record = planned(bundle, frozenset({""}), LORA)
    assert record is not None
    assert not [path for path in record.layers if "self_attention" in path]
    assert [path for path in record.layers if "mlp" in path]


def test_a_plan_with_nothing_to_adapt_says_so() -> None:
    bundle = with_head(networks.bert())
    record = planned(bundle, frozenset({"head"}), LORA)
    assert record is not None
    adapt(bundle, record, seed=0)
    problem = nothing_to_adapt(bundle, frozenset({"head"}))
    assert problem is not None
    assert "only the head trains" in problem.what
    assert trained_paths(bundle, frozenset({"head"})) == {"head"}
