"""What the run folders of a project remember, read back for the window."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from finetune_studio.events.descriptions import Certificate, EvaluationReport
from finetune_studio.events.history import RunHistory
from finetune_studio.runs.folder import RunFolder, list_runs, read_history
from finetune_studio.runs.summary import RunSummary


@dataclass(frozen=True)
class Remembered:
    """The runs of a project, newest first, and the history of the newest if it was asked for."""

    project_folder: Path
    runs: tuple[RunSummary, ...]
    history: RunHistory | None = None


def remember(project_folder: Path) -> Remembered:
    """Read everything there is; may take a while after long runs."""
    runs = list_runs(project_folder)
    return Remembered(project_folder, runs, _latest(runs))


def remember_runs(project_folder: Path) -> Remembered:
    """Read the runs alone, when the history of the newest is known already."""
    return Remembered(project_folder, list_runs(project_folder))


def _latest(runs: tuple[RunSummary, ...]) -> RunHistory:
    """The newest run; where it was stopped before anything happened, the last that got further."""
    if not runs:
        return RunHistory()
    newest = read_history(Path(runs[0].folder))
    if newest.has_begun or newest.problem is not None:
        return newest
    earlier = next((run for run in runs if run.epochs), None)
    return read_history(Path(earlier.folder)) if earlier is not None else newest


def evaluation_of(run: RunSummary) -> EvaluationReport | None:
    """The last evaluation of a run."""
    try:
        content = RunFolder(Path(run.folder)).report_file.read_bytes()
        return EvaluationReport.model_validate_json(content)
    except (OSError, ValidationError):
        return None


def certificates_of(run: RunSummary) -> tuple[Certificate, ...]:
    """The certificates of a run's exports, newest first."""
    files = RunFolder(Path(run.folder)).exports.glob("*/certificate.json")
    newest_first = sorted(files, key=lambda file: file.stat().st_mtime, reverse=True)
    found = (_certificate(file) for file in newest_first)
    return tuple(one for one in found if one is not None)


def _certificate(file: Path) -> Certificate | None:
    try:
        return Certificate.model_validate(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None
