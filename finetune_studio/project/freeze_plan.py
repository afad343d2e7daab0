"""Which layers train. A plan is resolved against a model's blocks, ordered from input to head."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any

from pydantic import Field, model_validator

from finetune_studio.project.choices import FreezePreset, Unfreezing
from finetune_studio.project.value import Value


class Wake(Value):
    """From which epoch on a block trains; in text ``layer4:2``.

    Attributes:
        path: of a module in the block, or of one that the block lies in.
        epoch: counted from 1.
    """

    path: str
    epoch: int = Field(ge=1)

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        path, colon, epoch = value.rpartition(":")
        if not colon:
            raise ValueError(f"“{value}” names no epoch; write for example layer4:2")
        return {"path": path.strip(), "epoch": epoch.strip()}


class FreezePlan(Value):
    """How deep training goes in the end, and from which epoch on (`timeline.py`).

    Attributes:
        preset: the rule; ``CUSTOM`` takes ``trainable`` literally.
        last_blocks: how many blocks before the head train as well (``LAST_BLOCKS`` only).
        trainable: module paths whose parameters train, at any depth (``CUSTOM`` only).
        unfreezing: the rule for when blocks that train begin to.
        head_epochs: how long the head trains alone (``HEAD_FIRST`` only).
        wakes: from which epoch on a block trains; one that is not named does so from the first
            (``CUSTOM`` unfreezing only).
        restart_schedule: whether the learning rate's schedule begins anew whenever blocks wake.
    """

    preset: FreezePreset = Field(default=FreezePreset.HEAD, title="Preset")
    last_blocks: int = Field(
        default=1, ge=1, title="Last blocks", description="Blocks before the head that train too."
    )
    trainable: tuple[str, ...] = Field(default=(), title="Trainable modules")
    unfreezing: Unfreezing = Field(
        default=Unfreezing.NONE,
        title="Unfreezing",
        description="From which epoch on the layers that train do so.",
    )
    head_epochs: int = Field(
        default=1,
        ge=1,
        title="Head alone",
        description="Epochs in which only the head trains, with head_first.",
    )
    wakes: tuple[Wake, ...] = Field(
        default=(),
        title="Blocks wake",
        description="With custom unfreezing, write for example layer4:2,layer3:3.",
    )
    restart_schedule: bool = Field(
        default=False,
        title="Restart the schedule",
        description="Begin the learning rate's schedule anew whenever blocks wake.",
    )


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
    if isinstance(paths, (set, frozenset)):  # of which there may be many; above it lie only a few
        above = accumulate(parameter.split("."), "{}.{}".format)
        return "" in paths or any(path in paths for path in above)
    return any(path in ("", parameter) or parameter.startswith(f"{path}.") for path in paths)


def frost_line(plan: FreezePlan, blocks: Sequence[Sequence[str]]) -> int:
    """The index of the first block in which anything trains; ``len(blocks)`` when none does."""
    return first_training(trainable_paths(plan, blocks), blocks)


def first_training(paths: frozenset[str], blocks: Sequence[Sequence[str]]) -> int:
    """The index of the first block in which one of the paths lies; ``len(blocks)`` for none."""
    for index, block in enumerate(blocks):
        if touches(paths, block):
            return index
    return len(blocks)


def touches(paths: frozenset[str], block: Iterable[str]) -> bool:
    """Whether any of the paths lies in a block, or the block in it."""
    return any(
        covers(paths, module) or any(path.startswith(f"{module}.") for path in paths)
        for module in block
    )


def with_depth(plan: FreezePlan, depth: FreezePlan) -> FreezePlan:
    """A plan that trains in the end what ``depth`` does, and keeps when blocks wake."""
    return plan.edited(
        preset=depth.preset, last_blocks=depth.last_blocks, trainable=depth.trainable
    )


def plan_from_frost_line(first_trainable: int, block_count: int) -> FreezePlan:
    """The simplest plan in which every block from ``first_trainable`` on trains."""
    if first_trainable <= 0:
        return FreezePlan(preset=FreezePreset.EVERYTHING)
    behind = block_count - 1 - first_trainable
    if behind <= 0:
        return FreezePlan(preset=FreezePreset.HEAD)
    return FreezePlan(preset=FreezePreset.LAST_BLOCKS, last_blocks=behind)
