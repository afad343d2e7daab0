"""What a run learns from: read, divided, counted and told; recommended values filled in by it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from finetune_studio.engine.data.cleaned_copies import cleaned_leaks
from finetune_studio.engine.data.label_groups import counted_labels
from finetune_studio.engine.data.reading import read
from finetune_studio.engine.data.sample_sequence import SPLITS, Samples
from finetune_studio.engine.data.samples import SampleSet
from finetune_studio.engine.evaluation.division import Division, changed, divide, write
from finetune_studio.engine.model.outputs import Outputs, standardised
from finetune_studio.engine.stopping import StopRequested
from finetune_studio.engine.training.record import Record
from finetune_studio.events.events import ProblemFound
from finetune_studio.project import storage
from finetune_studio.project.choices import Split, Target
from finetune_studio.project.cleaning import active
from finetune_studio.project.facts import facts_for
from finetune_studio.project.problems import ProblemError, Severity
from finetune_studio.project.project import DataChoice, Project
from finetune_studio.project.recommendation import fill_recommended
from finetune_studio.project.target import TargetReading
from finetune_studio.runs.folder import RunFolder


@dataclass(frozen=True)
class Material:
    """The samples of a run.

    Attributes:
        project: everything decided, recommended values filled in.
        counts: how many samples of each part have a label.
    """

    project: Project
    target: TargetReading
    division: Division
    counts: dict[Split, Counter[str]]

    @property
    def outputs(self) -> Outputs:
        """What the model is to answer; of numbers, how those of training are spread."""
        if self.target.kind is not Target.NUMBER:
            return Outputs(kind=self.target.kind)
        numbers = [float(sample.label) for sample in self.division.train]
        return standardised(numbers, self.target.unit)

    def counts_of(self, part: Split, labels: Sequence[str]) -> tuple[int, ...]:
        """Samples of each label; nothing where what a sample is is no label."""
        if self.target.kind is Target.NUMBER:
            return ()
        return tuple(self.counts[part][label] for label in labels)


def gather(
    run: RunFolder, data: DataChoice, record: Record, stop_requested: StopRequested
) -> Material:
    """Read the samples of a run and divide them, as before when it was begun before.

    Raises:
        ProblemError: the data cannot be used.
        Stopped: a stop was asked for.
    """
    project = run.project
    samples = read(data, project.task, run.cache, record, stop_requested)
    for problem in samples.problems:
        if problem.severity is Severity.WARNING:
            record(ProblemFound(problem=problem))
    division = divide(samples, project.split, run)
    if division.changes:
        record(ProblemFound(problem=changed(division)))
    _tell_leaks(project, division, record, stop_requested)
    counts = {
        part: counted_labels((one.label for one in division.of(part)), samples.target.kind)
        for part in Split
    }
    if not run.split_file.exists():  # which also says that recommended values are filled in
        project = _filled(_decided(project, data, samples), samples, division, counts)
        storage.save(project, run.path)
        write(division, run)
    return Material(project, samples.target, division, counts)


def require_data(project: Project) -> DataChoice:
    """The data that were chosen.

    Raises:
        ProblemError: none were, or no model.
    """
    if project.model is None or project.data is None:
        missing = "model" if project.model is None else "data"
        raise ProblemError.of(
            f"The project has no {missing} yet.",
            "Training needs both a model and data.",
            f"Choose the {missing} first.",
            code="project_incomplete",
        )
    return project.data


def _tell_leaks(
    project: Project, division: Division, record: Record, stop_requested: StopRequested
) -> None:
    """Tell of texts that are equal across parts once they are cleaned."""
    if not active(project.cleaning):
        return
    every = Samples.of([sample for part in Split for sample in division.of(part)])
    lengths = [len(division.of(part)) for part in Split]
    parts = np.repeat(np.array([SPLITS.index(part) for part in Split], np.int8), lengths)
    for problem in cleaned_leaks(every, parts, project.cleaning, record, stop_requested):
        record(ProblemFound(problem=problem))


def _decided(project: Project, data: DataChoice, samples: SampleSet) -> Project:
    """The project with what the samples were taken for; it stays so, whatever the data become."""
    target = samples.target
    if target.kind is Target.LABEL:
        return project
    taken = data.edited(
        target=target.kind,
        label_separator=target.separator,
        label_columns=target.columns,
        number_unit=target.unit,
    )
    return project.edited(data=taken)


def _filled(
    project: Project, samples: SampleSet, division: Division, counts: dict[Split, Counter[str]]
) -> Project:
    """The project with recommended values filled in."""
    every = sum(counts.values(), Counter[str]())
    of_labels = (every[label] for label in division.labels)
    facts = facts_for(
        project,
        len(division.train),
        of_labels,
        samples.target.kind,
        validation_samples=len(division.validation),
    )
    return fill_recommended(project, facts)
