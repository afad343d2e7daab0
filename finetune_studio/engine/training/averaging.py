"""An average over the weights of all steps, which often answers better than the last weights.

Training goes on with the weights themselves; validation, evaluation and export use the average.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from finetune_studio.project.hyperparameters import Hyperparameters


class Average:
    """The exponential moving average of what trains in a network (Polyak & Juditsky 1992).

    After step t, ``average = d * average + (1 - d) * weights`` with ``d`` the decay, but at most
    ``(1 + t) / (10 + t)``: so an early average does not cling to the weights before the first
    step, of which a new head's are random. Batch statistics are averaged likewise, as they belong
    to the weights they were measured with; what counts batches is copied.

    Attributes:
        updates: steps that were averaged so far.
    """

    def __init__(self, module: nn.Module, decay: float) -> None:
        self.updates = 0
        self._decay = decay
        self._module = module
        self._averages: dict[str, Tensor] = {}
        self.follow()

    def follow(self) -> None:
        """Take in what has begun to train since."""
        for name, tensor in self._followed():
            self._averages.setdefault(name, tensor.detach().clone())

    @torch.no_grad()
    def update(self) -> None:
        """Take in the weights after a step."""
        self.updates += 1
        decay = min(self._decay, (1 + self.updates) / (10 + self.updates))
        pairs = [(self._averages[name], tensor) for name, tensor in self._followed()]
        moving = [pair for pair in pairs if pair[1].is_floating_point()]
        torch._foreach_lerp_([one for one, _ in moving], [now for _, now in moving], 1 - decay)
        for one, now in pairs:
            if not now.is_floating_point():
                one.copy_(now)

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """Inside, the network has the average; afterwards its own weights again."""
        self._exchange()
        try:
            yield
        finally:
            self._exchange()

    @torch.no_grad()
    def restart(self, updates: int) -> None:
        """Go on from the average that the network's weights are right now."""
        self.updates = updates
        for name, tensor in self._followed():
            self._averages[name].copy_(tensor)

    @torch.no_grad()
    def _exchange(self) -> None:
        for name, tensor in self._followed():
            own = tensor.clone()
            tensor.copy_(self._averages[name])
            self._averages[name].copy_(own)

    def _followed(self) -> list[tuple[str, Tensor]]:
        weights = [(n, p) for n, p in self._module.named_parameters() if p.requires_grad]
        return [*weights, *self._module.named_buffers()]


def average_for(training: Hyperparameters, module: nn.Module) -> Average | None:
    """The average that some settings ask for, if any."""
    return Average(module, training.weight_average) if training.weight_average else None
