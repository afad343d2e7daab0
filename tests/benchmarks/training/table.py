"""The outcomes as Markdown: a table for each task, then what was to be reached."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tests.benchmarks.training.bars import Bar, bars
from tests.benchmarks.training.contestants import EVERYBODY, OURS
from tests.benchmarks.training.figures import Figures, by_contestant, by_task
from tests.benchmarks.training.trial import Outcome, Task

_HEADER = (
    "| | Samples/s | Seconds to the end | to 95 % | Peak memory | Accuracy | Best | To ours |\n"
    "|---|--:|--:|--:|--:|--:|--:|--:|"
)
_UNKNOWN = "–"


def markdown(outcomes: Iterable[Outcome], training_samples: Mapping[str, int]) -> str:
    """Everything. ``training_samples`` gives how many there are in each data file."""
    parts: list[str] = []
    judged: list[Bar] = []
    for task, own in by_task(outcomes).items():
        everybody = by_contestant(own, training_samples[task.data])
        parts.append(_task_table(task, everybody))
        judged.extend(bars(task, everybody))
    lines = [
        f"| {bar.what} | {bar.wanted} | {bar.found} | {'reached' if bar.reached else 'missed'} |"
        for bar in judged
    ]
    if lines:
        parts.append("\n".join(["| To reach | | Found | |", "|---|--:|--:|---|", *lines]))
    return "\n\n".join([*parts, _legend()])


def _task_table(task: Task, everybody: Mapping[str, Figures]) -> str:
    ours = everybody.get(OURS.name)
    order = [one.name for one in EVERYBODY if one.name in everybody]
    rounds = sorted({found.rounds for found in everybody.values()})
    said = " to ".join(map(str, dict.fromkeys((rounds[0], rounds[-1]))))
    title = (
        f"### {task.name}: {task.epochs} epochs, batch {task.batch_size}, on {task.device}; "
        f"medians of {said}"
    )
    rows = [_row(name, everybody[name], ours) for name in order]
    lines = [title, "", _HEADER, *rows, "", _circumstances(everybody)]
    return "\n".join([*lines, "", f"Ours chose: {ours.note}"] if ours and ours.note else lines)


def _circumstances(everybody: Mapping[str, Figures]) -> str:
    most = max(everybody.values(), key=lambda found: found.disturbance)
    return f"Other programs took at most {most.disturbance:.0%} of the processors meanwhile."


def _row(name: str, found: Figures, ours: Figures | None) -> str:
    ratio = f"{found.seconds / ours.seconds:.1f} ×" if ours and name != OURS.name else ""
    cells = [
        name,
        f"{found.pace:.1f}",
        f"{'≈ ' if found.reckoned else ''}{found.seconds:.1f}",
        _UNKNOWN if found.nearly_final is None else f"{found.nearly_final:.1f}",
        f"{found.memory / 2**20:,.0f} MiB",
        _share(found.accuracy),
        _share(found.best),
        ratio,
    ]
    return f"| {' | '.join(cells)} |"


def _share(value: float | None) -> str:
    return _UNKNOWN if value is None else f"{value:.1%}"


def _legend() -> str:
    who = "\n".join(f"- **{one.name}**: {one.how}" for one in EVERYBODY)
    return (
        f"{who}\n\n"
        "Everybody starts from the same weights, samples and batch size, in a fresh process; "
        "imports are left out for everybody, all else between start and end counts. Samples a "
        "second are those of training in the median epoch, validation included; the last column "
        "compares the seconds to the end. ≈ marks a time "
        "reckoned from fewer epochs, since a rival's epochs are alike. ResNet-50's weights are "
        "random here: its speed is the same, its accuracy says nothing. Memory is that of the "
        "training process and its loaders; texts are cut at 128 tokens; pictures are not varied."
    )
