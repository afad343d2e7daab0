"""The evaluation of a graph that was traced in training: its switches turned off."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from finetune_studio.engine.prefix.marking import is_random
from finetune_studio.engine.prefix.tracing import written_inputs

if TYPE_CHECKING:
    from torch.fx import GraphModule, Node

# Arguments that tell an operation whether the network trains, with their value when it does not.
_SWITCHES: dict[str, bool | float] = {"train": False, "training": False, "dropout_p": 0.0}


def switched_off(half: GraphModule) -> GraphModule | None:
    """The same graph in evaluation: no dropout, and batch statistics held.

    The tensors stay those of the original.

    Returns:
        ``None`` where switches do not suffice: something is still random, as in stochastic depth.
    """
    evaluation = _twin(half)
    for node in list(evaluation.graph.nodes):
        if _counts_batches(node):
            evaluation.graph.erase_node(node)
        else:
            _turn_off(node)
    if any(is_random(node) for node in evaluation.graph.nodes):
        return None
    evaluation.graph.eliminate_dead_code()
    evaluation.recompile()
    return evaluation


def _twin(half: GraphModule) -> GraphModule:
    """A second module over a copy of the graph, with the same tensors."""
    twin = copy.copy(half)
    twin.graph = copy.deepcopy(half.graph)
    return twin


def _turn_off(node: Node) -> None:
    schema = getattr(node.target, "_schema", None)
    if node.op != "call_function" or schema is None:
        return
    arguments: list[Any] = list(node.args)
    for place, argument in enumerate(schema.arguments):
        if argument.name in _SWITCHES:
            off = _SWITCHES[argument.name]
            if place < len(arguments):
                arguments[place] = off
            elif argument.name in node.kwargs:
                node.update_kwarg(argument.name, off)
    node.args = tuple(arguments)


def _counts_batches(node: Node) -> bool:
    """Whether an operation only moves a buffer on, as batch norm counts its batches."""
    return not node.users and any(value.op == "get_attr" for value in written_inputs(node))
