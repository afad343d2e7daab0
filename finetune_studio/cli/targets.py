"""Which run a command means: a run's own folder, or a project's newest usable run."""

from __future__ import annotations

from pathlib import Path

from finetune_studio.project import storage
from finetune_studio.project.problems import ProblemError
from finetune_studio.runs.folder import list_runs, summarize


def run_folder(project: Path, run: str) -> Path:
    """Where a project keeps a run."""
    return project / "runs" / run


def usable_run(folder: Path) -> Path:
    """The folder of the run that is meant.

    Raises:
        ProblemError: there is no run that has finished an epoch.
    """
    if folder.parent.name == "runs":
        if folder.is_dir() and summarize(folder).usable:
            return folder.absolute()
    elif storage.is_project(folder):
        for run in list_runs(folder):
            if run.usable:
                return Path(run.folder).absolute()
    raise ProblemError.of(
        f"{folder} holds no trained model.",
        "It is neither a run that has finished an epoch nor a project with such a run.",
        "Train first, or give a folder under the project's runs.",
        where=str(folder),
        code="run_missing",
    )
