"""The story of a run, from choosing its folder to its last word."""

from __future__ import annotations

import contextlib
from pathlib import Path

from finetune_studio.engine.memory import give_back
from finetune_studio.engine.progress import Emit
from finetune_studio.engine.stopping import Control, GoingBack, Stopped
from finetune_studio.engine.training import checkpoint
from finetune_studio.engine.training.epochs import Epochs
from finetune_studio.engine.training.going_back import go_back, run_to_go_back
from finetune_studio.engine.training.preparation import prepare
from finetune_studio.engine.training.record import Record
from finetune_studio.events.events import JobFailed, JobStopped, ProblemFound, RunStarted
from finetune_studio.project import storage
from finetune_studio.project.faults import problem_from_exception
from finetune_studio.project.problems import Problem, ProblemError, Severity
from finetune_studio.project.project import Project
from finetune_studio.runs.folder import RunFolder, run_folders, summarize
from finetune_studio.runs.lock import RunLock


def train(
    folder: Path,
    emit: Emit,
    control: Control,
    *,
    resume: bool = False,
    name: str = "",
    back: bool = False,
    project: Project | None = None,
) -> None:
    """Train a project, or go on with a run that ended early.

    ``name`` picks the run to go on with, else it is the newest that can; ``back`` has it go on from
    its best epoch at half the rate, be it over or not; ``project`` replaces what the folder's file
    says, for this run only.

    Raises:
        Stopped: a stop was asked for; the best epoch so far is kept, the first one unfinished if
            there was no other.
        ProblemError: training cannot start or go on; the best epoch so far is kept.
    """
    if back:
        run = run_to_go_back(folder, name)
    else:
        run = _run_to_resume(folder, name) if resume else _new_run(folder, project)
    with RunLock(run.path), contextlib.closing(Record(run.events_file, emit)) as record:
        try:
            _train(run, record, control, back=back)
        except Stopped:
            record.note(JobStopped(job="train"))
            raise
        except Exception as error:
            # Where the disk is full this cannot be written either; it is told all the same.
            with contextlib.suppress(OSError):
                record.note(JobFailed(job="train", problem=problem_from_exception(error)))
            raise


def _train(run: RunFolder, record: Record, control: Control, *, back: bool) -> None:
    state, troubles = checkpoint.newest_state(run)
    went = None
    if back:
        state, went = go_back(run)
    record(
        RunStarted(
            run=run.name,
            folder=str(run.path),
            epochs=run.project.training.epochs,
            resumed_from=state.epoch if state else 0,
        )
    )
    for trouble in troubles:
        record(ProblemFound(problem=_passed_over(trouble)))
    if went is not None:
        record(went)
    prepared = prepare(run, record, control.stop_requested, going_on=state is not None)
    give_back()  # what ways of computing were timed with is not what training needs
    while True:
        try:
            Epochs(run, prepared, state, record, control).train()
        except GoingBack:
            state, went = go_back(run)
            record(went)
        else:
            return


def _new_run(folder: Path, project: Project | None) -> RunFolder:
    project = project or storage.load(folder)
    run = RunFolder.create(folder)
    storage.save(project, run.path)
    return run


def _run_to_resume(folder: Path, name: str) -> RunFolder:
    """The run to go on with.

    Raises:
        ProblemError: there is none.
    """
    busy = ""
    for candidate in run_folders(folder):
        if name in ("", candidate.name):
            summary = summarize(candidate)
            if summary.resumable:
                return RunFolder(candidate)
            busy = busy or (candidate.name if summary.state.busy else "")
    raise ProblemError.of(
        f"Run {name} cannot go on." if name else "There is no run to go on with.",
        f"Run {busy} is being trained right now."
        if busy
        else "Only a run that was stopped, interrupted or failed can.",
        "Wait for it to end, or stop it." if busy else "Start a new run.",
        where=str(folder),
        code="nothing_to_resume",
    )


def _passed_over(trouble: str) -> Problem:
    return Problem(
        what=f"A checkpoint is damaged ({trouble}).",
        why="The disk failed, or something else changed the file.",
        remedy="The run goes on from another one; nothing needs to be done.",
        severity=Severity.WARNING,
        code="checkpoint_passed_over",
    )
