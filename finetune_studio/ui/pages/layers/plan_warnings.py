"""What is wrong with a freeze plan, and the plan that mends it."""

from __future__ import annotations

from finetune_studio.events.descriptions import ModelDescription
from finetune_studio.project.choices import FreezePreset, Unfreezing
from finetune_studio.project.freeze_plan import (
    FreezePlan,
    frost_line,
    trainable_paths,
    with_depth,
)
from finetune_studio.project.problems import Problem, ProblemError, Severity
from finetune_studio.project.timeline import (
    never_waking,
    require_beginning,
    waking_epochs,
    with_wakes,
)
from finetune_studio.ui.pages.layers.plan_edits import head_trains, plan_from_paths

_TOO_LATE = "wakes_too_late"
_NOTHING_TRAINS = Problem(
    what="Nothing trains.",
    why="All layers are frozen.",
    remedy="Tick at least the head.",
    severity=Severity.WARNING,
    code="nothing_trains",
    fix="Train the head",
)
_HEAD_FROZEN = Problem(
    what="The head is frozen.",
    why="It starts from random numbers, and would keep guessing your labels.",
    remedy="Tick it in the tree.",
    severity=Severity.WARNING,
    code="head_frozen",
    fix="Train the head too",
)


def warnings(model: ModelDescription, plan: FreezePlan, epochs: int) -> list[Problem]:
    """What a run of so many epochs with a plan would suffer from; each can be mended."""
    blocks = model.block_paths
    if frost_line(plan, blocks) == len(blocks):
        return [_NOTHING_TRAINS]
    found = [] if head_trains(model, plan) else [_HEAD_FROZEN]
    try:
        require_beginning(plan, blocks, epochs)
    except ProblemError as error:
        fix = "Let all train from the start"
        found.append(error.problem.edited(fix=fix, severity=Severity.WARNING, where=""))
    if late := never_waking(plan, blocks, [block.name for block in model.blocks], epochs):
        found.append(late.edited(fix="Wake with the last epoch", where=""))
    return found


def mended(model: ModelDescription, plan: FreezePlan, epochs: int, code: str) -> FreezePlan:
    """The plan without the trouble of a code."""
    blocks = model.block_paths
    if code == _NOTHING_TRAINS.code:
        return with_depth(plan, FreezePlan(preset=FreezePreset.HEAD))
    if code == _HEAD_FROZEN.code:
        paths = trainable_paths(plan, blocks).union(blocks[-1])
        return with_depth(plan, plan_from_paths(model, paths))
    if code == _TOO_LATE:
        wakes = [min(wake, epochs) for wake in waking_epochs(plan, blocks, epochs)]
        return with_wakes(plan, blocks, wakes, epochs)
    return plan.edited(unfreezing=Unfreezing.NONE)
