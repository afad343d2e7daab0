"""Made-up but plausible data and layers: reports with their previews, a model with a deep tree."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from finetune_studio.events.descriptions import (
    BlockDescription,
    ColumnDescription,
    DataReport,
    LabelCount,
    LayerNode,
    ModelDescription,
    Preview,
)
from finetune_studio.project.choices import DataKind, ModelSource, Split, Task
from finetune_studio.project.problems import Problem, Severity
from finetune_studio.project.project import DataChoice, ModelChoice, Project

COUNTS = {
    "animals": 146,
    "clothes": 19,
    "food": 67,
    "household": 34,
    "plants": 39,
    "town": 79,
    "vehicles": 38,
}
SENTIMENTS = {"negative": 160, "neutral": 61, "positive": 248}
DUPLICATES = Problem(
    what="12 pictures are in the data twice (first: animals/frog2.png).",
    why="A picture in training and in test makes the test look better than it is.",
    remedy="Leave out the copies, or go on: copies stay on one side of the split.",
    severity=Severity.WARNING,
    code="duplicates",
    fix="Leave out 12 copies",
)
UNEVEN = Problem(
    what="clothes has 19 pictures, animals has 146.",
    why="A model sees too little of a rare label to tell it apart.",
    remedy="Add pictures of clothes, or watch macro F1 instead of accuracy.",
    severity=Severity.NOTE,
    code="labels_uneven",
)


def pictures_report(folder: Path, pictures: Iterable[Path] = ()) -> DataReport:
    """A folder of pictures, with previews of the given files under their folders' names."""
    shown = [
        Preview(label=path.parent.name, split=Split.TRAIN, where=path.name, path=str(path))
        for path in pictures
    ]
    return DataReport(
        path="/data/photos",
        task=Task.IMAGE,
        kind=DataKind.IMAGE_FOLDER,
        samples=sum(COUNTS.values()),
        labels=_labels(COUNTS),
        problems=(DUPLICATES, UNEVEN),
        previews=str(_write(folder, shown)),
        seconds=1.3,
    )


def texts_report(folder: Path, **changes: object) -> DataReport:
    """A table of reviews, one of which would like to be markup."""
    words = ("Arrived in two days and works.", "<b>Broke</b> after a week.", "It is a lamp. " * 30)
    shown = [
        Preview(label=label, split=Split.TRAIN, where=f"reviews.csv, line {row + 2}", text=text)
        for label in SENTIMENTS
        for row, text in enumerate(words)
    ]
    return DataReport(
        path="/data/reviews.csv",
        task=Task.TEXT,
        kind=DataKind.TABLE,
        samples=sum(SENTIMENTS.values()),
        labels=_labels(SENTIMENTS),
        columns=(
            ColumnDescription(name="id", examples=("1", "2"), distinct=469),
            ColumnDescription(name="review", examples=(words[0], words[1]), distinct=466),
            ColumnDescription(name="sentiment", examples=("positive", "neutral"), distinct=3),
        ),
        text_column="review",
        label_column="sentiment",
        delimiter=",",
        encoding="utf-8",
        previews=str(_write(folder, shown)),
        median_tokens=11,
    ).edited(**changes)


def photos_project(**changes: object) -> Project:
    """A project on pictures with a starter model."""
    return Project(
        name="Photos",
        model=ModelChoice(
            id="starter/efficientnet_lite0",
            source=ModelSource.STARTER,
            task=Task.IMAGE,
            title="EfficientNet-Lite0",
        ),
        data=DataChoice(path="/data/photos"),
    ).edited(**changes)


def reviews_project(**changes: object) -> Project:
    """A project on texts with a starter model."""
    return Project(
        name="Reviews",
        task=Task.TEXT,
        model=ModelChoice(
            id="starter/minilm-l6", source=ModelSource.STARTER, task=Task.TEXT, title="MiniLM-L6"
        ),
        data=DataChoice(path="/data/reviews.csv"),
    ).edited(**changes)


def deep_model() -> ModelDescription:
    """A network of a stem, seven stages, a neck and a head, three levels deep."""
    sizes = (864, 1_400, 16_000, 45_000, 240_000, 520_000, 1_560_000, 680_000, 412_160, 8_967)
    names = ("Stem", *(f"Stage {stage}" for stage in range(1, 8)), "Neck", "Head")
    nodes = tuple(
        _stage(f"part{i}", name, size)
        for i, (name, size) in enumerate(zip(names, sizes, strict=True))
    )
    total = sum(node.parameters for node in nodes)
    return ModelDescription(
        id="starter/efficientnet_lite0",
        title="EfficientNet-Lite0",
        task=Task.IMAGE,
        parameters=total,
        input_size=224,
        transformer=False,
        licence="Apache-2.0",
        blocks=tuple(
            BlockDescription(
                name=node.name,
                paths=(node.path,),
                parameters=node.parameters,
                seconds=0.001 * (11 - i),
                activation_bytes=4_000_000 // (i + 1),
            )
            for i, node in enumerate(nodes)
        ),
        tree=LayerNode(
            path="", name="Model", kind="EfficientNet", parameters=total, children=nodes
        ),
    )


def _stage(path: str, name: str, parameters: int) -> LayerNode:
    halves = (parameters // 2, parameters - parameters // 2)
    return LayerNode(
        path=path,
        name=name,
        kind="Sequential",
        parameters=parameters,
        output_shape=(192, 7, 7),
        seconds=0.004,
        children=tuple(
            LayerNode(
                path=f"{path}.{i}",
                name=f"Block {i + 1}",
                kind="Conv2d",
                parameters=count,
                output_shape=(192, 7, 7),
                seconds=0.002,
            )
            for i, count in enumerate(halves)
        ),
    )


def _labels(counts: dict[str, int]) -> tuple[LabelCount, ...]:
    return tuple(
        LabelCount(
            label=label,
            count=count,
            train=count - 2 * (count * 15 // 100),
            validation=count * 15 // 100,
            test=count * 15 // 100,
        )
        for label, count in counts.items()
    )


def _write(folder: Path, shown: list[Preview]) -> Path:
    file = folder / "previews.jsonl"
    file.write_text("".join(f"{preview.model_dump_json()}\n" for preview in shown))
    return file
