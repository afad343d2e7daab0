"""Making folders for new projects, and guessing what a folder is about."""

from __future__ import annotations

import re
from pathlib import Path

from finetune_studio import places
from finetune_studio.project import storage
from finetune_studio.project.choices import Task
from finetune_studio.project.choosing import with_model
from finetune_studio.project.model_catalog import choice_from_text
from finetune_studio.project.problems import Problem
from finetune_studio.project.project import EarlierChoice, ModelChoice, Project
from finetune_studio.runs.folder import RUNS
from finetune_studio.ui.pages.model.local_model import pick

_TABLES = {".csv", ".tsv", ".jsonl", ".parquet"}
_WEIGHTS = ".safetensors"
_LOOKED_AT = 400


def make_project(task: Task, folder: str = "") -> Path:
    """Make a project folder for a task and say where it is.

    Args:
        task: what is told apart.
        folder: where; empty for a free name among the user's projects.

    Raises:
        ProblemError: the folder cannot be written to.
    """
    path = Path(folder) if folder else _free_folder(task.title_text)
    storage.save(Project(name=path.name, task=task), path)
    return path


def make_continuation(run: Path) -> Path:
    """Make a project that goes on from a run's model, and say where it is.

    What the run learned from is what the project is not to forget. How texts are cleaned and cut
    belongs to the model; everything else is decided anew.

    Args:
        run: the run's folder.

    Raises:
        ProblemError: the run cannot be read, or the folder not be written to.
    """
    done = storage.load(run)
    folder = _free_folder(f"{done.name} continued")
    project = with_model(Project(name=folder.name), choice_from_text(str(run)))
    length = project.training.edited(max_tokens=done.training.max_tokens)
    storage.save(
        project.edited(
            earlier=EarlierChoice(path=str(run)),
            cleaning=done.cleaning,
            freeze=done.freeze,
            training=length,
            pinned=("max_tokens",) if "max_tokens" in done.pinned else (),
        ),
        folder,
    )
    return folder


def project_of(folder: Path) -> Path:
    """The project a run's folder belongs to; any other folder itself."""
    home = folder.parent.parent
    is_run = folder.parent.name == RUNS and storage.is_project(home)
    return home if is_run else folder


def dropped_model(path: Path, task: Task) -> ModelChoice | None:
    """The model in a folder or file of weights; ``None`` when it is something else."""
    is_weights = path.suffix.lower() == _WEIGHTS or any(path.glob(f"*{_WEIGHTS}"))
    return pick(path, task).choice if is_weights else None


def no_data(path: Path) -> Problem | None:
    """What is wrong with something dropped that can be no data at all."""
    if path.is_dir() or path.suffix.lower() in _TABLES:
        return None
    return Problem(
        what=f"{path.name} is no folder and no table.",
        why="Samples lie in a folder with one folder for each label, or in a table.",
        remedy="Drop the folder, or a CSV, TSV, JSON Lines or Parquet file.",
        code="no_data",
    )


def guess_task(path: Path) -> Task:
    """Whether a folder or table is about pictures or texts, from the names of its first files."""
    if path.is_file():
        return Task.TEXT if path.suffix.lower() in _TABLES | {".txt"} else Task.IMAGE
    texts = pictures = 0
    for index, file in enumerate(path.rglob("*")):
        if index >= _LOOKED_AT:
            break
        texts += file.suffix.lower() == ".txt"
        pictures += file.suffix.lower() in {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif"}
    return Task.TEXT if texts > pictures else Task.IMAGE


def _free_folder(title: str) -> Path:
    taken = {path.name for path in places.projects().glob("*")}
    numbers = [int(match[1]) for name in taken if (match := re.fullmatch(rf"{title} (\d+)", name))]
    return places.projects() / f"{title} {max(numbers, default=0) + 1}"
