"""Where a traced network is best divided, and the two halves as modules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch.fx import Graph, GraphModule

from finetune_studio.engine.prefix.halves import NotDivisible
from finetune_studio.engine.prefix.tracing import is_size, symbol_of, written_inputs
from finetune_studio.engine.prefix.worth import Gain, Room, share_saved, worthwhile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch.fx import Node

    from finetune_studio.engine.prefix.marking import Marks
    from finetune_studio.engine.prefix.timing import Timed
    from finetune_studio.engine.prefix.tracing import Traced


@dataclass(frozen=True)
class Cut(Gain):
    """A place to divide a network.

    Attributes:
        before: how many of the settled operations lie ahead of it.
        crossing: which of these are stored, by their number.
    """

    before: int
    crossing: tuple[int, ...]


def best_cut(traced: Traced, marks: Marks, timed: Timed, room: Room) -> Cut:
    """The cut that saves most.

    Args:
        traced: the network.
        marks: its operations, sorted.
        timed: how long each takes.
        room: for what is stored.

    Raises:
        NotDivisible: none saves enough, or what would does not fit.
    """
    return worthwhile(_cuts(traced, marks, timed, room.tokens), room)[0]


def _cuts(traced: Traced, marks: Marks, timed: Timed, tokens: float) -> list[Cut]:
    """One after each settled operation, unless something crosses that cannot be stored."""
    number = {node: place for place, node in enumerate(marks.settled)}
    last_use = [_last_use(node, number, len(marks.settled)) for node in marks.settled]
    inputs_last_used = max(
        (_last_use(node, number, len(marks.settled), marks.cheap) for node in traced.inputs),
        default=-1,
    )
    found = []
    spent, open_values = 0.0, list[int]()
    for place, node in enumerate(marks.settled):
        spent += timed.seconds.get(node, 0.0)
        open_values = [one for one in open_values if last_use[one] > place]
        if last_use[place] > place:
            open_values.append(place)
        crossing = [marks.settled[one] for one in open_values]
        inputs_done = inputs_last_used <= place or traced.tokens is not None
        if crossing and inputs_done and all(one in timed.values for one in crossing):
            size = sum(timed.values[one].bytes_of(tokens) for one in crossing)
            share = share_saved(spent, size, timed.total)
            name = f"operation {place + 1}: {', '.join(map(str, open_values))}"
            found.append(Cut(name, size, share, place + 1, tuple(open_values)))
    return found


def _last_use(
    node: Node, number: dict[Node, int], behind: int, ignored: frozenset[Node] = frozenset()
) -> int:
    """The number of the last settled operation that reads a value; ``behind`` for later ones."""
    users = [user for user in node.users if user not in ignored and not is_size(user)]
    return max((number.get(user, behind) for user in users), default=-1)


# ------------------------------------------------------------------------------------- halves


def first_half(traced: Traced, marks: Marks, cut: Cut) -> GraphModule:
    """Inputs to the values that are stored, as a tuple."""
    graph, copies = Graph(), dict[object, object]()
    ahead = {*marks.settled[: cut.before], *marks.cheap}
    for node in traced.module.graph.nodes:
        if node.op in ("placeholder", "get_attr") or (
            node in ahead and all(one in copies for one in node.all_input_nodes)
        ):
            copies[node] = graph.node_copy(node, lambda one: copies[one])  # type: ignore[arg-type,return-value]
    graph.output(tuple(copies[marks.settled[place]] for place in cut.crossing))  # type: ignore[misc]
    return _module(traced, graph)


def second_half(traced: Traced, marks: Marks, cut: Cut, *, inputs_at_hand: bool) -> GraphModule:
    """The network's inputs, if at hand, then the stored values, to logits.

    Raises:
        NotDivisible: something else would have to cross.
    """
    graph, copies = Graph(), dict[object, object]()
    if inputs_at_hand:
        copies.update((node, graph.node_copy(node)) for node in traced.inputs)
    stored = [marks.settled[place] for place in cut.crossing]
    given = {node: graph.placeholder(node.name) for node in stored}
    # What is written into later must not be the caller's.
    copies.update(
        (node, _own(graph, given[node]) if _overwritten(node) else given[node]) for node in stored
    )
    ahead = {*traced.inputs, *marks.settled[: cut.before]}
    for node in traced.module.graph.nodes:
        if node in ahead:
            continue
        if node.op == "output":
            graph.output(copies[node.all_input_nodes[0]])  # type: ignore[arg-type]
            continue
        missing = [one for one in node.all_input_nodes if one not in copies]
        if not missing:
            copies[node] = graph.node_copy(node, lambda one: copies[one])  # type: ignore[arg-type,return-value]
        elif is_size(node):
            copies[node] = _size(traced, graph, node, stored, copies)
        elif node not in marks.cheap:
            raise NotDivisible(f"{node.name} needs {missing[0].name}, which is not stored.")
    return _module(traced, graph)


def _overwritten(node: Node) -> bool:
    return any(node in written_inputs(user) for user in node.users)


def _own(graph: Graph, node: Node) -> Node:
    return graph.call_function(torch.ops.aten.clone.default, (node,))


def _size(
    traced: Traced,
    graph: Graph,
    node: Node,
    stored: Sequence[Node],
    copies: dict[object, object],
) -> Node:
    """The number of samples or tokens, read off a tensor that is at hand."""
    symbol = symbol_of(node.meta.get("val"))
    if symbol == traced.batch:
        source, dim = copies[stored[0]], 0
    elif traced.tokens is not None and symbol == traced.tokens and traced.inputs[0] in copies:
        source, dim = copies[traced.inputs[0]], 1
    else:
        raise NotDivisible(f"The size {symbol} cannot be told behind the cut.")
    return graph.call_function(torch.ops.aten.sym_size.int, (source, dim))  # type: ignore[arg-type]


def _module(traced: Traced, graph: Graph) -> GraphModule:
    graph.eliminate_dead_code()
    graph.lint()
    return GraphModule(traced.module, graph)
