from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from finetune_studio.engine.compute import choose
from finetune_studio.engine.model.bundle import (
    Architecture,
    Block,
    ImagePreprocessing,
    ModelBundle,
)
from finetune_studio.engine.model.freezing import freeze, set_training_mode
from finetune_studio.engine.model.measuring import example_inputs, measure
from finetune_studio.engine.model.sources import load
from finetune_studio.project.choices import Device, Task
from finetune_studio.project.model_catalog import choice_from_text

CPU = choose(Device.CPU)


@pytest.fixture(params=["image", "text"])
def bundle(
    request: pytest.FixtureRequest,
    text_folder: Callable[..., Path],
    timm_folder: Callable[..., Path],
) -> ModelBundle:
    folder = text_folder() if request.param == "text" else timm_folder("test_vit")
    return load(choice_from_text(str(folder)), ["a", "b", "c"], max_tokens=16)


def test_measuring_leaves_a_model_as_it_was(bundle: ModelBundle) -> None:
    head = frozenset(bundle.blocks[-1].paths)
    trainable = freeze(bundle.module, head)
    set_training_mode(bundle.module, head)
    modes = [part.training for part in bundle.module.modules()]
    before = {name: tensor.clone() for name, tensor in bundle.module.state_dict().items()}
    measure(bundle, CPU)
    assert [part.training for part in bundle.module.modules()] == modes
    wanted = [name for name, p in bundle.module.named_parameters() if p.requires_grad]
    assert tuple(wanted) == trainable
    after = bundle.module.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert not any(part._forward_hooks for part in bundle.module.modules())


def test_nothing_of_a_measured_model_stays(text_folder: Callable[..., Path]) -> None:
    def weights() -> weakref.ref[torch.Tensor]:
        bundle = load(choice_from_text(str(text_folder())), ["a", "b"], max_tokens=16)
        measure(bundle, CPU)
        return weakref.ref(next(bundle.module.parameters()))

    measured = weights()
    gc.collect()
    assert measured() is None


def test_example_inputs_are_the_same_every_time(bundle: ModelBundle) -> None:
    first, second = example_inputs(bundle, 3), example_inputs(bundle, 3)
    assert all(torch.equal(first[name], second[name]) for name in first)


def of_layers(*layers: torch.nn.Module, blocks: tuple[Block, ...]) -> ModelBundle:
    prepared = ImagePreprocessing(size=8, resize=8, mean=(0, 0, 0), std=(1, 1, 1))
    return ModelBundle(
        id="x", title="x", task=Task.IMAGE, licence="", labels=("a",) * 5,
        module=torch.nn.Sequential(torch.nn.Flatten(), *layers), blocks=blocks,
        preprocessing=prepared, tokenizer=None, transformer=False, parameters=965,
        architecture=Architecture(library="timm", name="x"),
    )  # fmt: skip


def test_gradients_through_frozen_blocks_are_timed_where_that_can_be() -> None:
    below, head = torch.nn.Linear(3 * 8 * 8, 8), torch.nn.Linear(8, 5)
    blocks = (Block("Stem", ("1",)), Block("Body", ("2",)), Block("Head", ("3",)))
    assert measure(of_layers(below, torch.nn.Tanh(), head, blocks=blocks), CPU).through
    in_place = torch.nn.ReLU(inplace=True)
    assert not measure(of_layers(below, in_place, head, blocks=blocks), CPU).through


def test_what_a_backward_pass_needs_is_counted_once() -> None:
    relu, linear = torch.nn.ReLU(), torch.nn.Linear(3 * 8 * 8, 5)
    kept = measure(of_layers(relu, linear, blocks=(Block("Head", ("2",)),)), CPU).kept
    # The ReLU's output serves its own backward pass and the linear layer's: 192 floats, once.
    assert sum(kept.values()) == 192 * 4
