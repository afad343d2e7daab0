"""The groups of parameters an optimizer steps through: by rate, and by whether they decay."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from torch import nn

from finetune_studio.engine.model.bundle import Block
from finetune_studio.project.block_rates import RatePart, rate_parts
from finetune_studio.project.freeze_plan import covers
from finetune_studio.project.hyperparameters import Hyperparameters

Groups = list[dict[str, object]]


def parameter_groups(
    module: nn.Module, blocks: Sequence[Block], training: Hyperparameters
) -> Groups:
    """What trains now, divided by rate and into what decays and what does not.

    Biases and the scales of normalisation layers do not decay: pulling them toward zero costs
    accuracy and prevents no overfitting (He et al., Bag of Tricks, 2019, section 3.1).

    Args:
        module: frozen as it is trained now.
        blocks: of the model, from input to head. What lies in none of them learns at the rate of
            the lowest.
        training: rates and decay; L2-SP takes the place of decay.

    Returns:
        groups with, beside what PyTorch knows, the ``name`` of their part (`RatePart.name`) and
        the ``factor`` its rate is multiplied with.
    """
    members: dict[tuple[RatePart, bool], list[nn.Parameter]] = {}
    for part, parameter in _parts(module, blocks, training):
        members.setdefault((part, parameter.ndim > 1), []).append(parameter)
    return [
        {
            "params": parameters,
            "name": part.name,
            "factor": part.factor,
            "lr": training.learning_rate * part.factor,
            "weight_decay": training.weight_decay if decays and not training.l2_sp else 0.0,
        }
        for (part, decays), parameters in members.items()
    ]


def _parts(
    module: nn.Module, blocks: Sequence[Block], training: Hyperparameters
) -> Iterator[tuple[RatePart, nn.Parameter]]:
    """What trains now, each parameter with the part it belongs to, in the module's order."""
    parts = rate_parts([block.name for block in blocks], training)
    of_block = {index: part for part in parts for index in part.blocks}
    for name, parameter in module.named_parameters():
        if parameter.requires_grad:
            places = (i for i, block in enumerate(blocks) if covers(block.paths, name))
            yield of_block[next(places, 0)], parameter
