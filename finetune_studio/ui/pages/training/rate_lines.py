"""Which lines show the learning rates of a run: one for each group of layers that has its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from finetune_studio.events.step_curve import StepCurve
from finetune_studio.project import wording
from finetune_studio.project.block_rates import BACKBONE, HEAD
from finetune_studio.ui.widgets.plot_canvas import Kind

ALL = "Learning rate"
_MOST_NAMED = 4
_SAME = 1e-5  # more than rounding in single precision makes of equal rates
_WARM, _COLD, _HIGHEST, _BETWEEN = 3, 0, 1, 5  # in the plot colours
_FEW = (_WARM, _HIGHEST, 2, _COLD)


@dataclass(frozen=True)
class RateLine:
    """How the rate of one group is drawn.

    Attributes:
        name: as it is shown.
        group: as the optimizer names it; empty for the one line of all groups.
        height: its rate at the highest point of the schedule.
        named: whether the legend has it; the others are drawn thin.
    """

    name: str
    group: str
    height: float
    color_index: int
    named: bool = True

    @property
    def kind(self) -> Kind:
        """How strong the line is."""
        if not self.group:
            return Kind.TRAINING
        return Kind.RATE if self.named else Kind.QUIET_RATE


def rate_lines(curve: StepCurve, count: int) -> tuple[RateLine, ...]:
    """The lines for the first so many steps, from the head down; one where all rates are alike."""
    heights = _heights(curve, count)
    if not heights or max(heights.values()) <= (1 + _SAME) * min(heights.values()):
        return (RateLine(ALL, "", max(heights.values(), default=0.0), _COLD),)
    # The lower a block, the lower its rate; only the head may have any.
    groups = sorted(heights, key=lambda group: (group != HEAD, -heights[group]))
    if len(groups) <= _MOST_NAMED:
        colors = dict(zip(groups, (*_FEW[: len(groups) - 1], _COLD), strict=True))
    else:
        colors = _told_apart(groups, heights)
    return tuple(
        RateLine(
            _title(group),
            group,
            heights[group],
            colors.get(group, _BETWEEN),
            named=group in colors,
        )
        for group in groups
    )


def in_words(lines: Sequence[RateLine]) -> str:
    """Every group with its rate at the same moment, a line each; nothing of a single one."""
    if len(lines) < 2:
        return ""
    told = (f"{line.name}: {wording.rate(line.height)}" for line in lines)
    return "\n".join(("Learning rates side by side:", *told))


def between_words(lines: Sequence[RateLine]) -> str:
    """What the legend says of the lines that it does not name."""
    others = sum(not line.named for line in lines)
    return f"{others} between" if others else ""


def _heights(curve: StepCurve, count: int) -> dict[str, float]:
    """The rates of the groups at the height of the schedule, where all of them train."""
    known = {name: np.array(rates[:count]) for name, rates in curve.group_rates.items()}
    trained = {name: rates for name, rates in known.items() if np.isfinite(rates).any()}
    if not trained:
        return {}
    together = np.isfinite(np.stack(list(trained.values()))).all(axis=0)
    if not together.any():
        return {name: float(np.nanmax(rates)) for name, rates in trained.items()}
    highest = np.where(together, np.array(curve.rates[:count]), -np.inf).argmax()
    return {name: float(rates[highest]) for name, rates in trained.items()}


def _told_apart(groups: Sequence[str], heights: Mapping[str, float]) -> dict[str, int]:
    """The colours of those that the legend names: the lowest, the highest and the head."""
    lowest = min(groups, key=lambda group: heights[group])
    highest = max(groups, key=lambda group: heights[group])
    colors = {lowest: _COLD, highest: _HIGHEST}
    if HEAD in groups:
        colors[HEAD] = _WARM
        if heights[highest] <= (1 + _SAME) * heights[HEAD]:
            colors = {lowest: _COLD, HEAD: _WARM}
    return colors


def _title(group: str) -> str:
    """Blocks have titles; the parts that stand for several have names."""
    return group.capitalize() if group in (HEAD, BACKBONE) else group
