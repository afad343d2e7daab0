"""Making project folders: new ones, and those of the samples."""

from __future__ import annotations

import re
from pathlib import Path

from finetune_studio import places, samples
from finetune_studio.project import model_catalog, storage
from finetune_studio.project.choices import Task
from finetune_studio.project.project import DataChoice, Project

_SAMPLE_MODELS = {"digits": "starter/efficientnet_lite0", "reviews": "starter/minilm-l6"}
_TABLES = {".csv", ".tsv", ".jsonl", ".parquet"}
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


def make_sample_project(sample_id: str) -> Path:
    """The project of a sample, ready to train; made when it is not there yet.

    Raises:
        ProblemError: the folder cannot be written to.
        OSError: so says the unpacking.
    """
    sample = samples.sample_set(sample_id)
    folder = places.projects() / f"sample-{sample_id}"
    if storage.is_project(folder):
        return folder
    data = samples.unpack(sample_id, folder / "data")
    entry = model_catalog.find(_SAMPLE_MODELS[sample_id])
    project = Project(
        name=sample.title,
        task=Task(sample.task),
        model=entry.choice() if entry else None,
        data=DataChoice(path=str(data)),
    )
    storage.save(project, folder)
    return folder


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
