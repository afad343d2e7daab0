"""The command that finds a learning rate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from finetune_studio.cli import exits
from finetune_studio.cli.job import do
from finetune_studio.cli.json_lines import JsonLines
from finetune_studio.cli.terminal import Terminal
from finetune_studio.events.events import RatesSuggested
from finetune_studio.project import storage, wording
from finetune_studio.project.choices import Choice
from finetune_studio.project.problems import ProblemError
from finetune_studio.project.settings_path import with_setting, with_settings


class Suggestion(Choice):
    """What a curve of losses over learning rates suggests."""

    VALLEY = "valley", "Valley", "halfway down the longest fall of the loss"
    STEEPEST = "steepest", "Steepest", "where the loss falls fastest"
    MINIMUM = "minimum", "Minimum over 10", "a tenth of the rate with the lowest loss"


def find_rate(
    folder: Annotated[Path, typer.Argument(help="The project's folder.")],
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="section.field=value, for example training.optimizer=sgd."),
    ] = None,
    *,
    take: Annotated[
        Suggestion | None, typer.Option(help="Store this suggestion in the project.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print events as JSON lines and nothing else.")
    ] = False,
) -> None:
    """Train a few steps at ever higher learning rates, and say which are worth taking."""
    stored = storage.load(folder)
    project = stored
    project = with_settings(project, settings or ())
    show = JsonLines() if as_json else Terminal()
    arguments = {"folder": str(folder), "project": project.model_dump(mode="json")}
    events = do("find_learning_rate", arguments, show)
    found = next((event for event in events if isinstance(event, RatesSuggested)), None)
    if found is None:
        raise typer.Exit(exits.FAILED)
    if isinstance(show, Terminal):
        _tell(found, show.console)
    if take is not None:
        rate = _taken(found, take)
        storage.save(with_setting(stored, f"training.learning_rate={rate}"), folder)
        if isinstance(show, Terminal):
            show.console.print(f"Stored: training.learning_rate={rate}")


def _tell(found: RatesSuggested, console: Console) -> None:
    end = ", until the loss shot up" if found.diverged else ""
    console.print(f"{wording.plural(found.tried, 'rate')} tried{end}.")
    for kind in Suggestion:
        rate: float | None = getattr(found, kind.value)
        said = wording.rate(_rounded(rate)) if rate else wording.NO_VALUE
        console.print(Text(f"{kind.title_text:16} {said:8} {kind.help_text}"))


def _taken(found: RatesSuggested, take: Suggestion) -> float:
    """The rate of a kind.

    Raises:
        ProblemError: the curve did not show any.
    """
    rate: float | None = getattr(found, take.value)
    if rate is None:
        raise ProblemError.of(
            "No learning rate can be suggested.",
            "The loss hardly fell at any rate.",
            "Give it more samples, another optimizer, or more layers that train.",
            code="no_rate_suggested",
        )
    return _rounded(rate)


def _rounded(rate: float) -> float:
    """In two figures, which is more than it can be known to."""
    return float(f"{rate:.1e}")
