"""Events drawn for a person at a terminal: a bar with the time left, and a line an epoch."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from finetune_studio.cli.event_lines import line_of
from finetune_studio.cli.watching import Watching, words
from finetune_studio.events import events as ev
from finetune_studio.project import wording
from finetune_studio.project.problems import Problem, Severity

_WIDTH_OF_A_FILE = 160
_MARKS = {
    Severity.ERROR: "[red]✗[/]",
    Severity.WARNING: "[yellow]![/]",
    Severity.NOTE: "[blue]i[/]",
}


class Terminal:
    """Draws events with rich; plain lines when the output is no terminal."""

    def __init__(self) -> None:
        width = None if sys.stdout.isatty() else _WIDTH_OF_A_FILE
        self.console = Console(highlight=False, width=width)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("{task.fields[left]}"),
            TimeElapsedColumn(),
            console=self.console,
            transient=True,
        )
        self._task: TaskID | None = None
        self._watching = Watching()

    def event(self, event: ev.Event) -> None:
        """Draw one event."""
        told = self._watching.take(event)
        self._draw(event)
        for one in told:
            mark = _MARKS[Severity.WARNING if isinstance(one, ev.FindingMade) else Severity.NOTE]
            self._say(f"{mark} {_plain(words(one))}")

    def problem(self, problem: Problem) -> None:
        """Say a problem in its three parts."""
        self._say(f"{_MARKS[problem.severity]} {_plain(problem.text())}")

    def close(self) -> None:
        """Remove the bar."""
        self._bar.stop()

    def _draw(self, event: ev.Event) -> None:
        match event:
            case ev.Progress():
                self._show(event.phase, event.done, event.total, event.seconds_left)
            case ev.StepFinished():
                self._show_step(event)
            case ev.ProblemFound():
                self.problem(event.problem)
            case _:
                if line := line_of(event, self._watching.run):
                    self._say(_plain(line))

    def _say(self, markup: str) -> None:
        self.console.print(markup, soft_wrap=True)

    def _show_step(self, event: ev.StepFinished) -> None:
        planned = self._watching.run.planned_epochs
        total = max(event.step, self._watching.run.steps_per_epoch * planned)
        text = f"Epoch {event.epoch} of {planned}, loss {event.loss:.3f}"
        done = event.step if event.share is None else event.share * total
        self._show(text, done, total, event.seconds_left)

    def _show(self, text: str, done: float, total: float, seconds_left: float | None) -> None:
        left = wording.eta(seconds_left) if seconds_left is not None else ""
        if self._task is None:
            self._bar.start()
            self._task = self._bar.add_task(_plain(text), left="")
        self._bar.update(
            self._task, description=_plain(text), completed=done, total=total or None, left=left
        )


def _plain(text: str) -> str:
    """Text of the user's, with nothing in it taken for markup."""
    return text.replace("[", r"\[")
