"""The samples of an earlier task: from a folder or a table, or those a run learned from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from finetune_studio.engine.data.reading import read, survey
from finetune_studio.engine.data.samples import Sample, SampleSet, TableFacts
from finetune_studio.engine.data.splitting import split, with_splits
from finetune_studio.engine.evaluation.division import divide
from finetune_studio.engine.progress import Emit
from finetune_studio.engine.stopping import StopRequested
from finetune_studio.project.choices import Split, Target, Task
from finetune_studio.project.problems import Problem, ProblemError, Severity
from finetune_studio.project.project import EarlierChoice, SplitChoice
from finetune_studio.runs.folder import RunFolder
from finetune_studio.runs.meant import meant_run

_OWN = "earlier_"
"""How the codes of problems begin that only earlier data have, and that name them."""


@dataclass(frozen=True)
class EarlierTask:
    """What was learned before.

    Attributes:
        source: where it comes from, in words.
        labels: sorted.
        train: could be learned from again.
        validation: the model is asked about these to see what it forgets.
        problems: found on the way.
        table: how it was read, where it is a table of its own.
    """

    source: str
    labels: tuple[str, ...]
    train: tuple[Sample, ...]
    validation: tuple[Sample, ...]
    problems: tuple[Problem, ...] = ()
    table: TableFacts | None = None

    @property
    def error(self) -> Problem | None:
        """What keeps it from being used, if anything does."""
        errors = (one for one in self.problems if one.severity is Severity.ERROR)
        return next(errors, None)


@dataclass(frozen=True)
class _Reader:
    """What every reading needs. ``split`` divides what no run has divided."""

    task: Task
    split: SplitChoice
    cache: Path
    emit: Emit
    stop_requested: StopRequested


def read_earlier(
    choice: EarlierChoice,
    task: Task,
    split_choice: SplitChoice,
    cache: Path,
    emit: Emit,
    stop_requested: StopRequested,
) -> EarlierTask:
    """Like :func:`survey_earlier`, for what is to be learned from again.

    Raises:
        ProblemError: it cannot be used.
        Stopped: a stop was asked for.
    """
    found = survey_earlier(choice, task, split_choice, cache, emit, stop_requested)
    if found.error is not None:
        raise ProblemError(_of_earlier(found.error))
    return found


def survey_earlier(
    choice: EarlierChoice,
    task: Task,
    split_choice: SplitChoice,
    cache: Path,
    emit: Emit,
    stop_requested: StopRequested,
) -> EarlierTask:
    """Read what was learned before; nothing is written to it.

    The data of a run are divided as that run did, so that it is asked about samples it has not
    learned from; and what that run was not to forget belongs to them. Data that open and cannot be
    used yet come with an error among their problems, so that columns can still be chosen.

    Args:
        choice: names a folder, a table or a run.
        task: pictures or texts.
        split_choice: how a folder or table is divided that brings no division.
        cache: folder of the project's cache.
        emit: hears of the progress.
        stop_requested: asked all the while.

    Raises:
        ProblemError: it cannot be opened, or is no data of this kind.
        Stopped: a stop was asked for.
    """
    reader = _Reader(task, split_choice, cache, emit, stop_requested)
    found = _read(choice, reader, frozenset())
    if found.error is not None or (found.train and found.validation):
        return found
    return replace(found, problems=(_too_few(choice.path, found), *found.problems))


def _read(choice: EarlierChoice, reader: _Reader, seen: frozenset[Path]) -> EarlierTask:
    run = meant_run(Path(choice.path))
    if run is None:
        return _of_data(choice, reader)
    if run in seen:
        raise _in_a_circle(run)
    return _of_run(RunFolder(run), reader, seen | {run})


def _of_data(choice: EarlierChoice, reader: _Reader) -> EarlierTask:
    found = survey(choice, reader.task, reader.cache, reader.emit, reader.stop_requested)
    errors = [one for one in found.problems if one.severity is Severity.ERROR]
    if not errors and found.target.kind is not Target.LABEL:
        errors = [other_target("The earlier data have", found.target.kind, choice.path).problem]
    if errors:
        return EarlierTask(choice.path, (), (), (), tuple(errors), found.table)
    parts = split(found, reader.split)
    return EarlierTask(
        source=choice.path,
        labels=found.labels,
        train=tuple(with_splits(found.samples, parts, Split.TRAIN)),
        validation=tuple(with_splits(found.samples, parts, Split.VALIDATION)),
        problems=_warnings(found),
        table=found.table,
    )


def _of_run(run: RunFolder, reader: _Reader, seen: frozenset[Path]) -> EarlierTask:
    project = run.project
    if project.data is None:
        raise ProblemError.of(
            f"Run {run.name} names no data.",
            "Its project.json is incomplete.",
            "Choose the earlier data themselves.",
            where=str(run.path),
            code="earlier_run_incomplete",
        )
    if project.task is not reader.task:
        raise _other_task(run, project.task, reader.task)
    found = read(project.data, reader.task, reader.cache, reader.emit, reader.stop_requested)
    if found.target.kind is not Target.LABEL:
        raise other_target(f"The data of run {run.name} have", found.target.kind, str(run.path))
    division = divide(found, project.split, run)
    own = EarlierTask(
        source=f"the data of run {run.name}, {project.name}",
        labels=division.labels,
        train=division.train,
        validation=division.validation,
        problems=_warnings(found),
    )
    if not project.earlier.path:
        return own
    return _together(own, _read(project.earlier, reader, seen))


def _together(now: EarlierTask, before: EarlierTask) -> EarlierTask:
    return EarlierTask(
        source=f"{now.source}, with {before.source}",
        labels=tuple(sorted({*now.labels, *before.labels})),
        train=now.train + before.train,
        validation=now.validation + before.validation,
        problems=now.problems + before.problems,
    )


def _warnings(found: SampleSet) -> tuple[Problem, ...]:
    return tuple(
        _of_earlier(problem).edited(fix="")
        for problem in found.problems
        if problem.severity is Severity.WARNING
    )


def _of_earlier(problem: Problem) -> Problem:
    """Beside what is said of the new data it has to be told apart."""
    if problem.code.startswith(_OWN):
        return problem
    return problem.edited(what=f"Earlier data: {problem.what}")


def _too_few(path: str, found: EarlierTask) -> Problem:
    return Problem(
        what=f"The earlier data in {path} are too few.",
        why=f"{len(found.train):,} samples to learn from and {len(found.validation):,} to look at "
        "are there.",
        remedy="Give at least two samples of a label, or take the earlier data out.",
        where=path,
        code="earlier_too_few",
    )


def other_target(whose: str, kind: Target, where: str = "") -> ProblemError:
    """What to say where samples have several labels, or numbers."""
    several = kind is Target.LABELS
    return ProblemError.of(
        f"{whose} {'several labels a sample' if several else 'numbers'}.",
        "Only what has one label a sample can be kept from being forgotten so far.",
        "Take the earlier data out and set distillation to 0, or use data with one label a sample.",
        where=where,
        code="earlier_target",
    )


def _other_task(run: RunFolder, found: Task, wanted: Task) -> ProblemError:
    return ProblemError.of(
        f"Run {run.name} told {found.title_text.lower()} apart.",
        f"This project tells {wanted.title_text.lower()} apart.",
        f"Choose a run on {wanted.title_text.lower()}.",
        where=str(run.path),
        code="earlier_other_task",
    )


def _in_a_circle(run: Path) -> ProblemError:
    return ProblemError.of(
        f"Run {run.name} is said to be earlier than itself.",
        "The runs name one another as what was learned before.",
        "Choose the earlier data themselves.",
        where=str(run),
        code="earlier_circle",
    )
