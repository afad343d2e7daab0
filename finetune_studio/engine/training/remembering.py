"""What a run is told not to forget: settled once, written down, and the same when it goes on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from finetune_studio.engine.data.joining import in_words, joined, nearly_same
from finetune_studio.engine.data.replaying import Replay
from finetune_studio.engine.data.samples import Sample, TableFacts
from finetune_studio.engine.evaluation.division import Division
from finetune_studio.engine.model.known_heads import known_labels
from finetune_studio.engine.progress import Emit
from finetune_studio.engine.stopping import StopRequested
from finetune_studio.engine.training.earlier import (
    EarlierTask,
    other_target,
    read_earlier,
    survey_earlier,
)
from finetune_studio.engine.training.record import Record
from finetune_studio.engine.training.replay import reservoir
from finetune_studio.events.descriptions import EarlierTable
from finetune_studio.events.events import (
    EarlierDataInspected,
    EarlierTaskJoined,
    ProblemFound,
)
from finetune_studio.project.choices import Target, Task
from finetune_studio.project.files import write_atomic
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.problems import Problem, ProblemError, Severity
from finetune_studio.project.project import Project
from finetune_studio.project.settings.remembering import earlier_per_batch
from finetune_studio.project.value import Value
from finetune_studio.runs.folder import RunFolder

_FILE = "earlier.json"
_NOTHING = EarlierTask(source="", labels=(), train=(), validation=())


class _Written(Value):
    """What ``earlier.json`` of a run holds; samples by their `_mark`."""

    version: int = 1
    labels: tuple[str, ...]
    known: tuple[str, ...]
    replayed: tuple[str, ...]
    watched: tuple[str, ...]


@dataclass(frozen=True)
class Remembered:
    """What stands beside the new samples; nothing where nothing is to be remembered.

    Attributes:
        labels: of now and of before, in the order of the model's answers.
        first_watched: new validation samples, behind which the watched ones stand.
        known: labels the model names already, whose part of the head is kept.
        replayed: earlier samples that are learned from again; they stand behind the new ones.
        watched: earlier samples the model is asked about; likewise.
        replay: how the replayed ones are put into batches.
    """

    labels: tuple[str, ...]
    first_watched: int
    known: tuple[str, ...] = ()
    replayed: tuple[Sample, ...] = ()
    watched: tuple[Sample, ...] = ()
    replay: Replay | None = None

    def spares_known(self, training: Hyperparameters) -> bool:
        """Whether new samples are told apart among the labels of the new data alone."""
        holds = bool(training.distillation or training.l2_sp)
        return bool(self.known) and self.replay is None and holds


def recollect(
    run: RunFolder,
    project: Project,
    division: Division,
    target: Target,
    record: Record,
    stop_requested: StopRequested,
) -> Remembered:
    """Settle what a run is not to forget; tell it.

    Args:
        run: whose folder remembers what was settled when it began.
        project: everything decided.
        division: of the new samples.
        target: what is learned of them.
        record: hears of it.
        stop_requested: asked while earlier data are read.

    Raises:
        ProblemError: the earlier data cannot be used, or there is nothing to distil from.
        Stopped: a stop was asked for.
    """
    training, choice = project.training, project.earlier
    if not choice.path and not training.distillation:
        return Remembered(division.labels, len(division.validation))
    if target is not Target.LABEL:
        raise other_target("The new data have", target, choice.path)
    task = _NOTHING
    if choice.path:
        task = read_earlier(choice, project.task, project.split, run.cache, record, stop_requested)
    file, written = run.path / _FILE, _read(run)
    settled = written or _settle(project, division, task, record)
    if written is None:
        write_atomic(file, settled.model_dump_json(indent=2) + "\n")
    elif written.labels != joined(division.labels, {*task.labels, *written.known}).all:
        raise _other_labels(run, written.labels)
    replayed = _found(settled.replayed, task.train)
    watched = _found(settled.watched, task.validation)
    missing = len(settled.replayed) + len(settled.watched) - len(replayed) - len(watched)
    if missing:
        record(ProblemFound(problem=_gone(missing)))
    per_batch = earlier_per_batch(training.replay_share, training.batch_size) if replayed else 0
    record(
        EarlierTaskJoined(
            source=task.source,
            samples=len(task.train),
            replayed=len(replayed),
            per_batch=per_batch,
            batch_size=training.batch_size,
            validation=len(watched),
            words=in_words(joined(division.labels, {*task.labels, *settled.known})),
            known=settled.known,
        )
    )
    replay = Replay(len(division.train), per_batch, training.batch_size, training.seed)
    return Remembered(
        labels=settled.labels,
        first_watched=len(division.validation),
        known=settled.known,
        replayed=replayed if per_batch else (),
        watched=watched,
        replay=replay if per_batch else None,
    )


def inspect_earlier(
    project: Project,
    labels: Sequence[str],
    cache: Path,
    emit: Emit,
    stop_requested: StopRequested,
) -> EarlierDataInspected:
    """What a run of a project would remember.

    Args:
        project: everything decided.
        labels: of the new data.
        cache: folder of the project's cache.
        emit: hears of the progress.
        stop_requested: asked all the while.

    Raises:
        ProblemError: the earlier data cannot be opened.
        Stopped: a stop was asked for.
    """
    choice, model = project.earlier, project.model
    task = survey_earlier(choice, project.task, project.split, cache, emit, stop_requested)
    known = known_labels(model) if model is not None and project.training.keep_head else ()
    together = joined(labels, {*task.labels, *known})
    return EarlierDataInspected(
        path=choice.path,
        source=task.source,
        samples=len(task.train),
        validation=len(task.validation),
        labels=task.labels,
        words=in_words(together) if labels and task.error is None else "",
        known=known,
        problems=(*task.problems, *nearly_same(together)),
        table=_described(task.table, project.task),
    )


def _described(table: TableFacts | None, task: Task) -> EarlierTable | None:
    if table is None:
        return None
    return EarlierTable(
        columns=table.columns,
        content_column=table.image_column if task is Task.IMAGE else table.text_column,
        label_column=table.label_column,
        delimiter=table.delimiter,
    )


def _settle(project: Project, division: Division, task: EarlierTask, record: Record) -> _Written:
    """Decide for the first time; tell of what is odd."""
    training = project.training
    assert project.model is not None
    known = known_labels(project.model) if training.keep_head else ()
    if training.distillation and not known:
        raise _nothing_to_distil(is_kept=training.keep_head)
    labels = joined(division.labels, {*task.labels, *known})
    train = _without(task.train, (*division.validation, *division.test))
    watched = _without(task.validation, division.train)
    left_out = len(task.train) + len(task.validation) - len(train) - len(watched)
    for problem in (*task.problems, *nearly_same(labels), *_overlap(left_out)):
        record(ProblemFound(problem=problem))
    shared = earlier_per_batch(training.replay_share, training.batch_size)
    replayed = reservoir(train, training.replay_buffer, training.seed) if shared else ()
    return _Written(
        labels=labels.all,
        known=known,
        replayed=tuple(map(_mark, replayed)),
        watched=tuple(map(_mark, watched)),
    )


def _without(samples: Sequence[Sample], others: Iterable[Sample]) -> tuple[Sample, ...]:
    """Those that are not among others, by file or by text."""
    taken = {other.text or other.path for other in others}
    return tuple(sample for sample in samples if (sample.text or sample.path) not in taken)


def _found(marks: Sequence[str], samples: Sequence[Sample]) -> tuple[Sample, ...]:
    """The samples that were marked, in the order of the marks."""
    if not marks:
        return ()
    by_mark = {_mark(sample): sample for sample in samples}
    return tuple(by_mark[mark] for mark in marks if mark in by_mark)


def _mark(sample: Sample) -> str:
    """Names a sample and what it is, also among those of several sources."""
    parts = f"{sample.key}\0{sample.label}\0{sample.path}\0{sample.text}"
    return hashlib.blake2b(parts.encode("utf-8", "surrogateescape"), digest_size=12).hexdigest()


def _read(run: RunFolder) -> _Written | None:
    """What was settled when the run began; ``None`` when it begins now."""
    file = run.path / _FILE
    if not file.exists():
        return None
    try:
        return _Written.model_validate_json(file.read_text(encoding="utf-8"))
    except (OSError, ValidationError) as error:
        raise ProblemError.of(
            f"{_FILE} of run {run.name} is damaged.",
            "It says which earlier samples the run learns from and is asked about.",
            "Restore it from a backup, or start a new run.",
            where=str(file),
            code="earlier_damaged",
        ) from error


def _nothing_to_distil(*, is_kept: bool) -> ProblemError:
    if not is_kept:
        return ProblemError.of(
            "Distillation needs the head that the model has.",
            "“Keep what the head knows” is switched off.",
            "Switch it on, or set distillation to 0.",
            where="training.keep_head",
            code="nothing_to_distil",
        )
    return ProblemError.of(
        "There is nothing to distil: the model names no labels yet.",
        "Distillation holds the answers about labels that a model learned before.",
        "Choose the model of an earlier run or an export of it, or set distillation to 0.",
        where="training.distillation",
        code="nothing_to_distil",
    )


def _overlap(count: int) -> tuple[Problem, ...]:
    if not count:
        return ()
    return (
        Problem(
            what=f"{count:,} earlier samples are left out: they are among the new ones too.",
            why="What the model is measured on must not be learned from.",
            remedy="Nothing needs to be done.",
            severity=Severity.NOTE,
            code="earlier_overlap",
        ),
    )


def _gone(count: int) -> Problem:
    return Problem(
        what=f"The earlier data have changed since the run began: {count:,} samples are gone.",
        why="Files or rows were removed, renamed or given another label.",
        remedy="The run goes on without them; start a new run to compare fairly.",
        severity=Severity.WARNING,
        code="earlier_changed",
    )


def _other_labels(run: RunFolder, labels: Sequence[str]) -> ProblemError:
    return ProblemError.of(
        f"Run {run.name} cannot go on: the earlier data have other labels than when it began.",
        f"It began with {', '.join(labels[:10])}{' and more' if len(labels) > 10 else ''}.",
        "Restore the data, or start a new run.",
        where=str(run.path),
        code="labels_changed",
    )
