"""What cleaning and variation do to a project's own texts, drawn in a terminal."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from finetune_studio.cli.job import Show, do
from finetune_studio.events.differences import Change, CleaningEffect, TextDifference
from finetune_studio.events.events import AnyEvent, DataInspected
from finetune_studio.project.choices import Task
from finetune_studio.project.problems import ProblemError
from finetune_studio.project.project import Project

_STYLES = {
    Change.SAME: "",
    Change.REMOVED: "strike red",
    Change.ADDED: "bold green",
    Change.SKIPPED: "dim",
}
_MARKS = {Change.REMOVED: ("[-", "-]"), Change.ADDED: ("{+", "+}")}
_CONTROL = dict.fromkeys((*range(32), *range(127, 160)), "·")
_CONTROL |= {ord("\n"): "↵", ord("\t"): "⇥"}


def preview(job: str, project: Project, show: Show, **arguments: Any) -> list[AnyEvent]:
    """Read a project's texts through, and let a job look at some of them.

    Raises:
        ProblemError: the project is not about texts, or has none yet.
    """
    if project.task is not Task.TEXT or project.data is None:
        raise ProblemError.of(
            "The project has no texts.",
            "Only texts can be looked at here.",
            "Open a project whose data are texts.",
            code="no_texts",
        )
    dumped = project.model_dump(mode="json")
    with tempfile.TemporaryDirectory(prefix="finetune-studio-") as cache:
        found = do("inspect_data", {"project": dumped, "cache": cache}, show)
        report = next(event.report for event in found if isinstance(event, DataInspected))
        previews = str(Path(report.previews))
        return do(job, {"project": dumped, "previews": previews, **arguments}, show)


def show_effect(effect: CleaningEffect, console: Console) -> None:
    """How many texts each step changes, and the texts that change."""
    table = Table(box=None, header_style="dim", pad_edge=False)
    table.add_column("Step")
    table.add_column("", justify="left")
    table.add_column(f"Texts of {effect.looked_at:,}", justify="right")
    for step in effect.steps:
        note = "on" if step.on else "would change"
        table.add_row(Text(step.kind.value), Text(note, style="" if step.on else "dim"),
                      f"{step.changed:,}")  # fmt: skip
    console.print(table)
    console.print(
        f"Together they change {effect.changed:,} of {effect.looked_at:,} texts; "
        f"of {effect.emptied:,} nothing is left."
    )
    show_differences([text for text in effect.texts if text.changed], console)


def show_differences(texts: list[TextDifference], console: Console) -> None:
    """Texts with what goes struck through and what comes bold; in a file, between marks."""
    plain = not console.is_terminal
    for text in texts:
        line = Text(f"{text.where}  ", style="dim")
        for span in text.spans:
            shown = " … " if span.change is Change.SKIPPED else span.text.translate(_CONTROL)
            before, after = _MARKS.get(span.change, ("", "")) if plain else ("", "")
            line.append(f"{before}{shown}{after}", style=_STYLES[span.change])
        console.print(line, soft_wrap=True)
