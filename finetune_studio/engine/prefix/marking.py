"""Which operations of a network never change while it trains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from finetune_studio.engine.prefix.tracing import (
    Traced,
    is_size,
    owner,
    tensor_of,
    written_inputs,
)
from finetune_studio.project.freeze_plan import covers

if TYPE_CHECKING:
    from torch.fx import Node


@dataclass(frozen=True)
class Marks:
    """The operations of a traced network, sorted.

    Attributes:
        settled: what depends on nothing that trains, and is worth keeping; in order.
        cheap: what depends on nothing that trains either, but is computed again wherever it is
            needed: sizes, constants, and what of a text comes from its tokens without any weight
            (a mask of attention is larger than all it is made of).
    """

    settled: tuple[Node, ...]
    cheap: frozenset[Node]


def mark(traced: Traced, paths: frozenset[str], *, inputs_at_hand: bool) -> Marks:
    """Sort the operations of a network.

    An operation is unsettled when it belongs to a module that trains, when it reads a parameter
    that does, when it is random, or when one of its inputs is unsettled. Going by the module
    keeps the dropout and the batch statistics of what trains behind the cut, in training and in
    evaluation alike.

    Args:
        traced: the network.
        paths: module or parameter paths of what trains.
        inputs_at_hand: whether the second half gets the network's own inputs too.
    """
    unsettled = _unsettled(traced, paths)
    cheap = _cheap(traced, unsettled, inputs_at_hand=inputs_at_hand)
    settled = tuple(
        node
        for node in traced.module.graph.nodes
        if node.op == "call_function" and node not in unsettled and node not in cheap
    )
    return Marks(settled, frozenset(cheap))


def is_random(node: Node) -> bool:
    """Whether an operation draws random numbers. Dropout that is switched off draws none."""
    schema = getattr(node.target, "_schema", None)
    if schema is None or torch.Tag.nondeterministic_seeded not in getattr(node.target, "tags", ()):
        return False
    given = {one.name: one.default_value for one in schema.arguments if one.has_default_value()}
    given.update(zip((one.name for one in schema.arguments), node.args, strict=False))
    given.update(node.kwargs)
    off = given.get("train") is False or given.get("training") is False
    return not off and given.get("dropout_p") != 0.0


def _unsettled(traced: Traced, paths: frozenset[str]) -> set[Node]:
    found: set[Node] = set()
    last_writer: dict[Node, Node] = {}
    read_behind: set[Node] = set()
    for node in traced.module.graph.nodes:
        written = written_inputs(node)
        sources = [*node.all_input_nodes, *(last_writer.get(n, n) for n in node.all_input_nodes)]
        if (
            _trains(traced, node, paths)
            or any(source in found for source in sources)
            # Its value was read behind the cut before: it must not be overwritten ahead of that.
            or any(value in read_behind for value in written)
        ):
            found.add(node)
            read_behind.update(node.all_input_nodes)
        last_writer.update(dict.fromkeys(written, node))
    return found


def _trains(traced: Traced, node: Node, paths: frozenset[str]) -> bool:
    if node.op == "get_attr":
        return bool(tensor_of(traced.module, node).requires_grad)
    if node.op != "call_function":
        return node.op == "output"
    path = owner(node)
    return (covers(paths, path) if path else "" in paths) or is_random(node)


def _cheap(traced: Traced, unsettled: set[Node], *, inputs_at_hand: bool) -> set[Node]:
    from_inputs: set[Node] = set()
    from_weights: set[Node] = set()
    cheap: set[Node] = set()
    for node in traced.module.graph.nodes:
        if node in unsettled:
            continue
        if node.op == "placeholder":
            from_inputs.add(node)
        elif node.op == "get_attr":
            if isinstance(tensor_of(traced.module, node), torch.nn.Parameter):
                from_weights.add(node)
        elif is_size(node):
            cheap.add(node)
        else:
            if any(source in from_inputs for source in node.all_input_nodes):
                from_inputs.add(node)
            if any(source in from_weights for source in node.all_input_nodes):
                from_weights.add(node)
            if node not in from_inputs or (inputs_at_hand and node not in from_weights):
                cheap.add(node)
    return cheap
