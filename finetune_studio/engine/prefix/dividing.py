"""The search for the best way to divide a network: the quick ways first, each proven."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from finetune_studio.engine.compute import Compute
from finetune_studio.engine.prefix.boundary import divide_before_module
from finetune_studio.engine.prefix.graph import divide_graph
from finetune_studio.engine.prefix.halves import Halves, NotDivisible
from finetune_studio.engine.prefix.modules import divide_behind_module
from finetune_studio.engine.prefix.proof import prove
from finetune_studio.engine.prefix.worth import Room

if TYPE_CHECKING:
    from finetune_studio.engine.model.bundle import ModelBundle


@dataclass(frozen=True)
class Search:
    """A network to divide, and what is asked of the halves.

    Attributes:
        bundle: frozen, and on the device.
        paths: module or parameter paths of what trains.
        compute: where and in what numbers.
        room: for what is stored.
        spared: how often a sample need not pass the frozen layers, over the whole run.
        worth_tracing_s: the least that must be saved where no quick way does.
    """

    bundle: ModelBundle
    paths: frozenset[str]
    compute: Compute
    room: Room
    spared: int
    worth_tracing_s: float

    def best(self, inputs: dict[str, Tensor]) -> Halves:
        """The halves that save most, proven to be the network.

        Args:
            inputs: of a few samples, on the device.

        Raises:
            NotDivisible: the network cannot be divided, or it does not pay.
        """
        try:
            return self._before_module(inputs)
        except NotDivisible:
            pass  # the quickest way is not the only one
        try:
            found, enough = self._behind_module(inputs)
        except NotDivisible:
            return self._by_operations(inputs)
        if enough or self.room.only:
            return found
        try:
            return self._by_operations(inputs)
        except NotDivisible:
            return found

    def _before_module(self, inputs: dict[str, Tensor]) -> Halves:
        self.bundle.module.eval()
        with self.compute.numbers():
            halves = divide_before_module(self.bundle, self.paths, inputs)
        if not self.room.fits(sum(value.bytes_of(self.room.tokens) for value in halves.values)):
            raise NotDivisible("There is no room for what enters the layers that train.")
        return self._proven(halves, inputs)

    def _behind_module(self, inputs: dict[str, Tensor]) -> tuple[Halves, bool]:
        halves, enough = divide_behind_module(
            self.bundle, self.paths, inputs, self.compute, self.room
        )
        return self._proven(halves, inputs), enough

    def _by_operations(self, inputs: dict[str, Tensor]) -> Halves:
        if (
            not self.room.only
            and self._forward_seconds(inputs) * self.spared < self.worth_tracing_s
        ):
            raise NotDivisible("The run is so short that finding out how would take longer.")
        halves = divide_graph(self.bundle, self.paths, inputs, self.compute, self.room)
        return self._proven(halves, inputs)

    def _proven(self, halves: Halves, inputs: dict[str, Tensor]) -> Halves:
        if self.room.only not in ("", halves.place):
            raise NotDivisible("It is divided elsewhere.")
        prove(self.bundle, self.paths, halves, inputs, self.compute)
        return halves

    def _forward_seconds(self, inputs: dict[str, Tensor]) -> float:
        """Of one sample through the whole network."""
        self.bundle.module.eval()
        started = time.perf_counter()
        with torch.inference_mode(), self.compute.numbers():
            logits = self.bundle(inputs)
        logits.cpu()
        return (time.perf_counter() - started) / len(logits)
