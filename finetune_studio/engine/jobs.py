"""Every job by name: the engine's only door.

A job takes arguments as they come from JSON, tells what happens through ``emit``, and looks at
``control`` to see whether it should stop or wait. Each imports what it needs and nothing else, so
that a small job does not wait for a large library.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from finetune_studio.engine.progress import Emit
from finetune_studio.engine.stopping import Control
from finetune_studio.events import events as ev
from finetune_studio.project.choices import ExportFormat, Split
from finetune_studio.project.problems import ProblemError
from finetune_studio.project.project import DataChoice, ModelChoice, Project
from finetune_studio.project.text_variation import text_variation_of
from finetune_studio.project.value import Value
from finetune_studio.project.variation import PreviewChoice

_TWO_LABELS = ("label 1", "label 2")


class Job(Value):
    """A job with its arguments, ready to be done."""

    def do(self, emit: Emit, control: Control) -> None:
        """Do it.

        Raises:
            Stopped: a stop was asked for.
            ProblemError: it cannot be done.
        """
        raise NotImplementedError


def run_job(name: str, arguments: dict[str, Any], emit: Emit, control: Control) -> None:
    """Do a job.

    Raises:
        Stopped: a stop was asked for.
        ProblemError: it cannot be done, there is no such job, or its arguments make no sense.
    """
    if name not in JOBS:
        raise _misunderstood(name, f"Known jobs are {', '.join(sorted(JOBS))}.")
    try:
        job = JOBS[name].model_validate(arguments)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise _misunderstood(name, f"{place}: {first['msg']}.") from error
    job.do(emit, control)


class DescribeMachine(Job):
    """Look at this computer."""

    def do(self, emit: Emit, control: Control) -> None:  # noqa: ARG002 - quick
        """Tell `MachineDescribed`."""
        from finetune_studio.engine.machine import describe_machine

        emit(ev.MachineDescribed(machine=describe_machine()))


class DescribeModel(Job):
    """List and time a model's layers, its head fitted to some labels."""

    project: Project
    labels: tuple[str, ...] = _TWO_LABELS

    def do(self, emit: Emit, control: Control) -> None:  # noqa: ARG002 - cannot be divided
        """Tell `ModelDescribed`."""
        from finetune_studio.engine import compute as computing
        from finetune_studio.engine.conditions import untimed
        from finetune_studio.engine.model.layers import describe
        from finetune_studio.engine.model.sources import load
        from finetune_studio.engine.trials.choosing import expected

        emit(ev.Progress(phase="Opening the model", done=0))
        training, model = self.project.training, _model_of(self.project)
        bundle = load(
            model,
            self.labels,
            dropout=training.dropout,
            max_tokens=training.max_tokens,
            seed=training.seed,
        )
        emit(ev.Progress(phase="Timing the layers", done=0))
        compute = expected(untimed(self.project), model.id, training, self.project.task)
        computing.apply(compute)
        emit(ev.ModelDescribed(model=describe(bundle, compute)))


class InspectData(Job):
    """Read data through; ``any_task`` lets the data say what task they are for."""

    project: Project
    cache: Path
    any_task: bool = False

    def do(self, emit: Emit, control: Control) -> None:
        """Tell `DataInspected`."""
        from finetune_studio.engine.data.inspection import inspect

        task = None if self.any_task else self.project.task
        data, split = _data_of(self.project), self.project.split
        cleaning, stop = self.project.cleaning, control.stop_requested
        report = inspect(data, task, split, self.cache, emit, stop, cleaning=cleaning)
        emit(ev.DataInspected(report=report))


class PreviewAugmentation(Job):
    """Vary a few training pictures to be looked at.

    Attributes:
        previews: file that an inspection of the same data left; they are read through without.
        out: folder for the pictures; one in the cache when ``None``.
    """

    project: Project
    cache: Path
    previews: Path | None = None
    out: Path | None = None
    show: PreviewChoice = PreviewChoice()

    def do(self, emit: Emit, control: Control) -> None:
        """Tell `PicturesVaried`."""
        from finetune_studio.engine.data import augmentation_preview as previewing

        stop = control.stop_requested
        pictures = previewing.previewed(self.previews) if self.previews else ()
        if not pictures:
            data = _data_of(self.project)
            pictures = previewing.training_pictures(self.project, data, self.cache, emit, stop)
        folder = self.out or previewing.fresh_folder(self.cache)
        suffix = ".png" if self.out else ".bmp"  # what is looked at once is written fast
        varied = previewing.vary_some(self.project, self.show, pictures, folder, suffix, stop)
        emit(ev.PicturesVaried(pictures=varied))


class PreviewCleaning(Job):
    """Clean some of the user's texts to be looked at.

    Attributes:
        previews: file that an inspection of the data left.
    """

    project: Project
    previews: Path

    def do(self, emit: Emit, control: Control) -> None:  # noqa: ARG002 - quick
        """Tell `CleaningPreviewed`."""
        from finetune_studio.engine.data.text_previews import cleaning_effect, texts_in

        effect = cleaning_effect(texts_in(self.previews), self.project.cleaning)
        emit(ev.CleaningPreviewed(effect=effect))


class PreviewTextVariation(Job):
    """Vary a few training texts to be looked at.

    Attributes:
        previews: file that an inspection of the data left.
        epoch: the one to look into.
    """

    project: Project
    previews: Path
    epoch: int = 1

    def do(self, emit: Emit, control: Control) -> None:  # noqa: ARG002 - quick
        """Tell `TextsVaried`."""
        from finetune_studio.engine.data.text_previews import texts_in, varied_texts

        training = self.project.training
        texts = varied_texts(
            texts_in(self.previews),
            self.project.cleaning,
            text_variation_of(training),
            seed=training.seed,
            epoch=self.epoch,
        )
        emit(ev.TextsVaried(epoch=self.epoch, texts=texts))


class InspectEarlier(Job):
    """Read through what was learned before.

    Attributes:
        labels: of the new data.
    """

    project: Project
    cache: Path
    labels: tuple[str, ...] = ()

    def do(self, emit: Emit, control: Control) -> None:
        """Tell `EarlierDataInspected`."""
        from finetune_studio.engine.training.remembering import inspect_earlier

        stop = control.stop_requested
        emit(inspect_earlier(self.project, self.labels, self.cache, emit, stop))


class DownloadModel(Job):
    """Fetch a catalogue entry's weights."""

    id: str

    def do(self, emit: Emit, control: Control) -> None:
        """Tell `ModelDownloaded`."""
        from finetune_studio.engine.model.download import download

        folder = download(self.id, emit, control.stop_requested)
        size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        emit(ev.ModelDownloaded(id=self.id, folder=str(folder), size=size))


class FindLearningRate(Job):
    """Try ever higher learning rates on the project of a folder, and forget all of it."""

    folder: Path
    project: Project | None = None

    def do(self, emit: Emit, control: Control) -> None:
        """Tell `RateTried` of each step, then `RatesSuggested`."""
        from finetune_studio.engine.training.lr_finder import find_learning_rate
        from finetune_studio.project import storage

        project = self.project or storage.load(self.folder)
        find_learning_rate(self.folder, project, emit, control.stop_requested)


class Train(Job):
    """Train the project of a folder, or go on with a run of it.

    Attributes:
        run: name of the run to go on with; the newest that can when empty.
        back: whether it goes on from its best epoch, at half the rate.
        project: instead of what the folder's file says, for this run only.
    """

    folder: Path
    resume: bool = False
    run: str = ""
    back: bool = False
    project: Project | None = None

    def do(self, emit: Emit, control: Control) -> None:
        """Tell `RunStarted` to `RunFinished`."""
        from finetune_studio.engine.training.run import train

        train(
            self.folder,
            emit,
            control,
            resume=self.resume,
            name=self.run,
            back=self.back,
            project=self.project,
        )


class Evaluate(Job):
    """Measure a run's best epoch on its own samples, or on other data."""

    run: Path
    data: DataChoice | None = None
    split: Split | None = None

    def do(self, emit: Emit, control: Control) -> None:
        """Tell `EvaluationFinished`."""
        from finetune_studio.engine.evaluation.evaluate import evaluate

        stop = control.stop_requested
        report = evaluate(self.run.resolve(), emit, stop, data=self.data, split=self.split)
        emit(ev.EvaluationFinished(report=report))


class Predict(Job):
    """Ask a run's model about pictures or texts."""

    run: Path
    inputs: tuple[str, ...]
    kind: Literal["auto", "text", "file"] = Field(default="auto", alias="as")

    def do(self, emit: Emit, control: Control) -> None:
        """Tell `PredictionMade` of each, and `ProblemFound` of each that cannot be read."""
        from finetune_studio.engine.evaluation.predict import predict_all

        predict_all(self.run.resolve(), self.inputs, self.kind, emit, control.stop_requested)


class Export(Job):
    """Write a run's model for use elsewhere, open it again and compare."""

    run: Path
    format: ExportFormat
    out: Path

    def do(self, emit: Emit, control: Control) -> None:
        """Tell `ModelExported`."""
        from finetune_studio.engine.export.export import export

        run = self.run.resolve()
        certificate = export(run, self.format, self.out, emit, control.stop_requested)
        emit(ev.ModelExported(run=run.name, certificate=certificate))


JOBS: dict[str, type[Job]] = {
    "describe_machine": DescribeMachine,
    "describe_model": DescribeModel,
    "inspect_data": InspectData,
    "inspect_earlier": InspectEarlier,
    "preview_augmentation": PreviewAugmentation,
    "preview_cleaning": PreviewCleaning,
    "preview_text_variation": PreviewTextVariation,
    "download_model": DownloadModel,
    "find_learning_rate": FindLearningRate,
    "train": Train,
    "evaluate": Evaluate,
    "predict": Predict,
    "export": Export,
}


def _model_of(project: Project) -> ModelChoice:
    if project.model is None:
        raise ProblemError.of("The project has no model yet.", "", "Choose a model first.")
    return project.model


def _data_of(project: Project) -> DataChoice:
    if project.data is None:
        raise ProblemError.of("The project has no data yet.", "", "Choose data first.")
    return project.data


def _misunderstood(name: str, why: str) -> ProblemError:
    return ProblemError.of(
        f"The worker does not understand “{name}”.",
        why,
        "Window and worker may be of different versions: install Finetune Studio again.",
        code="job_unknown",
    )
