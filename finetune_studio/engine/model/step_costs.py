"""What a training step takes beside passing samples through the network: updates and adapters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from finetune_studio.engine.compute import Compute
from finetune_studio.engine.stopwatch import Stopwatch

HANDLING_SECONDS = 0.001
"""Of a step, whatever the network: reading a batch, drawing its chance, telling of it.

It took 0.8 ms for texts and 2 ms for pictures on two cores.
"""
EPOCH_SECONDS = 0.012
"""Of an epoch, whatever the network: judging and telling, a checkpoint of a few small files.

It took 9 to 12 ms for tiny networks and up to 30 ms for others, on two cores and a fast disk.
"""
ADAPTER_RANK = 8
"""Of the adapters that are timed."""

_UPDATED = 1 << 22  # numbers; more than a cache holds
_LAYERS = 64
_SMALL = 16  # numbers
_ADAPTED = (1024, 384)  # places in a batch, and numbers at each
_TIMES = 3


@dataclass(frozen=True)
class StepCosts:
    """Seconds.

    Attributes:
        update: of one parameter, in the norm of the gradient and in AdamW's update.
        layer: of a layer that trains, however small, in the same.
        adapted: of one number that goes into or comes out of an adapter, there and back.
    """

    update: float
    layer: float
    adapted: float


def step_costs(compute: Compute) -> StepCosts:
    """Time updates and an adapter on the device that will train."""
    adapted = _quickest(compute, _adapter(compute))
    places, width = _ADAPTED
    return StepCosts(
        update=_quickest(compute, _update(compute, [_UPDATED])) / _UPDATED,
        layer=_quickest(compute, _update(compute, [_SMALL] * 2 * _LAYERS)) / _LAYERS,
        adapted=adapted / (places * 2 * width),
    )


def _quickest(compute: Compute, work: Callable[[], None]) -> float:
    times = []
    for _ in range(_TIMES):
        watch = Stopwatch(compute)
        work()
        times.append(watch.step().seconds)
    return min(times)


def _update(compute: Compute, sizes: list[int]) -> Callable[[], None]:
    """An update of tensors of so many numbers."""
    weights = [torch.zeros(size, device=compute.device, requires_grad=True) for size in sizes]
    optimizer = torch.optim.AdamW(weights, fused=compute.device.type in ("cpu", "cuda"))
    gradients = [torch.zeros_like(weight) for weight in weights]

    def work() -> None:
        for weight, gradient in zip(weights, gradients, strict=True):
            weight.grad = gradient
        nn.utils.get_total_norm(gradients)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return work


def _adapter(compute: Compute) -> Callable[[], None]:
    """An adapter beside a layer that has said what it says."""
    places, width = _ADAPTED
    inputs = torch.zeros(places, width, device=compute.device, requires_grad=True)
    down = nn.Linear(width, ADAPTER_RANK, bias=False, device=compute.device)
    up = nn.Linear(ADAPTER_RANK, width, bias=False, device=compute.device)
    with torch.no_grad(), compute.numbers():
        said = torch.zeros_like(up(down(inputs)))

    def work() -> None:
        with compute.numbers():
            result = said + up(down(inputs)) * 2.0
        result.backward(said)
        inputs.grad = None

    return work
