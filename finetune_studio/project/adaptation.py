"""Which layers adapters go into, as far as it can be told from a model's description."""

from __future__ import annotations

from dataclasses import dataclass

from finetune_studio.project.choices import AdaptedLayers, Adapters
from finetune_studio.project.hyperparameters import Hyperparameters

ATTENTION, LINEAR, CONVOLUTION = "attention", "linear", "convolution"
# The kinds of layer, for each choice of the user.
ADAPTED_KINDS: dict[AdaptedLayers, frozenset[str]] = {
    AdaptedLayers.ALL: frozenset({ATTENTION, LINEAR, CONVOLUTION}),
    AdaptedLayers.LINEAR: frozenset({ATTENTION, LINEAR}),
    AdaptedLayers.ATTENTION: frozenset({ATTENTION}),
}


@dataclass(frozen=True)
class Adaptation:
    """What adapters a run puts in.

    Attributes:
        rank: width of the matrices between.
        kinds: of the layers that get one.
    """

    rank: int
    kinds: frozenset[str]


def adaptation_of(training: Hyperparameters) -> Adaptation | None:
    """What the settings say of adapters; ``None`` when layers themselves train."""
    if training.adapters is not Adapters.LORA:
        return None
    return Adaptation(training.adapter_rank, ADAPTED_KINDS[training.adapted_layers])
