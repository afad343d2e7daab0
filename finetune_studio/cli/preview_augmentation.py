"""The command that writes training pictures as augmentation varies them."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from finetune_studio.cli import exits
from finetune_studio.cli.job import do
from finetune_studio.cli.json_lines import JsonLines
from finetune_studio.cli.terminal import Terminal
from finetune_studio.events.events import PicturesVaried
from finetune_studio.project import storage
from finetune_studio.project.choices import Task
from finetune_studio.project.problems import ProblemError
from finetune_studio.project.project import Project
from finetune_studio.project.settings_path import with_settings
from finetune_studio.project.variation import PreviewChoice, variation_of


def preview_augmentation(
    folder: Annotated[Path, typer.Argument(help="The project's folder.")],
    out: Annotated[Path, typer.Option(help="Folder for the pictures; it is made.")],
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="section.field=value, e.g. training.augment_strength=1.5."),
    ] = None,
    *,
    pictures: Annotated[int, typer.Option(min=1, max=100, help="How many pictures.")] = 4,
    variations: Annotated[int, typer.Option(min=1, max=100, help="Variations of each.")] = 4,
    which: Annotated[int, typer.Option(help="Another number chooses other pictures.")] = 0,
    chance: Annotated[int, typer.Option(min=0, help="Another number varies in other ways.")] = 0,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print events as JSON lines and nothing else.")
    ] = False,
) -> None:
    """Write a few training pictures as they are and as training would vary them."""
    project = storage.load(folder)
    project = with_settings(project, settings or ())
    _require_variation(project)
    choice = PreviewChoice(pictures=pictures, variations=variations, which=which, chance=chance)
    show = JsonLines() if as_json else Terminal()
    with tempfile.TemporaryDirectory(prefix="finetune-studio-") as cache:
        arguments = {
            "project": project.model_dump(mode="json"),
            "cache": cache,
            "out": str(out.absolute()),
            "show": choice.model_dump(mode="json"),
        }
        events = do("preview_augmentation", arguments, show)
    varied = next((event for event in events if isinstance(event, PicturesVaried)), None)
    if varied is None:
        raise typer.Exit(exits.FAILED)
    if isinstance(show, Terminal):
        for number, picture in enumerate(varied.pictures, start=1):
            show.console.print(f"{number}  {picture.label}: {picture.where}", soft_wrap=True)
        show.console.print(f"Written to {out}", soft_wrap=True)


def _require_variation(project: Project) -> None:
    """Make sure there is something to see.

    Raises:
        ProblemError: texts, or pictures that stay as they are.
    """
    if project.task is not Task.IMAGE:
        raise ProblemError.of(
            "Augmentation varies pictures, and this project is about texts.",
            "",
            "Choose a project of pictures.",
            code="no_pictures",
        )
    if variation_of(project.training) is None:
        raise ProblemError.of(
            "Pictures are not varied.",
            "Augmentation is off, or its strength is 0.",
            "Add --set training.augmentation=medium to see what that would do.",
            code="nothing_varies",
        )
