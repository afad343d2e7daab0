"""Which layers train. A plan is resolved against a model's blocks, ordered from input to head."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pydantic import Field

from finetune_studio.project.choices import FreezePreset
from finetune_studio.project.value import Value


class FreezePlan(Value):
    """How deep training goes.

    Attributes:
        preset: the rule; ``CUSTOM`` takes ``trainable`` literally.
        last_blocks: how many blocks before the head train as well (``LAST_BLOCKS`` only).
        trainable: module paths whose parameters train, at any depth (``CUSTOM`` only).
    """

    preset: FreezePreset = Field(default=FreezePreset.HEAD, title="Preset")
    last_blocks: int = Field(
        default=1, ge=1, title="Last blocks", description="Blocks before the head that train too."
    )
    trainable: tuple[str, ...] = Field(default=(), title="Trainable modules")


def trainable_paths(plan: FreezePlan, blocks: Sequence[Sequence[str]]) -> frozenset[str]:
    """The module paths that train.

    Args:
        plan: the user's decision.
        blocks: for each block from input to head, the module paths it is made of; the last block
            is the head.
    """
    if plan.preset is FreezePreset.CUSTOM:
        return frozenset(plan.trainable)
    depth = {
        FreezePreset.HEAD: 1,
        FreezePreset.LAST_BLOCKS: 1 + plan.last_blocks,
        FreezePreset.EVERYTHING: len(blocks),
    }[plan.preset]
    return frozenset(path for block in blocks[max(0, len(blocks) - depth) :] for path in block)


def covers(paths: Iterable[str], parameter: str) -> bool:
    """Whether a parameter (``"layer4.0.conv1.weight"``) lies in or below one of the paths."""
    return any(path in ("", parameter) or parameter.startswith(f"{path}.") for path in paths)


def frost_line(plan: FreezePlan, blocks: Sequence[Sequence[str]]) -> int:
    """The index of the first block in which anything trains; ``len(blocks)`` when none does."""
    paths = trainable_paths(plan, blocks)
    for index, block in enumerate(blocks):
        for module in block:
            if covers(paths, module) or any(path.startswith(f"{module}.") for path in paths):
                return index
    return len(blocks)


def plan_from_frost_line(first_trainable: int, block_count: int) -> FreezePlan:
    """The simplest plan in which every block from ``first_trainable`` on trains."""
    if first_trainable <= 0:
        return FreezePlan(preset=FreezePreset.EVERYTHING)
    behind = block_count - 1 - first_trainable
    if behind <= 0:
        return FreezePlan(preset=FreezePreset.HEAD)
    return FreezePlan(preset=FreezePreset.LAST_BLOCKS, last_blocks=behind)
