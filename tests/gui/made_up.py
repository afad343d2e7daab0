"""Made-up but plausible values for pages: a project, a recorded run, a report, a certificate."""

from __future__ import annotations

import json
import math
import random
from dataclasses import replace
from pathlib import Path

from finetune_studio.events import events as ev
from finetune_studio.events.descriptions import (
    BlockDescription,
    Certificate,
    EvaluationReport,
    ExportedFile,
    Figures,
    LabelFigures,
    LayerNode,
    ModelDescription,
    SamplePrediction,
    Trial,
)
from finetune_studio.events.history import RunState, replay
from finetune_studio.events.savings import Savings
from finetune_studio.project.choices import ModelSource, Split, Task
from finetune_studio.project.facts import Facts
from finetune_studio.project.problems import Problem
from finetune_studio.project.project import DataChoice, ModelChoice, Project
from finetune_studio.runs.summary import RunSummary
from finetune_studio.ui.snapshot import Snapshot

LABELS = ("beach", "city", "desert", "forest", "mountain", "sea", "street")
RUN = "2026-11-23-002"


def project(task: Task = Task.IMAGE) -> Project:
    """A project with a model and data."""
    title = "EfficientNet-Lite0" if task is Task.IMAGE else "MiniLM-L6"
    return Project(
        name="Photos",
        task=task,
        model=ModelChoice(
            id="starter/efficientnet_lite0", source=ModelSource.STARTER, task=task, title=title
        ),
        data=DataChoice(path="/data/photos"),
    )


def model(task: Task = Task.IMAGE) -> ModelDescription:
    """A model of three blocks, one second for a hundred samples."""
    sizes = (("Stem", 400_000), ("Stage 1", 2_900_000), ("Head", 9_000))
    children = tuple(
        LayerNode(path=f"b{i}", name=name, kind="Sequential", parameters=count)
        for i, (name, count) in enumerate(sizes)
    )
    total = sum(count for _, count in sizes)
    return ModelDescription(
        id="starter/efficientnet_lite0",
        title="EfficientNet-Lite0",
        task=task,
        parameters=total,
        input_size=224,
        transformer=task is Task.TEXT,
        licence="Apache-2.0",
        blocks=tuple(
            BlockDescription(
                name=name,
                paths=(f"b{i}",),
                parameters=count,
                seconds=0.004,
                activation_bytes=9_000_000,
            )
            for i, (name, count) in enumerate(sizes)
        ),
        tree=LayerNode(path="", name="Model", kind="Model", parameters=total, children=children),
    )


def recording(
    epochs: int = 8,
    steps: int = 19,
    *,
    planned: int = 8,
    end: str = "finished",
    folder: str = "/tmp/run",
) -> list[ev.Event]:
    """The events of a run, up to ``epochs`` of ``planned``; ``end`` may also be ``open``,
    ``stopped``, ``failed`` or ``paused``."""
    noise = random.Random(3)
    told: list[ev.Event] = [
        ev.JobStarted(job="train"),
        ev.RunStarted(run=RUN, folder=folder, epochs=planned, at=1_790_000_000.0),
        ev.Progress(phase="Reading pictures", done=211, total=422, unit="pictures"),
        ev.ModelPrepared(
            title="EfficientNet-Lite0", parameters=3_382_000, trainable=1_290_000, labels=LABELS
        ),
        ev.DataPrepared(train=295, validation=63, test=64, steps_per_epoch=steps),
        _computing(),
        ev.FrozenPartPlanned(
            used=True,
            reason="The first 8 of 9 blocks are frozen.",
            share=0.92,
            bytes_per_sample=40_000,
            size=14_000_000,
            place="memory",
        ),
    ]
    total = planned * steps
    for epoch in range(1, epochs + 1):
        told.append(ev.EpochStarted(epoch=epoch, steps=steps))
        if epoch == 1:
            told.append(ev.FrozenPartComputed(part="training", samples=295, seconds=21.0))
        for inner in range(1, steps + 1):
            step = (epoch - 1) * steps + inner
            told.append(_step(step, epoch, total, noise))
        if epoch == 1:
            told.append(ev.FrozenPartComputed(part="validation", samples=63, seconds=4.0))
        told.append(_epoch(epoch, epoch * steps))
    told += _end(end, epochs, epochs * steps)
    return told


def _computing() -> ev.ComputeChosen:
    way = {"threads": 2, "memory_format": "contiguous"}
    channels = {**way, "memory_format": "channels_last"}
    return ev.ComputeChosen(
        device="cpu",
        precision="bf16",
        threads=2,
        memory_format="channels_last",
        reason="The fastest of the ways that were timed.",
        trials=tuple(
            Trial.model_validate(trial)
            for trial in (
                {**way, "precision": "fp32", "seconds": 4.106, "loss": 1.95},
                {**way, "precision": "bf16", "seconds": 1.92, "loss": 1.95},
                {**channels, "precision": "fp32", "seconds": 2.295, "loss": 1.95},
                {**channels, "precision": "bf16", "seconds": 1.722, "loss": 1.95, "chosen": True},
            )
        ),
    )


def _step(step: int, epoch: int, total: int, noise: random.Random) -> ev.StepFinished:
    fade = math.exp(-step / 40)
    return ev.StepFinished(
        step=step,
        epoch=epoch,
        loss=0.25 + 1.7 * fade + noise.gauss(0, 0.12),
        accuracy=min(1.0, max(0.0, 0.92 - 0.75 * fade + noise.gauss(0, 0.08))),
        learning_rates={"head": 2e-3 * (0.5 + 0.5 * math.cos(math.pi * step / total))},
        gradient_norm=1.0 + fade,
        samples_per_second=310 + noise.gauss(0, 15),
        memory=930_000_000,
        seconds_left=0.05 * (total - step),
    )


def _epoch(epoch: int, step: int) -> ev.EpochFinished:
    accuracy = 0.842 - 0.55 * math.exp(-epoch / 1.6) - 0.004 * max(0, epoch - 6)
    return ev.EpochFinished(
        epoch=epoch,
        step=step,
        train_loss=0.25 + 1.7 * math.exp(-step / 40),
        train_accuracy=0.92 - 0.7 * math.exp(-step / 40),
        val_loss=0.48 + 1.2 * math.exp(-epoch / 1.5) + 0.02 * max(0, epoch - 5),
        val_accuracy=accuracy,
        val_macro_f1=accuracy - 0.018,
        learning_rates={"head": 1e-3},
        seconds=26.4 if epoch == 1 else 1.4,
        best=epoch <= 6,
    )


def _end(end: str, epochs: int, step: int) -> list[ev.Event]:
    if end in ("finished", "stopped"):
        return [
            ev.RunFinished(
                run=RUN,
                best_epoch=min(6, epochs),
                figures=Figures(loss=0.5, accuracy=0.829, macro_f1=0.811, weighted_f1=0.83),
                epochs=epochs,
                seconds=1.4 * epochs + 25,
                stopped=end == "stopped",
            )
        ]
    if end == "paused":
        return [ev.RunPaused(step=step)]
    if end == "failed":
        return [ev.JobFailed(job="train", problem=_out_of_memory())]
    return []


def _out_of_memory() -> Problem:
    return Problem(
        what="The trainer was ended by the system.",
        why="It needed 9.3 GB of memory; this computer has 8.0 GB.",
        remedy="Halve the batch size to 16, then resume. Everything up to epoch 3 is kept.",
        code="out_of_memory",
        detail="exit code -9\nlast message: StepFinished step=61",
    )


def runs() -> tuple[RunSummary, ...]:
    """The run of `recording` and an earlier one."""
    figures = Figures(loss=0.5, accuracy=0.829, macro_f1=0.811, weighted_f1=0.83)
    earlier = Figures(loss=0.9, accuracy=0.714, macro_f1=0.68, weighted_f1=0.7)
    return (
        RunSummary(
            name=RUN,
            folder="/tmp/run",
            state=RunState.FINISHED,
            started_at=1_790_000_000.0,
            model_title="EfficientNet-Lite0",
            epochs=8,
            planned_epochs=8,
            best_epoch=6,
            figures=figures,
            seconds=36.2,
            savings=Savings(epoch=1.4, plain_epoch=26.4, seconds=175.0, size=14_000_000),
        ),
        RunSummary(
            name="2026-11-23-001",
            folder="/tmp/earlier",
            state=RunState.STOPPED,
            started_at=1_789_990_000.0,
            model_title="EfficientNet-Lite0",
            epochs=3,
            planned_epochs=8,
            best_epoch=3,
            figures=earlier,
            resumable=True,
            seconds=4.1,
        ),
    )


def predictions(folder: Path, pictures: list[Path] | None = None) -> Path:
    """A predictions file of 64 samples, every third of them wrong."""
    lines = []
    for i in range(64):
        true = LABELS[i % 7]
        wrong = i % 3 == 0
        said = LABELS[(i + 1) % 7] if wrong else true
        path = str(pictures[i % len(pictures)]) if pictures else ""
        lines.append(
            SamplePrediction(
                where=f"{true}/{i:04}.jpg" if path else f"reviews.csv, line {i + 2}",
                true=true,
                predicted=said,
                probability=0.5 + i / 140,
                true_probability=0.2 if wrong else 0.5 + i / 140,
                path=path,
                text="" if path else f"The {said} was nothing like the {true} we had hoped for.",
            )
        )
    file = folder / "predictions.jsonl"
    file.write_text("".join(line.model_dump_json() + "\n" for line in lines), encoding="utf-8")
    return file


def report(folder: Path, pictures: list[Path] | None = None) -> EvaluationReport:
    """An evaluation that agrees with its predictions file."""
    file = predictions(folder, pictures)
    told = [
        SamplePrediction(**json.loads(line))
        for line in file.read_text(encoding="utf-8").splitlines()
    ]
    confusion = [[0] * 7 for _ in LABELS]
    for one in told:
        confusion[LABELS.index(one.true)][LABELS.index(one.predicted)] += 1
    right = sum(confusion[i][i] for i in range(7))
    wrong = sorted((p for p in told if p.true != p.predicted), key=lambda p: -p.probability)
    return EvaluationReport(
        run=RUN,
        epoch=6,
        data="/data/photos",
        split=Split.TEST,
        samples=64,
        figures=Figures(loss=0.5, accuracy=right / 64, macro_f1=0.65, weighted_f1=0.66),
        interval=(0.533, 0.762),
        baseline_label="beach",
        baseline_accuracy=0.156,
        baseline_macro_f1=0.039,
        labels=tuple(
            LabelFigures(
                label=label,
                precision=0.5 + i / 16,
                recall=0.9 - i / 20,
                f1=0.6 + i / 30,
                support=sum(confusion[i]),
            )
            for i, label in enumerate(LABELS)
        ),
        confusion=tuple(tuple(row) for row in confusion),
        mistakes=tuple(wrong),
        predictions=str(file),
    )


def certificate(folder: Path, form: str = "onnx") -> Certificate:
    """A certificate of an export that agreed."""
    return Certificate(
        format=form,
        folder=str(folder),
        samples=63,
        agreement=1.0,
        largest_difference=2.4e-6,
        tolerance=1e-4,
        files=(
            ExportedFile(path="model.onnx", size=13_600_000),
            ExportedFile(path="labels.json", size=112),
            ExportedFile(path="predict.py", size=2_300),
        ),
        snippet='from predict import Model\n\nmodel = Model("model.onnx")\n'
        'print(model.predict("photo.jpg"))',
    )


def snapshot(task: Task = Task.IMAGE, **changes: object) -> Snapshot:
    """A project whose data and model are known, before its first run."""
    plain = Snapshot(
        project=project(task),
        folder=Path("/tmp/photos"),
        model=model(task),
        facts=Facts(
            train_samples=295,
            label_counts=(60, 55, 50, 40, 40, 30, 20),
            transformer=task is Task.TEXT,
        ),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def trained(folder: Path | None = None, end: str = "finished", **how: int) -> Snapshot:
    """The same after a run of which ``recording`` tells."""
    told = recording(end=end, folder=str(folder or "/tmp/run"), **how)
    return snapshot(history=replay(told), runs=runs(), shown_run=RUN)
