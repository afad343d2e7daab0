"""How long each operation ahead of the cut takes, and what it really gives."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.fx import Interpreter, Node

from finetune_studio.engine.prefix.halves import StoredValue, value_like
from finetune_studio.engine.prefix.tracing import Traced
from finetune_studio.engine.stopwatch import finish

if TYPE_CHECKING:
    from collections.abc import Sequence

_PASSES = 2  # the first one also pays for what is only done once


@dataclass
class Timed:
    """What was seen of each operation.

    Attributes:
        seconds: of one sample.
        values: descriptions of the tensors that can be stored.
        total: seconds of the whole forward pass, of one sample.
    """

    seconds: dict[Node, float] = field(default_factory=dict)
    values: dict[Node, StoredValue] = field(default_factory=dict)
    total: float = 0.0


def time_operations(traced: Traced, inputs: Sequence[Tensor]) -> Timed:
    """Run a graph operation by operation.

    Args:
        traced: of the network in evaluation mode.
        inputs: [batch, ...], on the device.
    """
    watch = _Watch(traced, inputs[0].device)
    with torch.inference_mode():
        for _ in range(_PASSES):
            watch.run(*inputs)
    samples = len(inputs[0])
    seconds = {node: spent / samples for node, spent in watch.seconds.items()}
    return Timed(seconds, watch.values, sum(seconds.values()))


def storable(traced: Traced, node: Node) -> int | None:
    """Whether a value divides by samples; which dimension counts tokens, 0 for none.

    Returns:
        ``None`` when it does not, or has more than one dimension of tokens.
    """
    sizes = traced.sizes(node)
    if not sizes or sizes[0] != traced.batch:
        return None
    symbolic = [dim for dim, size in enumerate(sizes) if dim and not isinstance(size, int)]
    if not symbolic:
        return 0
    if len(symbolic) > 1 or traced.tokens is None or sizes[symbolic[0]] != traced.tokens:
        return None
    return symbolic[0]


class _Watch(Interpreter):
    """Notes times and values; of several passes, the shortest time."""

    def __init__(self, traced: Traced, device: torch.device) -> None:
        super().__init__(traced.module)
        self.seconds: dict[Node, float] = {}
        self.values: dict[Node, StoredValue] = {}
        self._traced = traced
        self._device = device

    def run_node(self, n: Node) -> Any:
        """Run one operation."""
        started = time.perf_counter()
        result = super().run_node(n)
        finish(self._device)
        spent = time.perf_counter() - started
        self.seconds[n] = min(spent, self.seconds.get(n, spent))
        if isinstance(result, Tensor) and n.op == "call_function":
            tokens = storable(self._traced, n)
            if tokens is not None:
                self.values[n] = value_like(result, tokens or None)
        return result
