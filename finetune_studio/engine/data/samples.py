"""One labelled sample, and a set of them as it was read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from finetune_studio.events.descriptions import ColumnDescription
from finetune_studio.project.choices import DataKind, Split, Task
from finetune_studio.project.problems import Problem, ProblemError, Severity
from finetune_studio.project.target import ONE_LABEL, TargetReading


@dataclass(frozen=True, slots=True)
class Sample:
    """One thing to learn from: a picture or a text, and its label.

    Attributes:
        label: what it is, as `project.target` writes labels, several labels and numbers.
        key: names the sample within its set, and stays the same when others come and go.
        where: the file (relative to the data) or the line it comes from, for people.
        path: of a picture, absolute.
        text: cleaned.
        split: the part the data themselves put it into; ``None`` when they do not say.
        content: equal for samples of exactly equal content; empty when nothing equals it.
    """

    key: str
    label: str
    where: str
    path: str = ""
    text: str = ""
    split: Split | None = None
    content: str = ""

    @property
    def identity(self) -> str:
        """What exact duplicates share."""
        return self.content or self.key


@dataclass(frozen=True)
class TableFacts:
    """How a table was read: its columns, which of them were taken, and the file's dialect."""

    columns: tuple[ColumnDescription, ...]
    text_column: str = ""
    image_column: str = ""
    label_column: str = ""
    split_column: str = ""
    delimiter: str = ""
    encoding: str = ""
    target: TargetReading = ONE_LABEL


@dataclass
class SampleSet:
    """All usable samples of one source, and what was found on the way.

    Attributes:
        labels: sorted by code point, so that an index means the same everywhere; of numbers the
            one name of what they measure.
        target: what is learned of each sample.
        table: only for tables.
    """

    task: Task
    kind: DataKind
    samples: Sequence[Sample]
    labels: tuple[str, ...]
    problems: tuple[Problem, ...] = ()
    table: TableFacts | None = None
    target: TargetReading = ONE_LABEL

    @property
    def own_splits(self) -> bool:
        """Whether the data bring a division of their own."""
        return any(sample.split is not None for sample in self.samples)

    def check_usable(self) -> None:
        """Let pass only what can be trained on.

        Raises:
            ProblemError: the first problem that stops the work.
        """
        for problem in self.problems:
            if problem.severity is Severity.ERROR:
                raise ProblemError(problem)


def labels_of(samples: Iterable[Sample]) -> tuple[str, ...]:
    """The different labels, sorted."""
    return tuple(sorted({sample.label for sample in samples}))
