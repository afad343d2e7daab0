"""Events drawn for a person at a terminal: a bar with the time left, and a line an epoch."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

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
        self._steps = 0
        self._epochs = 0

    def event(self, event: ev.Event) -> None:
        """Draw one event."""
        match event:
            case ev.Progress():
                self._show(event.phase, event.done, event.total, event.seconds_left)
            case ev.RunStarted():
                self._epochs = event.epochs
                self._say(f"Run [bold]{event.run}[/] in {_plain(event.folder)}")
            case ev.ModelPrepared():
                share = event.trainable / max(1, event.parameters)
                self._say(
                    f"{_plain(event.title)}: {event.trainable:,} of {event.parameters:,} parameters"
                    f" train ({share:.1%}), {len(event.labels)} labels"
                )
            case ev.DataPrepared():
                self._steps = event.steps_per_epoch
                # Recommended values are known only now that the data are.
                self._epochs = event.epochs or self._epochs
                self._say(
                    f"{event.train:,} training, {event.validation:,} validation, "
                    f"{event.test:,} test samples"
                )
            case ev.ComputeChosen():
                self._say(
                    f"Computing on {event.device} in {event.precision}, {event.threads} threads"
                )
            case ev.StepFinished():
                total = max(event.step, self._steps * self._epochs)
                text = f"Epoch {event.epoch} of {self._epochs}, loss {event.loss:.3f}"
                self._show(text, event.step, total, event.seconds_left)
            case ev.EpochFinished():
                self._say(_epoch_line(event, self._epochs))
            case ev.ProblemFound():
                self.problem(event.problem)

    def problem(self, problem: Problem) -> None:
        """Say a problem in its three parts."""
        self._say(f"{_MARKS[problem.severity]} {_plain(problem.text())}")

    def close(self) -> None:
        """Remove the bar."""
        self._bar.stop()

    def _say(self, markup: str) -> None:
        self.console.print(markup, soft_wrap=True)

    def _show(self, text: str, done: float, total: float, seconds_left: float | None) -> None:
        left = wording.eta(seconds_left) if seconds_left is not None else ""
        if self._task is None:
            self._bar.start()
            self._task = self._bar.add_task(_plain(text), left="")
        self._bar.update(
            self._task, description=_plain(text), completed=done, total=total or None, left=left
        )


def _epoch_line(event: ev.EpochFinished, epochs: int) -> str:
    mark = "  [green]best[/]" if event.best else ""
    return (
        f"Epoch {event.epoch:>3} of {epochs}  "
        f"loss {event.train_loss:.4f}  accuracy {event.train_accuracy:6.1%}"
        f"  validation: loss {event.val_loss:.4f}  accuracy {event.val_accuracy:6.1%}"
        f"  macro F1 {event.val_macro_f1:.3f}  {event.seconds:.1f} s{mark}"
    )


def _plain(text: str) -> str:
    """Text of the user's, with nothing in it taken for markup."""
    return text.replace("[", r"\[")
