"""Everything that can happen, in the order it happens.

A job::

    JobStarted
      Progress*                                (any phase that takes time)
      <the job's own events>
    JobFinished | JobStopped | JobFailed       (exactly one, last)

Training, between JobStarted and its end::

    RunStarted
    [EarlierTaskJoined]                         (there is something not to be forgotten)
    ModelPrepared, DataPrepared, ComputeChosen, FrozenPartPlanned
    [EarlierTaskScored]                         (before training: epoch 0)
    for each epoch:
        [FrozenPartPlanned]                     (again where layers wake)
        EpochStarted
        [FrozenPartComputed]                    (the first time its samples are needed)
        for each optimizer step:  StepFinished [RunPaused RunContinued]
        EpochFinished                           (validated)
        [EarlierTaskScored]
        CheckpointSaved
        [WentBack]                              (asked for; the epochs after the best come again)
    RunFinished                                 (stopped=True when asked to end early)

Times are seconds, rates are per second, memory is bytes, shares lie between 0 and 1.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Union

from pydantic import Field

from finetune_studio.events.descriptions import (
    Certificate,
    DataReport,
    EarlierTable,
    EvaluationReport,
    Figures,
    MachineDescription,
    ModelDescription,
    PhaseDescription,
    Probability,
    Trial,
    VariedPicture,
)
from finetune_studio.events.differences import CleaningEffect, TextDifference
from finetune_studio.events.finding import Finding
from finetune_studio.project.choices import Kept, Target
from finetune_studio.project.problems import Problem
from finetune_studio.project.value import Value


class Event(Value):
    """A fact, in the past tense.

    Attributes:
        at: seconds since the epoch (wall clock) when it happened; 0 when not stamped.
    """

    at: float = 0.0


class JobStarted(Event):
    """A worker has taken up a job."""

    event: Literal["JobStarted"] = "JobStarted"
    job: str
    pid: int = 0


class Progress(Event):
    """Something that takes time moved on.

    Attributes:
        phase: in words ("Downloading BERT base", "Reading pictures").
        done, total: in ``unit``; total is 0 when unknown.
        seconds_left: estimate; ``None`` when unknown.
    """

    event: Literal["Progress"] = "Progress"
    phase: str
    done: float
    total: float = 0.0
    unit: str = ""
    seconds_left: float | None = None


class ProblemFound(Event):
    """Trouble that does not end the job."""

    event: Literal["ProblemFound"] = "ProblemFound"
    problem: Problem


class JobFinished(Event):
    """A job did what it was asked."""

    event: Literal["JobFinished"] = "JobFinished"
    job: str


class JobStopped(Event):
    """A job ended early because it was asked to."""

    event: Literal["JobStopped"] = "JobStopped"
    job: str


class JobFailed(Event):
    """A job could not go on."""

    event: Literal["JobFailed"] = "JobFailed"
    job: str
    problem: Problem


class MachineDescribed(Event):
    """The machine was looked at."""

    event: Literal["MachineDescribed"] = "MachineDescribed"
    machine: MachineDescription


class ModelDescribed(Event):
    """A model's layers were listed and timed."""

    event: Literal["ModelDescribed"] = "ModelDescribed"
    model: ModelDescription


class ModelDownloaded(Event):
    """A catalogue entry's files are here and checked."""

    event: Literal["ModelDownloaded"] = "ModelDownloaded"
    id: str
    folder: str
    size: int


class DataInspected(Event):
    """Data were read through."""

    event: Literal["DataInspected"] = "DataInspected"
    report: DataReport


class RateTried(Event):
    """A step was made at one of ever higher learning rates.

    Attributes:
        step: counted from 1.
        steps: how many are made at most.
        loss: before the step.
        smoothed: the running mean of the losses so far.
    """

    event: Literal["RateTried"] = "RateTried"
    step: int
    steps: int
    rate: float
    loss: float
    smoothed: float


class RatesSuggested(Event):
    """Enough learning rates were tried; all of it is forgotten but this.

    Attributes:
        tried: how many.
        diverged: whether the loss shot up before the highest rate.
        valley: halfway down the longest fall of the loss; ``None`` where it hardly falls.
        steepest: where it falls fastest; likewise.
        minimum: a tenth of the rate at which it is lowest; likewise.
    """

    event: Literal["RatesSuggested"] = "RatesSuggested"
    tried: int
    diverged: bool
    valley: float | None = None
    steepest: float | None = None
    minimum: float | None = None


class RunStarted(Event):
    """A run has a folder and is about to prepare. ``run`` is its name, ``folder`` its path."""

    event: Literal["RunStarted"] = "RunStarted"
    run: str
    folder: str
    epochs: int
    resumed_from: int = 0


class ModelPrepared(Event):
    """The model is loaded, its head fitted to the labels, the plan applied.

    Attributes:
        trainable: parameters that train in the end.
        target: what is learned of each sample.
        unit: of numbers.
        phases: what trains from which epoch on, where layers wake later; else none.
        keep: which epoch the run keeps.
        loss_altered_by: what makes the loss of training another one than that of validation, in
            words; empty where they compare, and in recordings of older versions.
    """

    event: Literal["ModelPrepared"] = "ModelPrepared"
    title: str
    parameters: int
    trainable: int
    labels: tuple[str, ...]
    target: Target = Target.LABEL
    unit: str = ""
    phases: tuple[PhaseDescription, ...] = ()
    keep: Kept = Kept.BEST
    loss_altered_by: tuple[str, ...] = ()


class DataPrepared(Event):
    """The samples are read and divided.

    Attributes:
        epochs: planned, now that the data are known; 0 when nothing changed by that.
        padding: share of padding among the tokens of an epoch; ``None`` for pictures.
        train_counts, validation_counts: samples of each label, in the order of the model's
            labels; empty where samples have numbers, and in recordings of older versions.
    """

    event: Literal["DataPrepared"] = "DataPrepared"
    train: int
    validation: int
    test: int
    steps_per_epoch: int
    epochs: int = 0
    padding: float | None = None
    train_counts: tuple[int, ...] = ()
    validation_counts: tuple[int, ...] = ()


class EarlierTaskJoined(Event):
    """What was learned before stands beside what is learned now.

    Attributes:
        source: where the earlier samples come from, in words; empty where there are none.
        samples: earlier ones that could be learned from.
        replayed: of them, drawn by chance to be learned from.
        per_batch: earlier samples in each full batch of ``batch_size``.
        validation: earlier samples the model is asked about to see what it forgets.
        words: what became of the labels.
        known: labels the model named already, whose part of the head is kept.
    """

    event: Literal["EarlierTaskJoined"] = "EarlierTaskJoined"
    source: str = ""
    samples: int = 0
    replayed: int = 0
    per_batch: int = 0
    batch_size: int = 0
    validation: int = 0
    words: str = ""
    known: tuple[str, ...] = ()


class EarlierDataInspected(Event):
    """What was learned before was read through, and held beside the new data.

    Attributes:
        path: as decided.
        source: where the samples come from, in words.
        samples: that could be learned from.
        validation: the model would be asked about.
        labels: of the earlier samples.
        words: what becomes of the labels.
        known: labels the model names already.
        problems: errors among them where the data cannot be used yet.
        table: how a table was read.
    """

    event: Literal["EarlierDataInspected"] = "EarlierDataInspected"
    path: str
    source: str
    samples: int
    validation: int
    labels: tuple[str, ...]
    words: str
    known: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    table: EarlierTable | None = None


class EarlierTaskScored(Event):
    """The model was asked about validation samples of the earlier task.

    Attributes:
        epoch: after which; 0 before training.
        step: optimizer updates so far.
        accuracy: the share of right answers among all labels, new ones too.
    """

    event: Literal["EarlierTaskScored"] = "EarlierTaskScored"
    epoch: int
    step: int
    samples: int
    loss: float
    accuracy: float
    macro_f1: float


class ComputeChosen(Event):
    """Where and how the run computes.

    Attributes:
        memory_format: of pictures and convolutions: "contiguous" or "channels_last".
        compiled: whether the model is compiled (`torch.compile`).
        micro_batch: samples that pass through the model at once; 0 is the whole batch.
        trials: the ways that were timed on the real model with a real batch, if any were.
    """

    event: Literal["ComputeChosen"] = "ComputeChosen"
    device: str
    precision: str
    threads: int
    reason: str = ""
    memory_format: str = ""
    compiled: bool = False
    micro_batch: int = 0
    trials: tuple[Trial, ...] = ()


class FrozenPartPlanned(Event):
    """What samples pass before the first layer that trains is computed once, or why it is not.

    Attributes:
        used: whether it is computed once and stored.
        reason: in words, of either.
        share: of the time of a forward pass that lies before the cut; 0 when not known.
        bytes_per_sample: of what is stored.
        size: bytes of everything stored for this run, all views.
        place: "memory" or "disk"; empty when not used.
        views: augmented views of each training sample that are stored; 0 without augmentation.
        first_epoch: from which this holds: the cut moves when layers wake.
    """

    event: Literal["FrozenPartPlanned"] = "FrozenPartPlanned"
    used: bool
    reason: str
    share: float = 0.0
    bytes_per_sample: int = 0
    size: int = 0
    place: str = ""
    views: int = 0
    first_epoch: int = 1


class FrozenPartComputed(Event):
    """The frozen layers have seen some samples, and need not see them again.

    Attributes:
        part: "training" or "validation".
        view: which augmented view of them, from 1; 0 for the samples as they are.
        seconds: it took to compute them, now or in the earlier run they come from. A plain epoch
            takes as much longer.
        reused: whether they were read from disk instead of computed.
    """

    event: Literal["FrozenPartComputed"] = "FrozenPartComputed"
    part: Literal["training", "validation"]
    samples: int
    seconds: float
    view: int = 0
    reused: bool = False


class EpochStarted(Event):
    """An epoch begins; epochs count from 1."""

    event: Literal["EpochStarted"] = "EpochStarted"
    epoch: int
    steps: int


class StepFinished(Event):
    """One optimizer update.

    Attributes:
        step: counted from 1 over the whole run.
        loss, accuracy: on the step's own samples, before the update. Of several labels
            ``accuracy`` is the mean F1 of a sample, of numbers the mean absolute error.
        learning_rates: by parameter group.
        gradient_norm: before clipping.
        samples_per_second: lately.
        memory: of the worker process, or of the GPU.
        seconds_left: estimate to the end of the run.
        share: of the run's expected time that is over; ``None`` where all steps take as long.
        scale: what the loss is multiplied with so that float16 holds its gradients; ``None``
            without scaling.
        skipped: updates left out so far in the run because a gradient did not fit nevertheless.
    """

    event: Literal["StepFinished"] = "StepFinished"
    step: int
    epoch: int
    loss: float
    accuracy: float
    learning_rates: dict[str, float]
    gradient_norm: float = 0.0
    samples_per_second: float = 0.0
    memory: int = 0
    seconds_left: float | None = None
    share: float | None = None
    scale: float | None = None
    skipped: int = 0


class EpochFinished(Event):
    """An epoch was trained and validated.

    Attributes:
        step: optimizer updates so far in the run.
        learning_rates: by parameter group, at the end of the epoch.
        seconds: the epoch took, validation included.
        best: whether it is the best so far by the chosen metric.
        train_accuracy: as in `StepFinished`, over all samples.
        validation: all figures; ``None`` in recordings of older versions.
        val_loss_error: standard error of ``val_loss``; 0 in recordings of older versions.
        predicted_counts: how often each label was given on validation, in the order of the
            model's labels; empty where samples have numbers.
    """

    event: Literal["EpochFinished"] = "EpochFinished"
    epoch: int
    step: int
    train_loss: float
    train_accuracy: float
    val_loss: float
    val_accuracy: float
    val_macro_f1: float
    val_weighted_f1: float = 0.0
    val_balanced_accuracy: float = 0.0
    learning_rates: dict[str, float]
    seconds: float
    best: bool = False
    validation: Figures | None = None
    val_loss_error: float = 0.0
    predicted_counts: tuple[int, ...] = ()


class CheckpointSaved(Event):
    """An epoch's state is durably on disk. ``path`` is relative to the run's folder."""

    event: Literal["CheckpointSaved"] = "CheckpointSaved"
    epoch: int
    path: str
    best: bool


class RunPaused(Event):
    """Training waits between two steps."""

    event: Literal["RunPaused"] = "RunPaused"
    step: int


class RunContinued(Event):
    """Training goes on after a pause."""

    event: Literal["RunContinued"] = "RunContinued"
    step: int


class WentBack(Event):
    """Training goes on from an earlier epoch, as it was then, with smaller steps.

    What came after that epoch is trained again.

    Attributes:
        epoch: whose weights and optimizer are in force again.
        step: optimizer updates up to the end of that epoch.
        left: the epoch that was under way or done last.
        rate_factor: what every learning rate is multiplied with from here on.
    """

    event: Literal["WentBack"] = "WentBack"
    epoch: int
    step: int
    left: int
    rate_factor: float


class FindingMade(Event):
    """The watchdog noticed something. Told by the command line only: it follows from the rest."""

    event: Literal["FindingMade"] = "FindingMade"
    finding: Finding


class FindingResolved(Event):
    """What the watchdog had noticed no longer holds. Told by the command line only."""

    event: Literal["FindingResolved"] = "FindingResolved"
    finding: Finding


class RunFinished(Event):
    """A run ended with something to evaluate.

    Attributes:
        best_epoch: the epoch that evaluation and export use.
        figures: of the best epoch on validation.
        epochs: trained in all.
        stopped: whether it was asked to end early.
        stopped_early: whether early stopping ended it.
        seconds: of training, over all parts of a resumed run.
    """

    event: Literal["RunFinished"] = "RunFinished"
    run: str
    best_epoch: int
    figures: Figures
    epochs: int
    seconds: float
    stopped: bool = False
    stopped_early: bool = False


class EvaluationFinished(Event):
    """A run's best epoch was evaluated."""

    event: Literal["EvaluationFinished"] = "EvaluationFinished"
    report: EvaluationReport


class PicturesVaried(Event):
    """A few training pictures were varied as training would, to be looked at."""

    event: Literal["PicturesVaried"] = "PicturesVaried"
    pictures: tuple[VariedPicture, ...]


class CleaningPreviewed(Event):
    """Some of the user's texts were cleaned to be looked at."""

    event: Literal["CleaningPreviewed"] = "CleaningPreviewed"
    effect: CleaningEffect


class TextsVaried(Event):
    """A few training texts were varied as an epoch of training would, to be looked at."""

    event: Literal["TextsVaried"] = "TextsVaried"
    epoch: int
    texts: tuple[TextDifference, ...]


class PredictionMade(Event):
    """One input was classified.

    Attributes:
        input: the file's path, or the text.
        label: the most probable label; all that are given, as `project.target` joins them; or the
            number in words.
        probabilities: of every label, most probable first.
        value: the number, where a number was learned.
        spread: of the numbers the model learned from; says how much an error weighs.
    """

    event: Literal["PredictionMade"] = "PredictionMade"
    run: str
    input: str
    label: str
    probabilities: tuple[Probability, ...]
    seconds: float = 0.0
    target: Target = Target.LABEL
    value: float = 0.0
    unit: str = ""
    spread: float = 1.0


class ModelExported(Event):
    """An export was written, opened again and found to agree."""

    event: Literal["ModelExported"] = "ModelExported"
    run: str
    certificate: Certificate


AnyEvent = Annotated[
    Union[  # noqa: UP007 - a discriminated union reads better as a list
        JobStarted,
        Progress,
        ProblemFound,
        JobFinished,
        JobStopped,
        JobFailed,
        MachineDescribed,
        ModelDescribed,
        ModelDownloaded,
        DataInspected,
        RateTried,
        RatesSuggested,
        RunStarted,
        ModelPrepared,
        DataPrepared,
        EarlierTaskJoined,
        EarlierDataInspected,
        EarlierTaskScored,
        ComputeChosen,
        FrozenPartPlanned,
        FrozenPartComputed,
        EpochStarted,
        StepFinished,
        EpochFinished,
        CheckpointSaved,
        RunPaused,
        RunContinued,
        WentBack,
        FindingMade,
        FindingResolved,
        RunFinished,
        EvaluationFinished,
        PicturesVaried,
        CleaningPreviewed,
        TextsVaried,
        PredictionMade,
        ModelExported,
    ],
    Field(discriminator="event"),
]

JOB_ENDS = (JobFinished, JobStopped, JobFailed)


def plain(event: Event) -> dict[str, Any]:
    """The event as JSON-ready values, its name first."""
    fields = event.model_dump(mode="json")
    return {"event": fields.pop("event"), **fields}
