"""What is asked of a model's tree of layers."""

from __future__ import annotations

from collections.abc import Iterator

from finetune_studio.events.descriptions import LayerNode, ModelDescription
from finetune_studio.project.freeze_plan import covers


def trainable_parameters(node: LayerNode, paths: frozenset[str]) -> int:
    """Parameters of the tree that lie in or below one of the paths."""
    if node.path and covers(paths, node.path):
        return node.parameters
    return sum(trainable_parameters(child, paths) for child in node.children)


def head_parameters(model: ModelDescription, paths: frozenset[str]) -> int:
    """Parameters of the head that lie in or below one of the paths."""
    head = model.block_paths[-1]
    parts = (child for child in model.tree.children if covers(head, child.path))
    return sum(trainable_parameters(part, paths) for part in parts)


def found(node: LayerNode, path: str) -> LayerNode | None:
    """The node of a path; ``None`` for a part without parameters, which the tree leaves out."""
    if node.path == path:
        return node
    for child in node.children:
        if child.path == path or path.startswith(f"{child.path}."):
            return found(child, path)
    return None


def leaves(node: LayerNode | None) -> Iterator[LayerNode]:
    """The layers in or below a node that have parameters of their own, in order."""
    if node is None:
        return
    if not node.children:
        yield node
    for child in node.children:
        yield from leaves(child)
