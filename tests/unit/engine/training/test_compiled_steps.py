"""Steps of a compiled network beside everything that has a hand in a step: the same, only faster.

PyTorch traces and differentiates the network as always; the last stage, which writes machine code
and takes longest, is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor
from torch._dynamo.utils import counters
from torch.nn import functional

from finetune_studio.engine.model.adapters import AdapterRecord, adapt, trained_paths
from finetune_studio.engine.model.bundle import Architecture, ImagePreprocessing, ModelBundle
from finetune_studio.engine.model.freezing import freeze
from finetune_studio.engine.training.averaging import Average
from finetune_studio.engine.training.criterion import LabelLoss
from finetune_studio.engine.training.distillation import Distillation
from finetune_studio.engine.training.optimizer import build_optimizer, regroup
from finetune_studio.engine.training.starting_point import StartingPoint
from finetune_studio.engine.training.step import Stepper
from finetune_studio.project.choices import Optimizer, Task
from finetune_studio.project.hyperparameters import Hyperparameters
from tests.unit.engine.training.tiny import BLOCKS, CPU, TinyBatch, TinyBatches, TinyNet, tiny_net

PLAIN = Hyperparameters(optimizer=Optimizer.SGD, learning_rate=0.1, weight_decay=0, momentum=0)
COMPILE = torch.compile
Remedy = Callable[[TinyNet], dict[str, Any]]


@pytest.fixture(autouse=True)
def _half_compiling(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    tracing_only(monkeypatch, "aot_eager")
    torch.compiler.reset()
    counters.clear()
    yield
    torch.compiler.reset()


def tracing_only(monkeypatch: pytest.MonkeyPatch, backend: str) -> None:
    monkeypatch.setattr(torch, "compile", partial(COMPILE, backend=backend))


def nothing(_module: TinyNet) -> dict[str, Any]:
    return {}


def focal(_module: TinyNet) -> dict[str, Any]:
    return {"criterion": LabelLoss(smoothing=0.1, focal=2.0)}


def average(module: TinyNet) -> dict[str, Any]:
    return {"average": Average(module, 0.9)}


def pull(module: TinyNet) -> dict[str, Any]:
    start = {name: torch.zeros_like(p) for name, p in module.backbone.named_parameters("backbone")}
    return {"start": StartingPoint(module, start, pull=0.5, head_pull=0.1)}


def distillation(module: TinyNet) -> dict[str, Any]:
    before = {name: tensor + 0.1 for name, tensor in module.named_parameters()}
    held = Distillation(module, before, [0, 2], CPU, weight=1.0, temperature=2.0)
    held.turn_to(lambda inputs: module(inputs["x"]))
    return {"distillation": held}


def adapters(module: TinyNet) -> dict[str, Any]:
    record = AdapterRecord(layers=("backbone.0", "backbone.3"), rank=2, alpha=4.0)
    bundle = ModelBundle(
        id="tiny",
        title="Tiny",
        task=Task.IMAGE,
        licence="",
        labels=("a", "b", "c"),
        module=module,
        blocks=BLOCKS,
        preprocessing=ImagePreprocessing(size=8, resize=8, mean=(0, 0, 0), std=(1, 1, 1)),
        tokenizer=None,
        transformer=False,
        parameters=0,
        architecture=Architecture(library="timm", name="tiny"),
    )
    adapt(bundle, record, seed=0)
    freeze(module, trained_paths(bundle, frozenset({"backbone", "head"})))
    return {}


def batch_of(targets: Callable[[Tensor], Tensor]) -> TinyBatch:
    data = TinyBatches(samples=8)
    return TinyBatch({"x": data.inputs}, targets(data.targets), torch.arange(8))


def mixed(targets: Tensor) -> Tensor:
    """As mixup and CutMix leave them: shares of two labels."""
    shares = functional.one_hot(targets, 3).float()
    return 0.7 * shares + 0.3 * shares.flip(0)


def stepped(
    remedy: Remedy, batch: TinyBatch, *, compiled: bool, changes: int = 0
) -> tuple[TinyNet, dict[str, Any], list[float]]:
    """A network after some steps, what had a hand in them, and the losses.

    ``changes`` is how often other layers begin to train.
    """
    module = tiny_net(dropout=0.0, norm=False).train()
    more = remedy(module)
    optimizer = build_optimizer(module, BLOCKS, PLAIN)

    def forward(inputs: dict[str, Tensor]) -> Tensor:
        logits: Tensor = module(inputs["x"])
        return logits

    compute = replace(CPU, compiled=compiled)
    stepper = Stepper(forward, module, optimizer, compute, **more)
    losses = []
    for number in range(max(3, changes)):
        if changes:
            freeze(module, frozenset({"head"} if number % 2 else {"backbone", "head"}))
            regroup(optimizer, module, BLOCKS, PLAIN)
            stepper.turn_to(forward)
        stepper.begin(seed=number, samples=8, rate=0.1)
        stepper.gather(batch)
        losses.append(float(stepper.update()[0]))
    return module, more, losses


@pytest.mark.parametrize(
    ("remedy", "targets"),
    [
        (focal, mixed),
        (average, Tensor.clone),
        (pull, Tensor.clone),
        (distillation, Tensor.clone),
        (adapters, Tensor.clone),
    ],
)
def test_a_compiled_network_learns_the_same(
    remedy: Remedy, targets: Callable[[Tensor], Tensor]
) -> None:
    batch = batch_of(targets)
    plain, plain_more, expected = stepped(remedy, batch, compiled=False)
    module, more, losses = stepped(remedy, batch, compiled=True)
    assert not counters["graph_break"]
    assert losses == pytest.approx(expected, abs=1e-6)
    assert expected[-1] < expected[0]
    for one, other in zip(module.state_dict().values(), plain.state_dict().values(), strict=True):
        torch.testing.assert_close(one, other, atol=1e-6, rtol=1e-5)
    if "average" in more:
        with more["average"].in_force(), plain_more["average"].in_force():
            torch.testing.assert_close(module.backbone[0].weight, plain.backbone[0].weight)


def test_layers_that_wake_are_compiled_anew_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    tracing_only(monkeypatch, "eager")
    monkeypatch.setattr(torch._dynamo.config, "recompile_limit", 2)
    changes, batch = 4, batch_of(Tensor.clone)
    _, _, expected = stepped(nothing, batch, compiled=False, changes=changes)
    _, _, losses = stepped(nothing, batch, compiled=True, changes=changes)
    assert counters["stats"]["unique_graphs"] == changes
    assert losses == pytest.approx(expected, abs=1e-6)
