"""Reading a source into samples: the one reading that the report and training both rest on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from finetune_studio.engine.data.file_types import (
    TABLE_SUFFIXES,
    TEXT_SUFFIXES,
    looks_like_picture,
    suffix_of,
)
from finetune_studio.engine.data.findings import Findings
from finetune_studio.engine.data.folder_targets import from_folders
from finetune_studio.engine.data.image_folder import read_image_folder
from finetune_studio.engine.data.label_folders import names_below, visible
from finetune_studio.engine.data.label_groups import label_counts
from finetune_studio.engine.data.sample_checks import check_samples
from finetune_studio.engine.data.sample_sequence import SPLITS, UNDIVIDED, Samples
from finetune_studio.engine.data.samples import Sample, SampleSet, TableFacts
from finetune_studio.engine.data.saved_dataset import is_saved_dataset
from finetune_studio.engine.data.table import read_table
from finetune_studio.engine.data.text_folder import read_text_folder
from finetune_studio.engine.progress import Emit
from finetune_studio.engine.stopping import StopRequested
from finetune_studio.project.choices import DataKind, Split, Target, Task
from finetune_studio.project.problems import Problem, ProblemError, Severity
from finetune_studio.project.project import DataChoice
from finetune_studio.project.target import TargetReading

_NAMES_LOOKED_AT = 2000
_TASK_OF = {DataKind.IMAGE_FOLDER: Task.IMAGE, DataKind.TEXT_FOLDER: Task.TEXT}


def read(
    choice: DataChoice,
    task: Task | None,
    cache: Path,
    emit: Emit,
    stop_requested: StopRequested,
) -> SampleSet:
    """Read everything that can be used, ready to be trained on.

    Args:
        choice: where the data lie and how to read them.
        task: pictures or texts; ``None`` when the data shall tell.
        cache: folder of the project's cache; takes pictures that lie inside a table.
        emit: hears of the progress.
        stop_requested: asked all the while.

    Raises:
        ProblemError: the data cannot be trained on.
        Stopped: a stop was asked for.
    """
    found = survey(choice, task, cache, emit, stop_requested)
    found.check_usable()
    return found


def survey(
    choice: DataChoice,
    task: Task | None,
    cache: Path,
    emit: Emit,
    stop_requested: StopRequested,
) -> SampleSet:
    """Like :func:`read`, but data that open and cannot be trained on yet are no error raised.

    The errors are among the set's problems then, so that columns can still be chosen.

    Raises:
        ProblemError: the data cannot be opened.
        Stopped: a stop was asked for.
    """
    path, kind = locate(choice)
    _check_task(path, kind, task)
    findings = Findings(choice.leave_out)
    facts: TableFacts | None = None
    samples: Sequence[Sample]
    try:
        if kind is DataKind.IMAGE_FOLDER:
            samples = read_image_folder(path, cache, findings, emit, stop_requested)
        elif kind is DataKind.TEXT_FOLDER:
            samples = read_text_folder(path, choice.encoding, findings, emit, stop_requested)
        else:
            reading = read_table(path, choice, task, cache, findings, emit, stop_requested)
            samples, facts, task = reading.samples, reading.facts, reading.task
    except OSError as error:
        raise _unreadable(path, error) from error
    if facts is None:
        samples, target = from_folders(Samples.of(samples), choice, findings)
    else:
        target = facts.target
    divided = _with_a_training_part(Samples.of(samples), findings)
    checked = check_samples(divided, findings, target.kind)
    quantity = facts.label_column if facts is not None else ""
    return SampleSet(
        task=task or _TASK_OF[kind],
        kind=kind,
        samples=checked,
        labels=_labels(checked, target, quantity or path.name),
        problems=findings.problems(),
        table=facts,
        target=target,
    )


def _labels(samples: Samples, target: TargetReading, quantity: str) -> tuple[str, ...]:
    if target.kind is Target.NUMBER:
        return (quantity,)
    return tuple(sorted(label_counts(samples, target.kind)))


def locate(choice: DataChoice) -> tuple[Path, DataKind]:
    """The folder or table file, and the kind of data it is.

    A folder that ``datasets`` saved is a table. One without label folders that holds one table
    stands for the table.

    Raises:
        ProblemError: there is nothing there, or nothing known.
    """
    path = Path(choice.path).expanduser().absolute()
    if not path.exists():
        raise ProblemError.of(
            f"{path} does not exist.",
            "It was moved, renamed or deleted, or its drive is not connected.",
            "Choose the data again.",
            where=str(path),
            code="data_missing",
        )
    if path.is_file():
        return path, DataKind.TABLE
    if choice.kind in (None, DataKind.TABLE) and is_saved_dataset(path):
        return path, DataKind.TABLE
    kind = choice.kind or _kind_of_folder(path)
    if kind is DataKind.TABLE:
        return _only_table(path), kind
    return path, kind


def _kind_of_folder(folder: Path) -> DataKind:
    names = list(names_below(folder, _NAMES_LOOKED_AT))
    texts = sum(suffix_of(name) in TEXT_SUFFIXES for name in names)
    pictures = sum(looks_like_picture(name) for name in names)
    if pictures and pictures >= texts and not (_tables(folder) and not _several(folder)):
        return DataKind.IMAGE_FOLDER
    if texts > pictures:
        return DataKind.TEXT_FOLDER
    return DataKind.TABLE if _tables(folder) else DataKind.IMAGE_FOLDER


def _several(folder: Path) -> bool:
    """Whether there is more than one folder, so that they can be labels."""
    return sum(entry.is_dir(follow_symlinks=False) for entry in visible(str(folder))) > 1


def _tables(folder: Path) -> list[Path]:
    try:
        entries = visible(str(folder))
    except OSError:
        return []
    return [Path(entry.path) for entry in entries if suffix_of(entry.name) in TABLE_SUFFIXES]


def _only_table(folder: Path) -> Path:
    tables = _tables(folder)
    if len(tables) == 1:
        return tables[0]
    names = ", ".join(table.name for table in tables[:10])
    raise ProblemError.of(
        f"{folder} holds {'several tables' if tables else 'no table'}.",
        f"They are {names}." if names else "",
        "Choose the table file itself.",
        where=str(folder),
        code="data_which_table",
    )


def _check_task(path: Path, kind: DataKind, task: Task | None) -> None:
    given = _TASK_OF.get(kind)
    if task is None or given is None or given is task:
        return
    raise ProblemError.of(
        f"{path.name} holds {given.title_text.lower()}.",
        f"The project tells {task.title_text.lower()} apart.",
        f"Choose a folder of {task.title_text.lower()}, or a model for {given.title_text.lower()}.",
        where=str(path),
        code="data_other_task",
    )


def _with_a_training_part(samples: Samples, findings: Findings) -> Samples:
    """Data that bring validation or test but nothing to train on are divided anew."""
    trained = (samples.splits == UNDIVIDED) | (samples.splits == SPLITS.index(Split.TRAIN))
    if trained.any() or not len(samples):
        return samples
    findings.add_problem(
        Problem(
            what="The data have a division of their own, but no training part.",
            why="All samples are divided by the shares instead.",
            remedy="Name one part “train” to use the data's own division.",
            severity=Severity.WARNING,
            code="split_without_training",
        )
    )
    return samples.undivided()


def _unreadable(path: Path, error: OSError) -> ProblemError:
    return ProblemError.of(
        f"{path} cannot be read.",
        f"{error.strerror or error}.",
        "Check the permissions and that the drive is connected.",
        where=str(path),
        code="data_unreadable",
    )
