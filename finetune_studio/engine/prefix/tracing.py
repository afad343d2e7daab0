"""A network as a graph of operations, for any number of samples, and of tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.export import Dim
from torch.fx import GraphModule, Node

from finetune_studio.engine.prefix.halves import NotDivisible

if TYPE_CHECKING:
    from collections.abc import Sequence

# What the tracer notes about shapes for itself.
_REMARKS = ("_assert_tensor_metadata", "_assert_scalar", "sym_constrain_range")


@dataclass(frozen=True)
class Traced:
    """A graph whose parameters and buffers are the network's own.

    Attributes:
        batch, tokens: the symbols that stand for these sizes; ``tokens`` is ``None`` of pictures.
    """

    module: GraphModule
    batch: Any
    tokens: Any

    @property
    def inputs(self) -> list[Node]:
        """The placeholders."""
        return [node for node in self.module.graph.nodes if node.op == "placeholder"]

    def sizes(self, node: Node) -> tuple[Any, ...] | None:
        """Of a node's value: numbers, or the symbols; ``None`` when it is no tensor."""
        value = node.meta.get("val")
        if not isinstance(value, Tensor):
            return None
        return tuple(symbol_of(size) for size in value.shape)


def trace(module: nn.Module, inputs: Sequence[Tensor], most_tokens: int = 0) -> Traced:
    """Trace a network as it stands: what is in training mode stays so.

    Args:
        module: the network.
        inputs: an example, each [batch, ...] with at least two samples; texts [batch, tokens].
        most_tokens: of a text; 0 for pictures.

    Raises:
        NotDivisible: the tracer does not understand it.
    """
    sizes: dict[int, Any] = {0: Dim("batch", min=1)}
    if most_tokens:
        sizes[1] = Dim("tokens", min=1, max=most_tokens)
    try:
        program = torch.export.export(
            module, tuple(inputs), dynamic_shapes=tuple(sizes for _ in inputs), strict=False
        )
        traced = program.module(check_guards=False)
    except Exception as error:
        # The tracer meets foreign code and raises whatever that code raises.
        raise NotDivisible(f"The network cannot be traced ({_first_line(error)}).") from error
    assert isinstance(traced, GraphModule)
    _tidy(traced)
    first = next(node for node in traced.graph.nodes if node.op == "placeholder")
    shape = first.meta["val"].shape
    tokens = symbol_of(shape[1]) if most_tokens else None
    return Traced(traced, symbol_of(shape[0]), tokens)


def symbol_of(size: Any) -> Any:
    """The expression behind a symbolic size, or the number."""
    return size.node.expr if isinstance(size, torch.SymInt) else size


def tensor_of(module: nn.Module, node: Node) -> Tensor:
    """What a ``get_attr`` node reads."""
    value: Any = module
    for name in str(node.target).split("."):
        value = getattr(value, name)
    assert isinstance(value, Tensor)
    return value


def owner(node: Node) -> str:
    """The path of the innermost module that ran an operation."""
    stack = node.meta.get("nn_module_stack")
    if not stack:
        return ""
    path, _kind = next(reversed(stack.values()))
    return "" if path.startswith("_empty") else str(path)


def is_size(node: Node) -> bool:
    """Whether an operation gives a number, as of samples or tokens, and no tensor."""
    kinds = (torch.SymInt, torch.SymFloat, torch.SymBool, int, float)
    return node.op == "call_function" and isinstance(node.meta.get("val"), kinds)


def written_inputs(node: Node) -> list[Node]:
    """The values an operation writes into."""
    schema = getattr(node.target, "_schema", None)
    if node.op != "call_function" or schema is None or not schema.is_mutable:
        return []
    return [
        value
        for argument, value in zip(schema.arguments, node.args, strict=False)
        if argument.is_write and isinstance(value, Node)
    ]


def _tidy(module: GraphModule) -> None:
    for node in reversed(module.graph.nodes):
        if any(remark in str(node.target) for remark in _REMARKS) and not node.users:
            module.graph.erase_node(node)
    module.graph.eliminate_dead_code()


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:200]}" if lines else type(error).__name__
