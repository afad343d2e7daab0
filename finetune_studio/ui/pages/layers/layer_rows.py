"""A described model in the values that the strip and the tree draw."""

from __future__ import annotations

from finetune_studio.events import descriptions
from finetune_studio.project.freeze_plan import FreezePlan
from finetune_studio.project.timeline import waking_epochs
from finetune_studio.ui.widgets.block_strip import Block
from finetune_studio.ui.widgets.layer_tree import LayerNode


def strip_blocks(model: descriptions.ModelDescription) -> tuple[Block, ...]:
    """The blocks of the strip, from input to head."""
    return tuple(Block(block.name, block.parameters, block.seconds) for block in model.blocks)


def tree_root(node: descriptions.LayerNode) -> LayerNode:
    """The tree, with shapes as people write them: ``192 × 7 × 7``."""
    return LayerNode(
        path=node.path,
        name=node.name,
        kind=node.kind,
        output_shape=" × ".join(str(side) for side in node.output_shape),
        parameters=node.parameters,
        seconds=node.seconds,
        children=tuple(tree_root(child) for child in node.children),
    )


def wake_words(
    model: descriptions.ModelDescription, plan: FreezePlan, epochs: int
) -> dict[str, str]:
    """From which epoch on each block's layers train; empty where all do so from the first."""
    wakes = waking_epochs(plan, model.block_paths, epochs)
    if max(wakes, default=1) <= 1:
        return {}
    return {
        path: str(wake)
        for block, wake in zip(model.blocks, wakes, strict=True)
        for path in block.paths
    }
