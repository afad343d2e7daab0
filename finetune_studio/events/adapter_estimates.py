"""What adapters take, where they train in place of the layers they stand beside."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from finetune_studio.events.descriptions import LayerNode, ModelDescription
from finetune_studio.events.layer_tree import head_parameters, leaves
from finetune_studio.project.adaptation import CONVOLUTION, Adaptation
from finetune_studio.project.freeze_plan import covers

# An adapter's products: forward, for its inputs, for its weights.
_PRODUCTS = 3.0
# Of adapters of this rank what goes in and comes out was timed.
_TIMED_RANK = 8


@dataclass(frozen=True)
class AdaptersPlanned:
    """The adapters that a plan puts in.

    Attributes:
        trained: paths of the layers that get one, and of what trains of the head.
        parameters: that train: the adapters' own, and the head's.
        seconds: of a sample in the adapters themselves, there and back.
    """

    trained: frozenset[str]
    parameters: int
    seconds: float

    @classmethod
    def of(
        cls, model: ModelDescription, paths: frozenset[str], adaptation: Adaptation
    ) -> AdaptersPlanned:
        """The adapters where otherwise these paths would train."""
        layers = tuple(_adapted(model, paths, adaptation))
        inside = sum(layer.adapter_parameters for layer in layers)
        return cls(
            trained=_of_head(model, paths) | {layer.path for layer in layers},
            parameters=head_parameters(model, paths) + adaptation.rank * inside,
            seconds=_seconds(model, layers, adaptation.rank),
        )


def _adapted(
    model: ModelDescription, paths: frozenset[str], adaptation: Adaptation
) -> Iterator[LayerNode]:
    """The layers that get an adapter."""
    head = model.block_paths[-1]
    for leaf in leaves(model.tree):
        fits = leaf.adapter in adaptation.kinds
        if fits and covers(paths, leaf.path) and not covers(head, leaf.path):
            yield leaf


def _of_head(model: ModelDescription, paths: frozenset[str]) -> frozenset[str]:
    head = model.block_paths[-1]
    whole = frozenset(path for path in head if covers(paths, path))
    return whole | frozenset(path for path in paths if covers(head, path))


def _seconds(model: ModelDescription, layers: Sequence[LayerNode], rank: int) -> float:
    """Of a sample in the adapters.

    An adapter moves much and multiplies little, so what goes in and comes out counts. Of a rank
    above the timed one the products count too, as fast as the layer's: an adapter multiplies as
    often as it has parameters, where its layer does as often as that has.
    """
    above = max(0, rank - _TIMED_RANK) if model.adapter_seconds else rank
    moved = sum(_places(layer) * layer.adapter_moves for layer in layers)
    products = sum(
        layer.adapter_parameters * layer.seconds / layer.parameters
        for layer in layers
        if layer.parameters
    )
    return model.adapter_seconds * moved + _PRODUCTS * above * products


def _places(layer: LayerNode) -> int:
    """At how many places of a sample a layer says something: tokens, or points of a picture."""
    shape = layer.output_shape
    return math.prod(shape[1:] if layer.adapter == CONVOLUTION else shape[:-1])
