"""A model as the layers page draws it: its blocks and its tree, measured by forward passes."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING

import torch

from finetune_studio.engine.compute import Compute, choose
from finetune_studio.engine.memory import memory_in_use
from finetune_studio.engine.model.adapters import (
    adapter_kind,
    adapter_moves,
    adapter_parameters,
)
from finetune_studio.engine.model.bundle import Block, ImagePreprocessing, ModelBundle
from finetune_studio.engine.model.measuring import Measurement, compare, measure
from finetune_studio.engine.model.names import name_of
from finetune_studio.engine.model.passes import Pass
from finetune_studio.engine.model.step_costs import (
    EPOCH_SECONDS,
    HANDLING_SECONDS,
    step_costs,
)
from finetune_studio.events.descriptions import BlockDescription, LayerNode, ModelDescription
from finetune_studio.project.choices import Device

if TYPE_CHECKING:
    from torch import nn

_FLOAT_BYTES = 4


def describe(
    bundle: ModelBundle, compute: Compute | None = None, *, roughly: bool = False
) -> ModelDescription:
    """A model's blocks and layers with parameters, output shapes and times.

    ``compute`` is how a run would compute; plainly on the processor when not said. ``roughly`` is
    whether the times only have to compare blocks with one another; memory is then left out.
    """
    compute = compute or choose(Device.CPU)
    process = memory_in_use(compute.device) - _FLOAT_BYTES * bundle.parameters
    measurement = (compare if roughly else measure)(bundle, compute)
    steps = step_costs(compute)
    costs = zip(
        bundle.blocks,
        _shortest(bundle.blocks, measurement.passes, _forward_spans),
        _shortest(bundle.blocks, measurement.training, _training_spans),
        _passing(bundle.blocks, measurement.through),
        _block_bytes(bundle.blocks, measurement),
        strict=True,
    )
    prepared = bundle.preprocessing
    return ModelDescription(
        id=bundle.id,
        title=bundle.title,
        task=bundle.task,
        parameters=bundle.parameters,
        input_size=(
            prepared.size if isinstance(prepared, ImagePreprocessing) else prepared.max_tokens
        ),
        transformer=bundle.transformer,
        licence=bundle.licence,
        blocks=tuple(_described(bundle.module, *cost) for cost in costs),
        tree=_tree(bundle, measurement.passes[0]),
        update_seconds=steps.update,
        layer_seconds=steps.layer,
        step_seconds=HANDLING_SECONDS,
        epoch_seconds=EPOCH_SECONDS,
        adapter_seconds=steps.adapted,
        fixed_share=measurement.fixed_share,
        measured_tokens=measurement.tokens,
        process_bytes=max(0, process),
    )


# ------------------------------------------------------------------------------------- blocks


def _described(
    module: nn.Module, block: Block, seconds: float, training: float, through: float, kept: int
) -> BlockDescription:
    return BlockDescription(
        name=block.name,
        paths=block.paths,
        parameters=sum(_parameters(module, path) for path in block.paths),
        seconds=seconds,
        training_seconds=training,
        passing_seconds=through,
        activation_bytes=kept,
    )


_Spans = Callable[[tuple[Block, ...], Pass], list[float]]


def _shortest(blocks: tuple[Block, ...], passes: tuple[Pass, ...], spans_of: _Spans) -> list[float]:
    """Each block's shortest time."""
    return [min(times) for times in zip(*(spans_of(blocks, p) for p in passes), strict=True)]


def _passing(blocks: tuple[Block, ...], through: tuple[Pass, ...]) -> list[float]:
    """Each block's time when it is frozen; 0 of the first, and where that is not known."""
    if not through:
        return [0.0] * len(blocks)
    return [0.0, *_shortest(blocks, through, _training_spans)[1:]]


def _forward_spans(blocks: tuple[Block, ...], one: Pass) -> list[float]:
    """What runs between two blocks counts to the first of them."""
    return [after - before for before, after in pairwise(_entries(blocks, one))]


def _training_spans(blocks: tuple[Block, ...], one: Pass) -> list[float]:
    """Forward and backward; backwards a block begins where the one behind it was left."""
    forward = _forward_spans(blocks, one)
    left = [0.0]
    for place in reversed(range(len(blocks))):
        left.append(max(left[-1], one.left.get(place, 0.0)))
    backward = reversed([after - before for before, after in pairwise(left)])
    return [there + back for there, back in zip(forward, backward, strict=True)]


def _entries(blocks: tuple[Block, ...], one: Pass) -> list[float]:
    """When each block was entered, and last when the pass had its logits, since its start."""
    entries = [0.0]
    for block in blocks[1:]:
        begun = [one.started[path] for path in block.paths if path in one.started]
        entries.append(max(entries[-1], min(begun, default=entries[-1])))
    return [*entries, one.forward]


def _block_bytes(blocks: tuple[Block, ...], measurement: Measurement) -> list[int]:
    """What each block keeps for a backward pass, by when the keeping module ran."""
    one = measurement.passes[0]
    entries = _entries(blocks, one)
    kept = [0] * len(blocks)
    for path, size in measurement.kept.items():
        begun = one.started.get(path, 0.0)
        index = max(i for i in range(len(blocks)) if entries[i] <= begun)
        kept[index] += size
    return kept


def _parameters(module: nn.Module, path: str) -> int:
    part = _part(module, path)
    if isinstance(part, torch.nn.Parameter):
        return part.numel()
    return _size_of(part)


def _size_of(part: nn.Module) -> int:
    return sum(parameter.numel() for parameter in part.parameters())


def _part(module: nn.Module, path: str) -> nn.Module | torch.nn.Parameter:
    """The module or loose parameter at a path."""
    parent, _, name = path.rpartition(".")
    part: nn.Module | torch.nn.Parameter = getattr(module.get_submodule(parent), name)
    return part


# --------------------------------------------------------------------------------------- tree


def _tree(bundle: ModelBundle, one: Pass) -> LayerNode:
    """The root's children are the blocks' modules in the order a sample passes them."""
    children: list[LayerNode] = []
    for block in bundle.blocks:
        nodes = [_node(bundle.module, path, one) for path in block.paths]
        known = [node for node in nodes if node.parameters]
        for node in known:
            name = block.name if len(known) == 1 else f"{block.name} · {node.name}"
            children.append(node.edited(name=name))
    return LayerNode(
        path="",
        name=bundle.title,
        kind=type(bundle.module).__name__,
        parameters=bundle.parameters,
        output_shape=(len(bundle.labels),),
        seconds=one.forward,
        children=tuple(children),
    )


def _node(module: nn.Module, path: str, one: Pass) -> LayerNode:
    part = _part(module, path)
    kind = type(part).__name__
    return LayerNode(
        path=path,
        name=name_of(path, kind),
        kind=kind,
        parameters=_parameters(module, path),
        output_shape=one.shapes.get(path, ()),
        seconds=one.seconds.get(path, 0.0),
        adapter=adapter_kind(module, path, part),
        adapter_parameters=adapter_parameters(part),
        adapter_moves=adapter_moves(part),
        children=_children(module, part, path, one),
    )


def _children(
    module: nn.Module, part: nn.Module | torch.nn.Parameter, path: str, one: Pass
) -> tuple[LayerNode, ...]:
    """What of a module can be ticked: loose parameters beside modules, and modules with any."""
    if isinstance(part, torch.nn.Parameter):
        return ()
    modules = [name for name, child in part.named_children() if _size_of(child)]
    loose = [name for name, _ in part.named_parameters(recurse=False)] if modules else []
    return tuple(_node(module, f"{path}.{name}", one) for name in (*loose, *modules))
