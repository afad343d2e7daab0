"""Which run a path means, where it may as well mean data."""

from __future__ import annotations

from pathlib import Path

from finetune_studio.project import storage
from finetune_studio.runs.folder import RUNS, list_runs, summarize


def meant_run(path: Path) -> Path | None:
    """The folder of the run a path means: itself, or a project's newest with a finished epoch.

    ``None`` where the path is no run and no project with one: then it is data.
    """
    if not storage.is_project(path):
        return None
    if path.parent.name == RUNS:
        return path if summarize(path).usable else None
    return next((Path(run.folder) for run in list_runs(path) if run.usable), None)
