"""What a page can ask of the session beside an edited project: one frozen value a wish."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from finetune_studio.events.finding import FindingKind
from finetune_studio.project.choices import ExportFormat, Task
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.remedies import Remedy
from finetune_studio.project.variation import PreviewChoice


@dataclass(frozen=True)
class NewProject:
    """Make a project for a task in a folder (empty: pick a free one) and open it at a step.

    ``step`` is a `project.checks.Step`, by default the first that is not decided yet.
    """

    task: Task
    folder: str = ""
    step: int | None = None


@dataclass(frozen=True)
class OpenProject:
    """Open the project in a folder."""

    folder: str


@dataclass(frozen=True)
class OpenSample:
    """Unpack a sample by its id and open a project that is ready to train."""

    sample: str


@dataclass(frozen=True)
class DownloadModel:
    """Fetch a catalogue entry's weights."""

    id: str


@dataclass(frozen=True)
class DescribeModel:
    """List and time the layers of the project's model again, after that failed."""


@dataclass(frozen=True)
class InspectData:
    """Read the project's data again."""


@dataclass(frozen=True)
class PreviewAugmentation:
    """Vary a few training pictures by these settings, to be looked at."""

    training: Hyperparameters
    show: PreviewChoice


@dataclass(frozen=True)
class FindLearningRate:
    """Try ever higher learning rates on the project's model and data."""


@dataclass(frozen=True)
class PreviewCleaning:
    """Clean some of the user's texts as is decided, to be looked at."""


@dataclass(frozen=True)
class PreviewTextVariation:
    """Vary a few training texts by these settings, as in an epoch, to be looked at."""

    training: Hyperparameters
    epoch: int


@dataclass(frozen=True)
class InspectEarlier:
    """Read the earlier data again."""


@dataclass(frozen=True)
class ContinueFromRun:
    """Make a project that goes on from a run's model and remembers its data, and open it."""

    run: str


@dataclass(frozen=True)
class CancelActivity:
    """Stop the activity under a key, or dismiss its problem."""

    key: str


@dataclass(frozen=True)
class StartTraining:
    """Start a run, or go on with the last one that was stopped."""

    resume: bool = False


@dataclass(frozen=True)
class PauseTraining:
    """Wait between two steps."""


@dataclass(frozen=True)
class ContinueTraining:
    """Go on after a pause."""


@dataclass(frozen=True)
class StopTraining:
    """End the run, keeping its best epoch."""


@dataclass(frozen=True)
class GoBack:
    """Go on from the best epoch at half the rate: the run under way, or the last one."""


@dataclass(frozen=True)
class TakeRemedy:
    """Edit the project as a finding proposes; counts for the next run."""

    remedy: Remedy


@dataclass(frozen=True)
class HideFindings:
    """Show no findings of this kind of the current run any more."""

    kind: FindingKind


@dataclass(frozen=True)
class ShowFindings:
    """Show all findings of the current run again."""


@dataclass(frozen=True)
class ShowRun:
    """Look at another run on the evaluation and export pages."""

    run: str


@dataclass(frozen=True)
class EvaluateRun:
    """Evaluate the shown run's best epoch."""


@dataclass(frozen=True)
class Predict:
    """Classify pictures (paths) or texts with a run."""

    run: str
    inputs: tuple[str, ...]


@dataclass(frozen=True)
class KeepThresholds:
    """Let predictions and exports of a run use moved thresholds, by label; none takes them back."""

    run: str
    moved: Mapping[str, float]


@dataclass(frozen=True)
class ExportRun:
    """Export the shown run into a folder."""

    format: ExportFormat
    folder: str


@dataclass(frozen=True)
class GoToStep:
    """Show another page, by `project.checks.Step`."""

    step: int
