"""What a freeze plan costs: memory and time, from the measured times of the blocks."""

from __future__ import annotations

from finetune_studio.events.adapter_estimates import AdaptersPlanned
from finetune_studio.events.descriptions import BlockDescription, LayerNode, ModelDescription
from finetune_studio.events.layer_tree import found, leaves, trainable_parameters
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
# Where the weights are frozen, only the first. Taken where that is not measured.
_FOR_INPUTS = 0.5
MEASURED_BATCH = 32
"""Samples of the batches that the blocks' times are meant for."""
_UNMEASURED_BACKWARD = 2.0
ADAM_STATES = 2
"""What Adam and AdamW remember of each weight."""
# Beside what is kept for it, a backward pass needs room for gradients on their way, and the
# allocator leaves gaps: 1.26 for EfficientNet-Lite0, 1.31 for ResNet-18 (batches of 32, bfloat16).
_WORKING = 1.3
_PROCESS_BYTES = 700_000_000
_EVERYTHING = frozenset({""})


class Estimate(Value):
    """What training with a plan takes.

    Attributes:
        trainable, total: parameters.
        memory: bytes at the peak, the program itself included.
        seconds_per_sample: of one training step through the whole network, divided by its samples.
        later_seconds_per_sample: the same in epochs that find stored what lies before the first
            layer that trains.
        step_share: of both of these what is no pass through the network: a sample's part in
            handling the step and updating the weights.
        speedup: of a step through the whole network, against training everything.
    """

    trainable: int
    total: int
    memory: int
    seconds_per_sample: float
    later_seconds_per_sample: float = 0.0
    step_share: float = 0.0
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
    adapters = None if adaptation is None else AdaptersPlanned.of(model, paths, adaptation)
    if adapters is None:
        trainable = trainable_parameters(model.tree, paths)
    else:
        paths, trainable = adapters.trained, adapters.parameters
    first = first_training(paths, model.block_paths)
    stored, passed = _seconds(model, paths, first, adapted=adapters is not None)
    passed += adapters.seconds if adapters is not None else 0.0
    scale = _scale(model, batch_size, tokens)
    step = _step_seconds(model, paths, trainable) / batch_size
    every = scale * sum(map(_trained, model.blocks))
    every += _step_seconds(model, _EVERYTHING, model.parameters) / batch_size
    seconds = scale * (stored + passed) + step
    return Estimate(
        trainable=trainable,
        total=model.parameters,
        memory=_memory(model, first, trainable * (1 + states), batch_size),
        seconds_per_sample=seconds,
        later_seconds_per_sample=scale * passed + step,
        step_share=step,
        speedup=every / seconds if seconds else 1.0,
    )


def _scale(model: ModelDescription, batch_size: int, tokens: float) -> float:
    """What the blocks' times are multiplied with, for such a batch of texts of such a length."""
    length = tokens / model.measured_tokens if tokens and model.measured_tokens else 1.0
    fixed = model.fixed_share
    return (1.0 - fixed) * length + fixed * MEASURED_BATCH / batch_size


def _step_seconds(model: ModelDescription, paths: frozenset[str], trainable: int) -> float:
    """Of a step beside the network's passes: handling it, and updating what trains."""
    layers = sum(covers(paths, leaf.path) for leaf in leaves(model.tree))
    updates = model.update_seconds * trainable + model.layer_seconds * layers
    return model.step_seconds + updates


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
    whole = max(block.seconds, _trained(block))
    usual = block.seconds + _FOR_INPUTS * (whole - block.seconds)
    passing = min(whole, max(block.seconds, block.passing_seconds or usual))
    return passing + trains * (whole - passing)


def _shares(tree: LayerNode, block: BlockDescription, paths: frozenset[str]) -> tuple[float, float]:
    """Of a block's time what passes before its first layer that trains; of the rest what does."""
    # Most blocks train as a whole or not at all, and then nobody has to look into them.
    if all(covers(paths, path) for path in block.paths):
        return 0.0, 1.0
    if not touches(paths, block.paths):
        return 0.0, 0.0
    layers = [leaf for path in block.paths for leaf in leaves(found(tree, path))]
    trains = [covers(paths, leaf.path) for leaf in layers]
    if all(trains):
        return 0.0, 1.0
    if not any(trains):
        return 0.0, 0.0
    first = trains.index(True)
    before = sum(leaf.seconds for leaf in layers[:first])
    behind = sum(leaf.seconds for leaf in layers[first:])
    learning = sum(leaf.seconds for leaf, own in zip(layers, trains, strict=True) if own)
    whole = before + behind
    return (before / whole if whole else 0.0), (learning / behind if behind else 1.0)


def _memory(model: ModelDescription, first: int, learning: int, batch_size: int) -> int:
    """Bytes; ``learning`` is how many numbers there are beside the weights, one a gradient."""
    kept = sum(block.activation_bytes for block in model.blocks[first:])
    passing = max((block.activation_bytes for block in model.blocks[:first]), default=0)
    weights = model.parameters * FLOAT_BYTES
    process = model.process_bytes or _PROCESS_BYTES
    return (
        process + weights + FLOAT_BYTES * learning + int(batch_size * (_WORKING * kept + passing))
    )
