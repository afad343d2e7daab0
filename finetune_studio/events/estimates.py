"""What a freeze plan costs: memory and time, from the measured times of the blocks."""

from __future__ import annotations

from collections.abc import Iterator

from finetune_studio.events.descriptions import BlockDescription, LayerNode, ModelDescription
from finetune_studio.project.adaptation import Adaptation
from finetune_studio.project.freeze_plan import (
    FreezePlan,
    covers,
    first_training,
    touches,
    trainable_paths,
)
from finetune_studio.project.value import Value

FLOAT_BYTES = 4
# A backward pass computes two products for each of the forward pass: for inputs and for weights.
# Where the weights are frozen, only the first.
_FOR_INPUTS = 0.5
_UNMEASURED_BACKWARD = 2.0
ADAM_STATES = 2
"""What Adam and AdamW remember of each weight."""
# Beside what is kept for it, a backward pass needs room for gradients on their way, and the
# allocator leaves gaps: 1.26 for EfficientNet-Lite0, 1.31 for ResNet-18 (batches of 32, bfloat16).
_WORKING = 1.3
_PROCESS_BYTES = 700_000_000
# An adapter's products: forward, for its inputs, for its weights.
_PRODUCTS = 3.0


class Estimate(Value):
    """What training with a plan takes.

    Attributes:
        trainable, total: parameters.
        memory: bytes at the peak, the program itself included.
        seconds_per_sample: of one training step through the whole network, divided by its samples.
        later_seconds_per_sample: the same in epochs that find stored what lies before the first
            layer that trains.
        speedup: of a step through the whole network, against training everything.
    """

    trainable: int
    total: int
    memory: int
    seconds_per_sample: float
    later_seconds_per_sample: float = 0.0
    speedup: float


def estimate(
    model: ModelDescription, plan: FreezePlan, batch_size: int, *, tokens: float = 0.0
) -> Estimate:
    """Estimate the cost of what a plan trains in the end, on the machine the blocks were timed on.

    ``tokens`` is the usual length of a text, padding included; 0 is that of the measured ones.
    """
    paths = trainable_paths(plan, model.block_paths)
    return estimate_paths(model, paths, batch_size, tokens=tokens)


def estimate_paths(
    model: ModelDescription,
    paths: frozenset[str],
    batch_size: int,
    *,
    tokens: float = 0.0,
    adaptation: Adaptation | None = None,
    states: int = ADAM_STATES,
) -> Estimate:
    """Estimate the cost of training what lies in or below some module paths.

    With an ``adaptation`` adapters in there train instead, but for the head. ``states`` is how
    many numbers the optimizer remembers of each weight.
    """
    if adaptation is None:
        trainable = trainable_parameters(model.tree, paths)
    else:
        trainable = adapted_parameters(model, paths, adaptation)
    length = tokens / model.measured_tokens if tokens and model.measured_tokens else 1.0
    update = model.update_seconds * trainable / batch_size
    first = first_training(paths, model.block_paths)
    stored, passed = _seconds(model, paths, first, adapted=adaptation is not None)
    if adaptation is not None:
        passed += _beside(model, paths, adaptation)
    seconds = length * (stored + passed) + update
    full = length * sum(map(_trained, model.blocks))
    full += model.update_seconds * model.parameters / batch_size
    return Estimate(
        trainable=trainable,
        total=model.parameters,
        memory=_memory(model, first, trainable * (1 + states), batch_size),
        seconds_per_sample=seconds,
        later_seconds_per_sample=length * passed + update,
        speedup=full / seconds if seconds else 1.0,
    )


def trainable_parameters(node: LayerNode, paths: frozenset[str]) -> int:
    """Parameters of the tree that lie in or below one of the paths."""
    if node.path and covers(paths, node.path):
        return node.parameters
    return sum(trainable_parameters(child, paths) for child in node.children)


def adapted_parameters(
    model: ModelDescription, paths: frozenset[str], adaptation: Adaptation
) -> int:
    """Parameters that train where adapters do: theirs, and the head's own."""
    inside = sum(leaf.adapter_parameters for leaf in _adapted(model, paths, adaptation))
    return head_parameters(model, paths) + adaptation.rank * inside


def _adapted(
    model: ModelDescription, paths: frozenset[str], adaptation: Adaptation
) -> Iterator[LayerNode]:
    """The layers that get an adapter."""
    head = model.block_paths[-1]
    for leaf in _leaves(model.tree):
        fits = leaf.adapter in adaptation.kinds
        if fits and covers(paths, leaf.path) and not covers(head, leaf.path):
            yield leaf


def _beside(model: ModelDescription, paths: frozenset[str], adaptation: Adaptation) -> float:
    """Seconds of a sample in the adapters' own products, there and back, as fast as the layers'.

    An adapter multiplies as often as it has parameters, where its layer does as often as that has.
    """
    return sum(
        _PRODUCTS * leaf.seconds * adaptation.rank * leaf.adapter_parameters / leaf.parameters
        for leaf in _adapted(model, paths, adaptation)
        if leaf.parameters
    )


def head_parameters(model: ModelDescription, paths: frozenset[str]) -> int:
    """Parameters of the head that lie in or below one of the paths."""
    head = model.block_paths[-1]
    parts = (child for child in model.tree.children if covers(head, child.path))
    return sum(trainable_parameters(part, paths) for part in parts)


def _seconds(
    model: ModelDescription, paths: frozenset[str], first: int, *, adapted: bool
) -> tuple[float, float]:
    """Of a sample: in what lies before the first layer that trains, and from there on."""
    last = len(model.blocks) - 1
    stored = sum(block.seconds for block in model.blocks[:first])
    passed = 0.0
    for place, block in enumerate(model.blocks[first:], first):
        before, trains = _shares(model.tree, block, paths)
        if adapted and place < last:
            trains = 0.0
        if place == first:
            stored += before * block.seconds
        else:
            before = 0.0
        passed += (1 - before) * _cost(block, trains)
    return stored, passed


def _trained(block: BlockDescription) -> float:
    """Seconds of a sample when all of a block trains."""
    return block.training_seconds or (1 + _UNMEASURED_BACKWARD) * block.seconds


def _cost(block: BlockDescription, trains: float) -> float:
    """Seconds of a sample there and back when a share of a block trains."""
    backward = max(0.0, _trained(block) - block.seconds)
    return block.seconds + backward * (_FOR_INPUTS + (1 - _FOR_INPUTS) * trains)


def _shares(tree: LayerNode, block: BlockDescription, paths: frozenset[str]) -> tuple[float, float]:
    """Of a block's time what passes before its first layer that trains; of the rest what does."""
    # Most blocks train as a whole or not at all, and then nobody has to look into them.
    if all(covers(paths, path) for path in block.paths):
        return 0.0, 1.0
    if not touches(paths, block.paths):
        return 0.0, 0.0
    leaves = [leaf for path in block.paths for leaf in _leaves(_found(tree, path))]
    trains = [covers(paths, leaf.path) for leaf in leaves]
    if all(trains):
        return 0.0, 1.0
    if not any(trains):
        return 0.0, 0.0
    first = trains.index(True)
    before = sum(leaf.seconds for leaf in leaves[:first])
    behind = sum(leaf.seconds for leaf in leaves[first:])
    learning = sum(leaf.seconds for leaf, own in zip(leaves, trains, strict=True) if own)
    whole = before + behind
    return (before / whole if whole else 0.0), (learning / behind if behind else 1.0)


def _found(node: LayerNode, path: str) -> LayerNode | None:
    """The node of a path; ``None`` for a part without parameters, which the tree leaves out."""
    if node.path == path:
        return node
    for child in node.children:
        if child.path == path or path.startswith(f"{child.path}."):
            return _found(child, path)
    return None


def _leaves(node: LayerNode | None) -> Iterator[LayerNode]:
    """The layers in or below a node that have parameters of their own, in order."""
    if node is None:
        return
    if not node.children:
        yield node
    for child in node.children:
        yield from _leaves(child)


def _memory(model: ModelDescription, first: int, learning: int, batch_size: int) -> int:
    """Bytes; ``learning`` is how many numbers there are beside the weights, one a gradient."""
    kept = sum(block.activation_bytes for block in model.blocks[first:])
    passing = max((block.activation_bytes for block in model.blocks[:first]), default=0)
    weights = model.parameters * FLOAT_BYTES
    process = model.process_bytes or _PROCESS_BYTES
    return (
        process + weights + FLOAT_BYTES * learning + int(batch_size * (_WORKING * kept + passing))
    )
