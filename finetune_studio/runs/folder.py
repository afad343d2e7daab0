"""A run's folder: where everything of it lies, and what its events tell.

``events.jsonl`` is the truth about a run; summaries and histories are read from it again.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from finetune_studio.events.descriptions import Figures
from finetune_studio.events.events import AnyEvent, JobFailed
from finetune_studio.events.forgetting import forgetting
from finetune_studio.events.history import RunHistory, RunState, replay
from finetune_studio.events.main_figure import validation_of
from finetune_studio.events.savings import savings
from finetune_studio.events.watchdog import current
from finetune_studio.project import storage
from finetune_studio.project.problems import Problem, ProblemError
from finetune_studio.project.project import Project
from finetune_studio.runs.checkpoints import saved_epochs
from finetune_studio.runs.event_log import read_log
from finetune_studio.runs.lock import is_held
from finetune_studio.runs.summary import RunSummary

RUNS = "runs"
# The same weights, data and settings would meet the same trouble again.
_HOPELESS = frozenset({"loss_not_finite"})


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Where the parts of a run lie.

    Attributes:
        path: the folder, ``<project>/runs/<name>``.
    """

    path: Path

    @classmethod
    def create(cls, project_folder: Path, today: dt.date | None = None) -> RunFolder:
        """Make the folder of a new run, named by the day and a number: ``2026-11-23-001``.

        Raises:
            ProblemError: the project's folder cannot be written to.
        """
        day = (today or dt.datetime.now().astimezone().date()).isoformat()
        runs = project_folder / RUNS
        try:
            runs.mkdir(parents=True, exist_ok=True)
            for number in itertools.count(_highest_number(runs, day) + 1):
                folder = runs / f"{day}-{number:03d}"
                try:
                    folder.mkdir()
                except FileExistsError:
                    continue
                return cls(folder)
        except OSError as error:
            raise ProblemError.of(
                f"A run could not be started in {project_folder}.",
                f"{error.strerror or error}.",
                "Make the folder writable or free some space.",
                where=str(project_folder),
                code="run_folder",
            ) from error
        raise AssertionError("counting never ends")

    @property
    def name(self) -> str:
        """What people call the run."""
        return self.path.name

    @property
    def project_folder(self) -> Path:
        """The folder of the project the run belongs to."""
        return self.path.parent.parent

    @property
    def cache(self) -> Path:
        """What can be computed again: the project's cache, or its own where it lies alone."""
        home = self.project_folder
        return (home if storage.is_project(home) else self.path) / "cache"

    @property
    def project(self) -> Project:
        """Everything decided, as it was run.

        Raises:
            ProblemError: it is not there or damaged.
        """
        return storage.load(self.path)

    @property
    def events_file(self) -> Path:
        """Everything that happened, one JSON line each."""
        return self.path / "events.jsonl"

    @property
    def split_file(self) -> Path:
        """Which sample belonged to which part."""
        return self.path / "split.json"

    @property
    def compute_file(self) -> Path:
        """Where and in what numbers it computed."""
        return self.path / "compute.json"

    @property
    def frozen_file(self) -> Path:
        """Behind which frozen layers its network was divided."""
        return self.path / "frozen.json"

    @property
    def model(self) -> Path:
        """The architecture, preprocessing and frozen weights."""
        return self.path / "model"

    @property
    def checkpoints(self) -> Path:
        """One folder a kept epoch."""
        return self.path / "checkpoints"

    @property
    def curves_file(self) -> Path:
        """The curves as a picture."""
        return self.path / "curves.png"

    @property
    def report_file(self) -> Path:
        """The last evaluation."""
        return self.path / "report.json"

    @property
    def predictions_file(self) -> Path:
        """Every prediction of the last evaluation, one JSON line each."""
        return self.path / "predictions.jsonl"

    @property
    def exports(self) -> Path:
        """Where exports go when nothing else is said."""
        return self.path / "exports"

    @property
    def log(self) -> Path:
        """What libraries printed while the run was trained."""
        return self.path / "worker.log"


def list_runs(project_folder: Path) -> tuple[RunSummary, ...]:
    """The runs of a project, newest first."""
    return tuple(summarize(folder) for folder in run_folders(project_folder))


def run_folders(project_folder: Path) -> tuple[Path, ...]:
    """The folders of a project's runs, newest first."""
    runs = project_folder / RUNS
    if not runs.is_dir():
        return ()
    found = (entry for entry in runs.iterdir() if entry.is_dir() and entry.name[0] != ".")
    return tuple(sorted(found, key=_by_number, reverse=True))


def summarize(folder: Path) -> RunSummary:
    """One run in a line, read from its events without those of single steps."""
    run = RunFolder(folder)
    events = read_log(run.events_file, without=("StepFinished", "Progress"))
    history = _told_the_end(replay(events), folder)
    seconds = history.outcome.seconds if history.outcome else sum(e.seconds for e in history.epochs)
    return RunSummary(
        name=run.name,
        folder=str(folder),
        state=history.state,
        started_at=history.started_at,
        model_title=_model_title(run),
        epochs=len(history.epochs),
        planned_epochs=history.planned_epochs,
        best_epoch=history.best_epoch,
        keep=history.keep,
        figures=history.outcome.figures if history.outcome else _figures(history),
        resumable=_is_resumable(history),
        seconds=seconds,
        savings=savings(history),
        forgetting=forgetting(history),
        findings=current(history.findings),
    )


def read_events(folder: Path) -> Iterator[AnyEvent]:
    """The events of a run, in order."""
    return read_log(RunFolder(folder).events_file)


def read_history(folder: Path) -> RunHistory:
    """What is known of a run; one whose process died without a word has failed."""
    return _told_the_end(replay(read_events(folder)), folder)


def _told_the_end(history: RunHistory, folder: Path) -> RunHistory:
    if history.outcome is not None or is_held(folder):
        return history
    if saved := saved_epochs(RunFolder(folder).checkpoints):
        # The disk was full, or the power failed, between an epoch's end and its checkpoint.
        history = history.saved_up_to(saved[-1])
    if not history.state.busy:
        return history
    problem = Problem(
        what="The run was interrupted.",
        why="Its process ended without a word: it was killed, or the computer went off.",
        remedy="Resume it; what was trained up to the last epoch is kept.",
        where=str(folder),
        code="run_interrupted",
    )
    return history.after(JobFailed(job="train", problem=problem))


def _figures(history: RunHistory) -> Figures | None:
    best = history.best
    return validation_of(best) if best is not None else None


def _is_resumable(history: RunHistory) -> bool:
    if history.problem is not None and history.problem.code in _HOPELESS:
        return False
    return history.state in (RunState.STOPPED, RunState.FAILED)


def _model_title(run: RunFolder) -> str:
    try:
        model = run.project.model
    except ProblemError:
        return ""
    return model.title if model else ""


def _highest_number(runs: Path, day: str) -> int:
    return max((_number(entry.name) for entry in runs.glob(f"{day}-*")), default=0)


def _by_number(folder: Path) -> tuple[str, int]:
    return folder.name[:10], _number(folder.name)


def _number(name: str) -> int:
    digits = name[11:]
    return int(digits) if digits.isdecimal() else 0
