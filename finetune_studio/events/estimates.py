"""What a freeze plan costs: memory and time, from the measured forward times of the blocks."""

from __future__ import annotations

from finetune_studio.events.descriptions import LayerNode, ModelDescription
from finetune_studio.project.freeze_plan import FreezePlan, covers, trainable_paths
from finetune_studio.project.value import Value

_FLOAT_BYTES = 4
# A backward pass computes two products for each of the forward pass: for inputs and for weights.
_BACKWARD = 2.0
_ADAM_STATES = 2
_PROCESS_BYTES = 450_000_000


class Estimate(Value):
    """What training with a plan takes.

    Attributes:
        trainable, total: parameters.
        memory: bytes at the peak, the program itself included.
        seconds_per_sample: of one training step, divided by its samples.
        speedup: against training everything.
    """

    trainable: int
    total: int
    memory: int
    seconds_per_sample: float
    speedup: float


def estimate(model: ModelDescription, plan: FreezePlan, batch_size: int) -> Estimate:
    """Estimate the cost of a plan on the machine the blocks were timed on."""
    paths = trainable_paths(plan, model.block_paths)
    trainable = trainable_parameters(model.tree, paths)
    seconds = _seconds(model, paths)
    full = _seconds(model, frozenset(path for block in model.block_paths for path in block))
    return Estimate(
        trainable=trainable,
        total=model.parameters,
        memory=_memory(model, paths, trainable, batch_size),
        seconds_per_sample=seconds,
        speedup=full / seconds if seconds else 1.0,
    )


def trainable_parameters(node: LayerNode, paths: frozenset[str]) -> int:
    """Parameters of the tree that lie in or below one of the paths."""
    if node.path and covers(paths, node.path):
        return node.parameters
    return sum(trainable_parameters(child, paths) for child in node.children)


def _first_trainable(model: ModelDescription, paths: frozenset[str]) -> int:
    for index, block in enumerate(model.blocks):
        for module in block.paths:
            if covers(paths, module) or any(path.startswith(f"{module}.") for path in paths):
                return index
    return len(model.blocks)


def _seconds(model: ModelDescription, paths: frozenset[str]) -> float:
    first = _first_trainable(model, paths)
    forward = sum(block.seconds for block in model.blocks)
    return forward + _BACKWARD * sum(block.seconds for block in model.blocks[first:])


def _memory(model: ModelDescription, paths: frozenset[str], trainable: int, batch_size: int) -> int:
    first = _first_trainable(model, paths)
    kept = sum(block.activation_bytes for block in model.blocks[first:])
    passing = max((block.activation_bytes for block in model.blocks[:first]), default=0)
    weights = model.parameters * _FLOAT_BYTES
    learning = trainable * _FLOAT_BYTES * (1 + _ADAM_STATES)
    return _PROCESS_BYTES + weights + learning + batch_size * (kept + passing)
