"""The learning rate of every layer in words, for the tree."""

from __future__ import annotations

from finetune_studio.events.descriptions import LayerNode, ModelDescription
from finetune_studio.project import wording
from finetune_studio.project.block_rates import block_rates
from finetune_studio.project.freeze_plan import touches, trainable_paths
from finetune_studio.project.project import Project
from finetune_studio.ui.pages.layers.plan_edits import walk


def rate_words(model: ModelDescription, project: Project) -> dict[str, str]:
    """The height of the rate by the layer's path; of layers with several blocks from low to high.

    Empty where the whole model learns at one rate: the hyperparameters page says which.
    """
    rates = block_rates(len(model.blocks), project.training)
    if len(set(rates)) == 1:
        return {}
    trained = trainable_paths(project.freeze, model.block_paths)
    found = {}
    for node in walk(model.tree):
        places = _places(model, node, trained) if node.path and node.parameters else []
        if places:
            low, high = (wording.rate(pick(rates[i] for i in places)) for pick in (min, max))
            found[node.path] = low if low == high else f"{low} to {high}"
    return found


def _places(model: ModelDescription, node: LayerNode, trained: frozenset[str]) -> list[int]:
    """The blocks that the layer lies in or that lie in it, as far as they train."""
    return [
        place
        for place, block in enumerate(model.block_paths)
        if touches(frozenset((node.path,)), block) and touches(trained, block)
    ]
