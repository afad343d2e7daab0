"""What is to be reached, and whether it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.benchmarks.training.contestants import LIMIT, OURS, RIVALS, TUNED
from tests.benchmarks.training.figures import Figures
from tests.benchmarks.training.trial import Depth, Network, Task

_TIMES_FASTER = {
    (Network.EFFICIENTNET, Depth.HEAD): 20.0,
    (Network.MINILM, Depth.HEAD): 12.0,
    (Network.EFFICIENTNET, Depth.LAST): 6.0,
    (Network.MINILM, Depth.LAST): 2.5,
    (Network.EFFICIENTNET, Depth.ALL): 2.0,
    (Network.RESNET, Depth.ALL): 2.5,
    (Network.MINILM, Depth.ALL): 1.2,
}
_OF_LIMIT = 1.3
_OF_TUNED = 0.97
_OF_LEANEST = 1.1

Everybody = Mapping[str, Figures]


@dataclass(frozen=True)
class Bar:
    """One thing to reach: what it is, what it came to, whether that is enough."""

    what: str
    wanted: str
    found: str
    reached: bool


def bars(task: Task, everybody: Everybody) -> Iterator[Bar]:
    """The bars of a task that can be judged by those who took part."""
    if OURS.name not in everybody:
        return
    ours = everybody[OURS.name]
    rivals = [everybody[rival.name] for rival in RIVALS if rival.name in everybody]
    if rivals:
        if task.device == "cpu":
            yield from _faster_than_rivals(task, ours, rivals)
        yield _lean(task, ours, rivals)
    if task.device == "cpu" and task.depth is Depth.HEAD and LIMIT.name in everybody:
        yield _near_limit(task, ours, everybody[LIMIT.name])
    if task.device != "cpu" and TUNED.name in everybody:
        yield _near_tuned(task, ours, everybody[TUNED.name])


def _faster_than_rivals(task: Task, ours: Figures, rivals: list[Figures]) -> Iterator[Bar]:
    wanted = _TIMES_FASTER.get((task.network, task.depth))
    if wanted is not None:
        found = min(rival.seconds for rival in rivals) / ours.seconds
        what = f"{task.name}: times faster than the fastest rival"
        yield Bar(what, f"≥ {wanted:g}", f"{found:.1f}", found >= wanted)


def _near_limit(task: Task, ours: Figures, limit: Figures) -> Bar:
    found = ours.seconds / limit.seconds
    return Bar(
        f"{task.name}: times the limit", f"≤ {_OF_LIMIT:g}", f"{found:.2f}", found <= _OF_LIMIT
    )


def _near_tuned(task: Task, ours: Figures, tuned: Figures) -> Bar:
    found = ours.pace / tuned.pace
    what = f"{task.name}: pace against the tuned loop"
    return Bar(what, f"≥ {_OF_TUNED:g}", f"{found:.2f}", found >= _OF_TUNED)


def _lean(task: Task, ours: Figures, rivals: list[Figures]) -> Bar:
    found = ours.memory / min(rival.memory for rival in rivals)
    what = f"{task.name}: memory against the leanest rival"
    return Bar(what, f"≤ {_OF_LEANEST:g}", f"{found:.2f}", found <= _OF_LEANEST)
