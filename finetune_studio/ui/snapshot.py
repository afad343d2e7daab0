"""Everything a page can show at one moment, as one frozen value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from finetune_studio.events.descriptions import (
    Certificate,
    DataReport,
    EvaluationReport,
    MachineDescription,
    ModelDescription,
    VariedPicture,
)
from finetune_studio.events.differences import CleaningEffect
from finetune_studio.events.events import (
    EarlierDataInspected,
    PredictionMade,
    RatesSuggested,
    RateTried,
    TextsVaried,
)
from finetune_studio.events.finding import FindingKind
from finetune_studio.events.history import RunHistory
from finetune_studio.project.facts import Facts
from finetune_studio.project.problems import Problem
from finetune_studio.project.project import Project
from finetune_studio.runs.summary import RunSummary


@dataclass(frozen=True)
class Activity:
    """A job other than training that is under way, or that failed.

    Attributes:
        phase: in words.
        share: done, 0 to 1; ``None`` when unknown.
        seconds_left: estimate; ``None`` when unknown.
        problem: why it failed; the activity stays until it is started again or dismissed.
    """

    phase: str = ""
    share: float | None = None
    seconds_left: float | None = None
    problem: Problem | None = None

    @property
    def busy(self) -> bool:
        """Whether it is still under way."""
        return self.problem is None


@dataclass(frozen=True)
class RateTrial:
    """The learning rates that were tried, and what came of it once all were.

    Attributes:
        project: for which.
    """

    project: Project = field(default_factory=Project)
    tried: tuple[RateTried, ...] = ()
    suggested: RatesSuggested | None = None


@dataclass(frozen=True)
class Snapshot:
    """Everything a page can show.

    Attributes:
        project: what is decided.
        folder: the project's folder.
        history: of the current or last run.
        data_report, model, machine: what the engine found out; ``None`` until it has.
        earlier: what is known of the earlier data; ``None`` until they are read.
        available: catalogue ids whose weights are on this computer.
        runs: all runs of the project, newest first.
        shown_run: name of the run that evaluation and export look at.
        evaluation: of the shown run.
        certificates: of the shown run's exports, newest first.
        predictions: made on the Evaluation page, newest first.
        varied: training pictures as augmentation varies them.
        cleaning_effect: what the steps of cleaning do to some texts.
        varied_texts: training texts as an epoch varies them.
        rate_trial: the search for a learning rate that is under way or was the last.
        activities: by key: ``inspect``, ``describe``, ``download:<id>``, ``evaluate``,
            ``export``, ``predict``, ``vary``, ``clean``, ``vary_texts``, ``find_rate``.
        facts: what recommendations rest on.
        hidden_findings: kinds that the user does not want to see of the current run.
        trained: the project as the current run was started with; ``None`` when not known.
    """

    project: Project = field(default_factory=Project)
    folder: Path | None = None
    history: RunHistory = field(default_factory=RunHistory)
    data_report: DataReport | None = None
    earlier: EarlierDataInspected | None = None
    model: ModelDescription | None = None
    machine: MachineDescription | None = None
    available: frozenset[str] = frozenset()
    runs: tuple[RunSummary, ...] = ()
    shown_run: str = ""
    evaluation: EvaluationReport | None = None
    certificates: tuple[Certificate, ...] = ()
    predictions: tuple[PredictionMade, ...] = ()
    varied: tuple[VariedPicture, ...] = ()
    cleaning_effect: CleaningEffect | None = None
    varied_texts: TextsVaried | None = None
    rate_trial: RateTrial | None = None
    activities: Mapping[str, Activity] = field(default_factory=dict)
    facts: Facts = field(default_factory=Facts)
    hidden_findings: frozenset[FindingKind] = frozenset()
    trained: Project | None = None

    def activity(self, key: str) -> Activity | None:
        """The activity under a key, busy or failed."""
        return self.activities.get(key)

    @property
    def previews(self) -> str:
        """Where samples of the data can be read to be looked at; empty while there are none."""
        return self.data_report.previews if self.data_report is not None else ""
