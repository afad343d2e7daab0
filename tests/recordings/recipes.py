"""What was trained for each recording: model, data, settings.

Texts are made up so that an illness can be given to them: words that stand for a label, a share of
wrong labels, rare labels. Models are random and tiny, or the starters that ship as packages.
"""

from __future__ import annotations

import csv
import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from finetune_studio import samples
from finetune_studio.project import storage
from finetune_studio.project.choices import FreezePreset, ModelSource, Task
from finetune_studio.project.choosing import with_model
from finetune_studio.project.freeze_plan import FreezePlan
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.model_catalog import choice_from_text
from finetune_studio.project.project import DataChoice, ModelChoice, Project, SplitChoice
from tests.unit.engine.tiny_project import WORDS, tiny_bert, write_resnet

CUES = tuple(f"{kind}{number}" for kind in "abcdef" for number in range(4))
HEAD = FreezePlan()
EVERYTHING = FreezePlan(preset=FreezePreset.EVERYTHING)
_KINDS = 3


def last(blocks: int) -> FreezePlan:
    """The head and a few blocks before it."""
    return FreezePlan(preset=FreezePreset.LAST_BLOCKS, last_blocks=blocks)


@dataclass(frozen=True)
class Recipe:
    """One run.

    Attributes:
        make: puts model and data into a folder and gives the project.
        training: settings.
    """

    make: Callable[[Path], Project]
    training: dict[str, object]
    freeze: FreezePlan = EVERYTHING
    split: SplitChoice = field(default_factory=SplitChoice)

    def project(self, folder: Path) -> Project:
        """Put the project into a folder."""
        folder.mkdir(parents=True)
        plain = {"patience": 0, "precision": "fp32", "dropout": 0.1, "weight_decay": 0.01}
        training = Hyperparameters(**{**plain, **self.training})
        made = self.make(folder)
        project = made.edited(
            freeze=self.freeze,
            split=self.split,
            training=training,
            pinned=tuple(Hyperparameters.model_fields),
        )
        storage.save(project, folder)
        return project


def texts(
    rows: int,
    *,
    wrong: float = 0.0,
    shares: Sequence[float] = (1.0,) * _KINDS,
    told: bool = True,
    seed: int = 1,
) -> Callable[[Path], Project]:
    """A tiny random BERT, and texts of which one word stands for the label.

    Args:
        rows: texts in all.
        wrong: share of them whose label is drawn by lot.
        shares: how frequent each label is, relative to the others.
        told: whether the text says anything about the label at all.
        seed: of the texts.
    """

    def make(folder: Path) -> Project:
        _write_texts(folder / "texts.csv", rows, wrong, shares, told, random.Random(seed))
        return with_tiny_bert(folder, DataChoice(path=str(folder / "texts.csv")))

    return make


def with_tiny_bert(folder: Path, data: DataChoice) -> Project:
    """A tiny random BERT that knows the cues, put into a folder, and texts it is to learn from."""
    model = tiny_bert(folder, (*WORDS, *CUES))
    return Project(task=Task.TEXT, model=model, data=data)


def digits(
    each: int, *, wrong: float = 0.0, model: str = "starter/efficientnet_lite0"
) -> Callable[[Path], Project]:
    """The sample digits, some of each label; ``wrong`` of them in another label's folder."""

    def make(folder: Path) -> Project:
        whole = samples.unpack("digits", folder / "all")
        _some_of(whole, folder / "digits", each, wrong)
        shutil.rmtree(whole.parent)
        project = Project(data=DataChoice(path=str(folder / "digits")))
        if model:
            return with_model(project, choice_from_text(model)).edited(data=project.data)
        write_resnet(folder / "tiny-resnet")
        tiny = ModelChoice(
            id="local/tiny-resnet",
            source=ModelSource.LOCAL,
            task=Task.IMAGE,
            title="Tiny ResNet",
            path=str(folder / "tiny-resnet"),
        )
        return project.edited(model=tiny)

    return make


def reviews(folder: Path) -> Project:
    """The sample reviews and the text starter."""
    data = DataChoice(path=str(samples.unpack("reviews", folder)))
    project = with_model(Project(), choice_from_text("starter/minilm-l6"))
    return project.edited(data=data)


def reviews_by_lot(rows: int) -> Callable[[Path], Project]:
    """Some of the sample reviews with labels drawn by lot, and the text starter."""

    def make(folder: Path) -> Project:
        project = reviews(folder)
        file = Path(project.data.path)
        with file.open(encoding="utf-8", newline="") as stream:
            header, *lines = csv.reader(stream)
        luck = random.Random(5)
        kinds = sorted({line[-1] for line in lines})
        with file.open("w", encoding="utf-8", newline="") as stream:
            drawn = [[*line[:-1], luck.choice(kinds)] for line in luck.sample(lines, rows)]
            csv.writer(stream).writerows([header, *drawn])
        return project

    return make


def _write_texts(
    file: Path,
    rows: int,
    wrong: float,
    shares: Sequence[float],
    told: bool,
    luck: random.Random,
) -> None:
    lines = ["text,label"]
    for row in range(rows):
        (kind,) = luck.choices(range(len(shares)), shares)
        cue = CUES[4 * kind + luck.randrange(4)] if told else luck.choice(CUES)
        words = [luck.choice(WORDS) for _ in range(3 + luck.randrange(5))]
        words.insert(luck.randrange(len(words)), cue)
        if luck.random() < wrong:
            kind = luck.randrange(len(shares))
        lines.append(f"{' '.join(words)} {row},label {kind}")
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _some_of(source: Path, target: Path, each: int, wrong: float) -> None:
    luck = random.Random(5)
    labels = sorted(folder for folder in source.iterdir() if folder.is_dir())
    for label in labels:
        for file in sorted(label.iterdir())[:each]:
            into = luck.choice(labels).name if luck.random() < wrong else label.name
            place = target / into / f"{label.name}-{file.name}"
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, place)


_WIDE = SplitChoice(validation=0.3, test=0.1)

HEALTHY: dict[str, Recipe] = {
    "reviews_head": Recipe(reviews, {"epochs": 10, "batch_size": 16, "learning_rate": 2e-3}, HEAD),
    "reviews_two_blocks": Recipe(
        reviews,
        {
            "epochs": 4,
            "batch_size": 16,
            "learning_rate": 1e-4,
            "schedule": "linear",
            "max_tokens": 48,
        },
        last(2),
    ),
    # Validation loss doubles while accuracy goes on growing.
    "reviews_overconfident": Recipe(
        reviews,
        {
            "epochs": 14,
            "batch_size": 16,
            "learning_rate": 3e-4,
            "schedule": "constant",
            "max_tokens": 48,
        },
        last(3),
    ),
    "digits_head": Recipe(
        digits(60),
        {"epochs": 12, "batch_size": 32, "learning_rate": 2e-3, "augmentation": "off"},
        HEAD,
    ),
    "digits_one_cycle": Recipe(
        digits(40),
        {
            "epochs": 5,
            "batch_size": 16,
            "learning_rate": 1e-3,
            "schedule": "one_cycle",
            "augmentation": "light",
        },
        last(3),
        split=_WIDE,
    ),
    "resnet_sgd_steps": Recipe(
        digits(100, model=""),
        {
            "epochs": 12,
            "batch_size": 32,
            "learning_rate": 0.03,
            "optimizer": "sgd",
            "schedule": "step",
            "augmentation": "off",
        },
    ),
    "texts_constant_small_batches": Recipe(
        texts(400),
        {
            "epochs": 8,
            "batch_size": 4,
            "learning_rate": 1e-3,
            "schedule": "constant",
            "warmup": 0.0,
        },
    ),
    "texts_long_warm_up": Recipe(
        texts(500, seed=2),
        {"epochs": 14, "batch_size": 16, "learning_rate": 4e-3, "warmup": 0.3},
    ),
    "texts_one_cycle": Recipe(
        texts(500, seed=3),
        {"epochs": 10, "batch_size": 32, "learning_rate": 1e-2, "schedule": "one_cycle"},
    ),
    "texts_noisy_small": Recipe(
        texts(260, wrong=0.12, seed=4),
        {"epochs": 7, "batch_size": 8, "learning_rate": 3e-3},
        split=_WIDE,
    ),
    "texts_uneven": Recipe(
        texts(700, shares=(10, 4, 2), seed=5),
        {"epochs": 8, "batch_size": 16, "learning_rate": 4e-3},
    ),
    "texts_restarts_smoothed": Recipe(
        texts(600, seed=6),
        {
            "epochs": 12,
            "batch_size": 64,
            "learning_rate": 1e-2,
            "schedule": "cosine_restarts",
            "label_smoothing": 0.1,
        },
    ),
    "texts_six_labels": Recipe(
        texts(900, shares=(1,) * 6, wrong=0.05, seed=7),
        {"epochs": 9, "batch_size": 32, "learning_rate": 5e-3, "schedule": "linear"},
    ),
}

ILL: dict[str, Recipe] = {
    "rate_too_high_texts": Recipe(
        texts(500, seed=11),
        {
            "epochs": 5,
            "batch_size": 16,
            "learning_rate": 0.5,
            "schedule": "constant",
            "warmup": 0.0,
            "gradient_clip": 0.0,
        },
    ),
    "rate_too_high_digits": Recipe(
        digits(40),
        {
            "epochs": 4,
            "batch_size": 16,
            "learning_rate": 0.3,
            "schedule": "constant",
            "warmup": 0.0,
            "augmentation": "off",
        },
        last(2),
    ),
    "rate_too_high_after_warm_up": Recipe(
        texts(600, seed=12),
        {
            "epochs": 12,
            "batch_size": 16,
            "learning_rate": 0.3,
            "schedule": "constant",
            "warmup": 0.75,
        },
    ),
    "diverged": Recipe(
        texts(300, seed=13),
        {
            "epochs": 5,
            "batch_size": 16,
            "learning_rate": 10.0,
            "optimizer": "sgd",
            "gradient_clip": 0.0,
            "warmup": 0.9,
        },
    ),
    "overfitting_texts": Recipe(
        texts(300, wrong=0.4, seed=14),
        {"epochs": 25, "batch_size": 8, "learning_rate": 2e-3, "schedule": "constant"},
        split=_WIDE,
    ),
    # By heart, and no better than guessing on all else.
    "overfitting_reviews_by_lot": Recipe(
        reviews_by_lot(300),
        {"epochs": 10, "batch_size": 16, "learning_rate": 1e-4, "label_smoothing": 0.1},
    ),
    "overfitting_digits": Recipe(
        digits(60, wrong=0.4, model=""),
        {
            "epochs": 20,
            "batch_size": 16,
            "learning_rate": 3e-3,
            "schedule": "constant",
            "augmentation": "off",
            "dropout": 0.0,
        },
    ),
    "plateau_head": Recipe(
        texts(700, wrong=0.2, seed=15),
        {
            "epochs": 25,
            "batch_size": 16,
            "learning_rate": 2e-2,
            "schedule": "constant",
            "warmup": 0.0,
            "dropout": 0.0,
        },
        HEAD,
    ),
    "label_never_predicted": Recipe(
        texts(500, shares=(10, 10, 0.9), wrong=0.25, seed=16),
        {"epochs": 8, "batch_size": 16, "learning_rate": 2e-3},
        split=SplitChoice(validation=0.4, test=0.1),
    ),
    "not_learning_random_labels": Recipe(
        texts(600, told=False, seed=17),
        {"epochs": 5, "batch_size": 16, "learning_rate": 1e-3},
        HEAD,
    ),
    "not_learning_rate_too_low": Recipe(
        texts(500, seed=18),
        {"epochs": 6, "batch_size": 16, "learning_rate": 1e-6, "schedule": "constant"},
    ),
    "validation_too_small": Recipe(
        texts(80, wrong=0.1, seed=19),
        {"epochs": 5, "batch_size": 8, "learning_rate": 5e-3},
    ),
}
