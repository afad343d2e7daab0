"""When blocks begin to train (gradual unfreezing; Howard and Ruder, ULMFiT, 2018, section 3.3).

A `FreezePlan` says what trains in the end; its unfreezing says from which epoch on each block
does. Blocks only ever wake, so what trains in the last phase is everything that ever trains.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from finetune_studio.project import wording
from finetune_studio.project.choices import Unfreezing
from finetune_studio.project.freeze_plan import (
    FreezePlan,
    Wake,
    covers,
    touches,
    trainable_paths,
)
from finetune_studio.project.problems import Problem, ProblemError, Severity

Blocks = Sequence[Sequence[str]]
_MOST_TOLD = 5  # phases in a line


class Phase(NamedTuple):
    """A stretch of epochs in which the same layers train.

    Attributes:
        first: its first epoch, counted from 1.
        paths: module paths of what trains in it.
    """

    first: int
    paths: frozenset[str]


def waking_epochs(plan: FreezePlan, blocks: Blocks, epochs: int) -> tuple[int, ...]:
    """For each block the epoch from which it trains; 0 for one that the plan keeps frozen.

    The rules give every block its turn however short the run: where there are more blocks than
    epochs, several wake together. Only an epoch set by hand may lie behind the last.
    """
    ends = trainable_paths(plan, blocks)
    training = [place for place, block in enumerate(blocks) if touches(ends, block)]
    found = [0] * len(blocks)
    for depth, place in enumerate(reversed(training)):
        if plan.unfreezing is Unfreezing.CUSTOM:
            found[place] = _set_epoch(plan.wakes, blocks[place])
        else:
            found[place] = _rule(plan, depth, len(training), epochs)
    return tuple(found)


def trainable_at(plan: FreezePlan, blocks: Blocks, epoch: int, epochs: int) -> frozenset[str]:
    """The module paths that train in an epoch, counted from 1, of a run of so many."""
    ends = trainable_paths(plan, blocks)
    wakes = waking_epochs(plan, blocks, epochs)
    asleep = [block for block, first in zip(blocks, wakes, strict=True) if first > epoch]
    return _without(ends, asleep, blocks) if asleep else ends


def phases(plan: FreezePlan, blocks: Blocks, epochs: int) -> tuple[Phase, ...]:
    """The phases of a run of so many epochs, in order; the first begins with epoch 1."""
    found: list[Phase] = []
    firsts = {first for first in waking_epochs(plan, blocks, epochs) if 1 < first <= epochs}
    for first in sorted({1, *firsts}):
        paths = trainable_at(plan, blocks, first, epochs)
        if not found or paths != found[-1].paths:
            found.append(Phase(first, paths))
    return tuple(found)


def phase_at(found: Sequence[Phase], epoch: int) -> Phase:
    """The phase an epoch lies in."""
    return [phase for phase in found if phase.first <= epoch][-1]


def stretches(firsts: Sequence[int], epochs: int) -> tuple[tuple[int, int], ...]:
    """First and last epoch of each phase, from their first epochs."""
    return tuple((first, after - 1) for first, after in pairwise((*firsts, epochs + 1)))


def within_stretch(
    firsts: Sequence[int], epochs: int, steps_per_epoch: int, step: int
) -> tuple[int, int]:
    """A step of the run as a step of its stretch: which one, from 1, and of how many.

    Args:
        firsts: the first epochs of the stretches, ascending from 1.
        epochs: of the run.
        steps_per_epoch: the same in all epochs.
        step: counted from 1 over the whole run.
    """
    if len(firsts) == 1:  # as in nearly every run, and asked for in every step
        return step - (firsts[0] - 1) * steps_per_epoch, (epochs - firsts[0] + 1) * steps_per_epoch
    epoch = min(epochs, (step - 1) // max(1, steps_per_epoch) + 1)
    first, last = next(one for one in reversed(stretches(firsts, epochs)) if one[0] <= epoch)
    return step - (first - 1) * steps_per_epoch, (last - first + 1) * steps_per_epoch


def restarts(plan: FreezePlan, blocks: Blocks, epochs: int) -> tuple[int, ...]:
    """The epochs in which the learning rate's schedule begins: always the first."""
    if not plan.restart_schedule:
        return (1,)
    return tuple(phase.first for phase in phases(plan, blocks, epochs))


def require_beginning(plan: FreezePlan, blocks: Blocks, epochs: int) -> None:
    """Refuse a timeline in which nothing trains at first.

    Raises:
        ProblemError: no block wakes in the first epoch, or one is named that does not exist.
    """
    if plan.unfreezing is Unfreezing.CUSTOM:
        _require_known(plan.wakes, blocks)
    wakes = [first for first in waking_epochs(plan, blocks, epochs) if first]
    if wakes and min(wakes) > 1:
        raise ProblemError.of(
            f"Nothing trains before epoch {min(wakes)}.",
            f"The first block wakes in epoch {min(wakes)}, and a run begins with epoch 1.",
            "Let at least the head train from epoch 1, on the layers page.",
            where="freeze.wakes",
            code="nothing_trains_yet",
        )


def never_waking(
    plan: FreezePlan, blocks: Blocks, names: Sequence[str], epochs: int
) -> Problem | None:
    """What to say of blocks that would wake after the last epoch; ``None`` when all wake."""
    wakes = waking_epochs(plan, blocks, epochs)
    late = [name for name, first in zip(names, wakes, strict=True) if first > epochs]
    if not late:
        return None
    verb, they = ("wakes", "it stays") if len(late) == 1 else ("wake", "they stay")
    soonest = min(first for first in wakes if first > epochs)
    length = wording.plural(epochs, "epoch")
    return Problem(
        what=f"{' and '.join(late)} {verb} after the last epoch, so {they} frozen.",
        why=f"The run has {length}; it would take {soonest} for the first of them to wake.",
        remedy="Let blocks wake earlier, train for more epochs, or keep them frozen on purpose.",
        severity=Severity.WARNING,
        where="freeze.wakes",
        code="wakes_too_late",
    )


def in_words(plan: FreezePlan, blocks: Blocks, names: Sequence[str], epochs: int) -> str:
    """The timeline as a line: ``Head from epoch 1, Stage 4 from epoch 2, the rest from epoch 3``.

    Of many phases the first and the last. Empty where everything that trains does so from the
    first epoch.
    """
    wakes = waking_epochs(plan, blocks, epochs)
    firsts = sorted({first for first in wakes if 0 < first <= epochs})
    if len(firsts) <= 1:
        return ""
    parts = []
    for first in firsts:
        places = [place for place, waking in enumerate(wakes) if waking == first]
        rest = first == firsts[-1] and len(places) > 1 and 0 < min(wakes) <= max(wakes) <= first
        who = "the rest" if rest else _together(places, names)
        parts.append(f"{who} from epoch {first}")
    if len(parts) > _MOST_TOLD:
        parts[_MOST_TOLD - 2 : -1] = ["…"]
    return ", ".join(parts)


def with_wakes(plan: FreezePlan, blocks: Blocks, wakes: Sequence[int], epochs: int) -> FreezePlan:
    """The simplest plan in which blocks wake at these epochs (0: as the plan keeps it frozen)."""
    for simple in (
        plan.edited(unfreezing=Unfreezing.NONE),
        plan.edited(unfreezing=Unfreezing.HEAD_FIRST, head_epochs=max(1, _second(wakes) - 1)),
        plan.edited(unfreezing=Unfreezing.ONE_BY_ONE),
    ):
        if waking_epochs(simple, blocks, epochs) == tuple(wakes):
            return simple
    entries = tuple(
        Wake(path=block[0], epoch=first)
        for block, first in zip(blocks, wakes, strict=True)
        if first > 1
    )
    return plan.edited(unfreezing=Unfreezing.CUSTOM, wakes=entries)


def _rule(plan: FreezePlan, depth: int, count: int, epochs: int) -> int:
    """The epoch in which the block so far below the head wakes, of ``count`` that train."""
    if plan.unfreezing is Unfreezing.NONE or depth == 0:
        return 1
    if plan.unfreezing is Unfreezing.HEAD_FIRST:
        return min(1 + plan.head_epochs, epochs)
    if count <= epochs:
        return 1 + depth
    return min(2 + (depth - 1) * (epochs - 1) // (count - 1), epochs)


def _set_epoch(wakes: Sequence[Wake], block: Sequence[str]) -> int:
    """The epoch set for a block; of several the one that names it most closely."""
    named = [wake for wake in wakes if any(covers((wake.path,), module) for module in block)]
    return max(named, key=lambda wake: len(wake.path)).epoch if named else 1


def _without(ends: frozenset[str], asleep: Blocks, blocks: Blocks) -> frozenset[str]:
    """What of the paths does not lie in blocks that are asleep."""
    sleeping = {module for block in asleep for module in block}
    awake = [module for block in blocks for module in block if module not in sleeping]
    whole = {module for module in awake if covers(ends, module)}
    parts = {
        path
        for path in ends
        if not covers(sleeping, path) and not any(_lies_in(module, path) for module in sleeping)
    }
    return frozenset(whole | parts)


def _lies_in(module: str, path: str) -> bool:
    return covers((path,), module)


def _require_known(wakes: Sequence[Wake], blocks: Blocks) -> None:
    modules = [module for block in blocks for module in block]
    for wake in wakes:
        if not any(covers((wake.path,), module) for module in modules):
            raise ProblemError.of(
                f"No block of this model is called “{wake.path}”.",
                "It is set to wake, so it would be frozen by mistake or train too early.",
                f"The blocks are {', '.join(block[0] for block in blocks)}.",
                where="freeze.wakes",
                code="block_unknown",
            )


def _second(wakes: Sequence[int]) -> int:
    later = [first for first in wakes if first > 1]
    return min(later, default=2)


def _together(places: Sequence[int], names: Sequence[str]) -> str:
    """The names of some blocks, from the head down; three or more in a row as a stretch."""
    if len(places) > 2 and places[-1] - places[0] == len(places) - 1:
        return f"{names[places[-1]]} to {names[places[0]]}"
    *more, last = [names[place] for place in reversed(places)]
    return f"{', '.join(more)} and {last}" if more else last
