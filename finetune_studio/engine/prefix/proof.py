"""The proof that two halves are the network, on real samples, before they are used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from finetune_studio.engine.compute import Compute
from finetune_studio.engine.model.freezing import set_training_mode
from finetune_studio.engine.prefix.halves import Halves, NotDivisible, feature_names, named
from finetune_studio.project.choices import Precision

if TYPE_CHECKING:
    from finetune_studio.engine.evaluation.answers import Forward
    from finetune_studio.engine.model.bundle import ModelBundle

_SEED = 7
# Of the largest value. The same operations on the same numbers mostly give the same bits.
_TOLERANCE = {Precision.FP32: 1e-5}
_ROUNDED = 2e-2
# Below this, values are noise: some gradients are zero but for rounding (that of a key's bias).
_SMALL = 1e-2


@dataclass(frozen=True)
class _Step:
    """What a forward and a backward pass gave and left behind."""

    logits: Tensor
    left: list[Tensor]  # gradients, then batch statistics


def prove(
    bundle: ModelBundle,
    paths: frozenset[str],
    halves: Halves,
    inputs: dict[str, Tensor],
    compute: Compute,
) -> None:
    """Compare the halves with the network.

    That is: logits in evaluation; logits, gradients and batch statistics of a training step. The
    network is left as it was.

    Args:
        bundle: frozen.
        paths: module or parameter paths of what trains.
        halves: of the network.
        inputs: of a few samples, on the device.
        compute: in what numbers.

    Raises:
        NotDivisible: they differ.
    """
    tolerance = _TOLERANCE.get(compute.precision, _ROUNDED)
    with torch.inference_mode(), compute.numbers():
        bundle.module.eval()
        stored = halves.prefix(inputs)
        both = {**inputs, **named(feature_names(len(stored)), stored)}
        _require_close(bundle(inputs), halves.evaluation(both), tolerance)
    set_training_mode(bundle.module, paths)
    ordinary = {name: tensor.clone() for name, tensor in both.items()}  # not of inference mode
    with left_alone(bundle.module):
        plain = _step(bundle, bundle.module, ordinary, compute)
    with left_alone(bundle.module):
        divided = _step(halves.training, bundle.module, ordinary, compute)
    _require_close(plain.logits, divided.logits, tolerance)
    for one, other in zip(plain.left, divided.left, strict=True):
        _require_close(one, other, tolerance)


def _step(
    forward: Forward, module: nn.Module, inputs: dict[str, Tensor], compute: Compute
) -> _Step:
    compute.seed(_SEED)
    with compute.numbers():
        logits = forward({name: tensor.clone() for name, tensor in inputs.items()}).float()
    if logits.shape[1] == 1:  # one label among one would teach nothing
        logits.square().mean().backward()
    else:
        targets = torch.arange(len(logits), device=logits.device) % logits.shape[1]
        functional.cross_entropy(logits, targets).backward()
    gradients = [
        torch.zeros_like(p) if p.grad is None else p.grad.clone()
        for p in module.parameters()
        if p.requires_grad
    ]
    statistics = [buffer.clone() for buffer in module.buffers()]
    return _Step(logits.detach(), [*gradients, *statistics])


@contextmanager
def left_alone(module: nn.Module) -> Iterator[None]:
    """Before and afterwards there are no gradients; the batch statistics end as they were."""
    module.zero_grad(set_to_none=True)
    before = [(buffer, buffer.clone()) for buffer in module.buffers()]
    try:
        yield
    finally:
        module.zero_grad(set_to_none=True)
        with torch.no_grad():
            for buffer, value in before:
                buffer.copy_(value)


def _require_close(one: Tensor, other: Tensor, tolerance: float) -> None:
    if not one.is_floating_point():
        close = torch.equal(one, other)
    else:
        scale = max(_SMALL, float(one.abs().max())) if one.numel() else 1.0
        close = one.shape == other.shape and bool(
            ((one.float() - other.float()).abs() <= tolerance * scale).all()
        )
    if not close:
        raise NotDivisible("Its halves gave other numbers than the whole network.")
