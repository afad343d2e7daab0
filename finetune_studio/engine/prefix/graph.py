"""The general way to divide a network: anywhere in the graph of its operations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from finetune_studio.engine.compute import Compute
from finetune_studio.engine.model.bundle import TextPreprocessing
from finetune_studio.engine.model.freezing import set_training_mode
from finetune_studio.engine.prefix.cutting import Cut, best_cut, first_half, second_half
from finetune_studio.engine.prefix.halves import (
    Halves,
    NotDivisible,
    feature_names,
    input_names,
)
from finetune_studio.engine.prefix.marking import Marks, mark
from finetune_studio.engine.prefix.proof import left_alone
from finetune_studio.engine.prefix.switching import switched_off
from finetune_studio.engine.prefix.timing import time_operations
from finetune_studio.engine.prefix.tracing import Traced, tensor_of, trace
from finetune_studio.engine.prefix.worth import Room

if TYPE_CHECKING:
    from torch.fx import GraphModule

    from finetune_studio.engine.evaluation.answers import Forward
    from finetune_studio.engine.model.bundle import ModelBundle


def divide_graph(
    bundle: ModelBundle,
    paths: frozenset[str],
    inputs: dict[str, Tensor],
    compute: Compute,
    room: Room,
) -> Halves:
    """Divide a network where that saves most.

    Args:
        bundle: frozen; it is left in training mode as far as it trains.
        paths: module or parameter paths of what trains.
        inputs: of at least two samples, on the device.
        compute: in what numbers.
        room: for what is stored.

    Raises:
        NotDivisible: it cannot be divided, or nothing is gained by it.
    """
    names = input_names(bundle)
    text = isinstance(bundle.preprocessing, TextPreprocessing)
    set_training_mode(bundle.module, paths)
    traced, marks = _marked(bundle, paths, inputs)
    if not marks.settled:
        raise NotDivisible("Every layer trains, from the first one on.")
    with compute.numbers(), left_alone(bundle.module):
        timed = time_operations(traced, [inputs[name] for name in names])
    cut = best_cut(traced, marks, timed, room)
    first = first_half(traced, marks, cut)
    second = second_half(traced, marks, cut, inputs_at_hand=text)
    evaluation = switched_off(second) or _traced_again(bundle, paths, inputs, marks, cut)
    takes = (*(names if text else ()), *feature_names(len(cut.crossing)))
    return Halves(
        prefix=lambda batch: first(*(batch[name] for name in names)),
        training=_named_call(second, takes),
        evaluation=_named_call(evaluation, takes),
        values=tuple(timed.values[marks.settled[place]] for place in cut.crossing),
        state=tuple(_state(first)),
        signature=first.code,
        share=cut.share,
        place=cut.name,
    )


def _marked(
    bundle: ModelBundle, paths: frozenset[str], inputs: dict[str, Tensor]
) -> tuple[Traced, Marks]:
    """The network as it stands, traced and sorted."""
    prepared = bundle.preprocessing
    most = prepared.max_tokens if isinstance(prepared, TextPreprocessing) else 0
    traced = trace(bundle.module, [inputs[name] for name in input_names(bundle)], most)
    return traced, mark(traced, paths, inputs_at_hand=most > 0)


def _traced_again(
    bundle: ModelBundle, paths: frozenset[str], inputs: dict[str, Tensor], marks: Marks, cut: Cut
) -> GraphModule:
    """The second half in evaluation, where it takes another way than in training.

    Raises:
        NotDivisible: the first half does so too.
    """
    bundle.module.eval()
    traced, looking = _marked(bundle, paths, inputs)
    _require_same_start(marks, looking)
    text = isinstance(bundle.preprocessing, TextPreprocessing)
    return second_half(traced, looking, cut, inputs_at_hand=text)


def _require_same_start(learning: Marks, looking: Marks) -> None:
    """The first half must be the same in training and in evaluation.

    Raises:
        NotDivisible: it is not.
    """
    for one, other in zip(looking.settled, learning.settled, strict=False):
        if one.target != other.target:
            break
    else:
        if len(looking.settled) == len(learning.settled):
            return
    raise NotDivisible("The frozen layers compute otherwise in training than in evaluation.")


def _named_call(half: GraphModule, names: Sequence[str]) -> Forward:
    def forward(inputs: dict[str, Tensor]) -> Tensor:
        logits: Tensor = half(*(inputs[name] for name in names))
        return logits.float()

    return forward


def _state(module: GraphModule) -> list[Tensor]:
    nodes = [node for node in module.graph.nodes if node.op == "get_attr"]
    found = [tensor_of(module, node) for node in nodes]
    return [t for t in found if isinstance(t, torch.Tensor)]
