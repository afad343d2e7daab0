"""From ticks in the layer tree to the simplest plan that trains exactly what is ticked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from finetune_studio.events.descriptions import LayerNode, ModelDescription
from finetune_studio.events.layer_tree import trainable_parameters
from finetune_studio.project.choices import FreezePreset
from finetune_studio.project.freeze_plan import FreezePlan, covers, trainable_paths


def plan_from_paths(model: ModelDescription, paths: Iterable[str]) -> FreezePlan:
    """The preset that trains the same parameters, else a custom plan with the fewest paths."""
    ticked = frozenset(paths)
    trained = _trained_layers(model.tree, ticked)
    for plan in preset_plans(model):
        if _trained_layers(model.tree, trainable_paths(plan, model.block_paths)) == trained:
            return plan
    return FreezePlan(preset=FreezePreset.CUSTOM, trainable=tuple(_fewest(model.tree, ticked)))


def preset_plans(model: ModelDescription) -> Iterator[FreezePlan]:
    """All plans that need no list of layers, from the head alone to everything."""
    yield FreezePlan(preset=FreezePreset.HEAD)
    for count in range(1, most_last_blocks(model) + 1):
        yield FreezePlan(preset=FreezePreset.LAST_BLOCKS, last_blocks=count)
    yield FreezePlan(preset=FreezePreset.EVERYTHING)


def most_last_blocks(model: ModelDescription) -> int:
    """How many blocks before the head can train without that being everything."""
    return max(0, len(model.blocks) - 2)


def head_trains(model: ModelDescription, plan: FreezePlan) -> bool:
    """Whether any of the head's parameters train."""
    return bool(model.blocks) and block_shares(model, plan)[-1] > 0


def block_shares(model: ModelDescription, plan: FreezePlan) -> tuple[float, ...]:
    """For each block, the share of its parameters that train."""
    paths = trainable_paths(plan, model.block_paths)
    nodes = {node.path: node for node in walk(model.tree)}
    return tuple(
        _share([nodes[path] for path in block.paths if path in nodes], paths)
        for block in model.blocks
    )


def block_of(model: ModelDescription, path: str) -> int:
    """The block a layer lies in, or the first block that lies in the layer; -1 for neither."""
    for index, block in enumerate(model.blocks):
        if covers(block.paths, path):
            return index
    for index, block in enumerate(model.blocks):
        if any(covers((path,), part) for part in block.paths):
            return index
    return -1


def walk(node: LayerNode) -> Iterator[LayerNode]:
    """The node and all below it, parents first."""
    yield node
    for child in node.children:
        yield from walk(child)


def _share(nodes: list[LayerNode], paths: frozenset[str]) -> float:
    total = sum(node.parameters for node in nodes)
    return sum(trainable_parameters(node, paths) for node in nodes) / total if total else 0.0


def _trained_layers(tree: LayerNode, paths: frozenset[str]) -> frozenset[str]:
    return frozenset(node.path for node in walk(tree) if _own(node) and covers(paths, node.path))


def _own(node: LayerNode) -> int:
    """Parameters of the module itself, not of those below it."""
    return node.parameters - sum(child.parameters for child in node.children)


def _fewest(node: LayerNode, paths: frozenset[str]) -> list[str]:
    if not node.parameters:
        return []
    if node.path and (covers(paths, node.path) or _all_below_train(node, paths)):
        return [node.path]
    return [path for child in node.children for path in _fewest(child, paths)]


def _all_below_train(node: LayerNode, paths: frozenset[str]) -> bool:
    return trainable_parameters(node, paths) == node.parameters
