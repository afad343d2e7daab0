"""What was trained for the recordings where a sample has several labels or a number, and where the
loss of training is another one than that of validation; see `recipes`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path

from finetune_studio.project.choices import Target
from finetune_studio.project.project import DataChoice, Project, SplitChoice
from tests.recordings.recipes import CUES, HEAD, Recipe, digits, texts, with_tiny_bert
from tests.unit.engine.tiny_project import WORDS

_WIDE = SplitChoice(validation=0.3, test=0.1)
_F1 = {"best_metric": "val_macro_f1"}
_MAE = {"best_metric": "val_mae"}


def several(
    rows: int,
    *,
    shares: Sequence[float] = (0.5, 0.4, 0.3, 0.3),
    wrong: float = 0.0,
    told: bool = True,
    seed: int = 1,
) -> Callable[[Path], Project]:
    """Texts with a word for each label they have.

    Args:
        rows: texts in all.
        shares: of the texts that have each label.
        wrong: share of the answers, label by label, that are turned round.
        told: whether the text says anything about the labels at all.
        seed: of the texts.
    """

    def lines(luck: random.Random) -> list[str]:
        found = ["text,tags"]
        for row in range(rows):
            has = [luck.random() < share for share in shares]
            cues = [CUES[4 * place + luck.randrange(4)] for place, one in enumerate(has) if one]
            if not told:
                cues = [luck.choice(CUES)]
            given = [one != (luck.random() < wrong) for one in has]
            tags = "|".join(f"label {place}" for place, one in enumerate(given) if one)
            found.append(f"{_text(luck, cues)} {row},{tags}")
        return found

    return _made(lines, Target.LABELS, seed)


def amounts(
    rows: int,
    *,
    noise: float = 0.3,
    outliers: float = 0.0,
    told: bool = True,
    seed: int = 1,
) -> Callable[[Path], Project]:
    """Texts whose words add up to a number.

    Args:
        rows: texts in all.
        noise: spread of what is added by chance; the words alone spread by about 2.
        outliers: share of the numbers that are ten times as far off.
        told: whether the text says anything about the number at all.
        seed: of the texts.
    """

    def lines(luck: random.Random) -> list[str]:
        found = ["text,price"]
        for row in range(rows):
            kinds = [luck.randrange(6) for _ in range(2)]
            cues = [CUES[4 * kind + luck.randrange(4)] for kind in kinds]
            far = 10.0 if luck.random() < outliers else 1.0
            price = 20 + sum(kinds) + far * luck.gauss(0, noise)
            shown = cues if told else [luck.choice(CUES)]
            found.append(f"{_text(luck, shown)} {row},{price:.3f}")
        return found

    return _made(lines, Target.NUMBER, seed)


def _text(luck: random.Random, cues: Sequence[str]) -> str:
    words = [luck.choice(WORDS) for _ in range(3 + luck.randrange(5))]
    for cue in cues:
        words.insert(luck.randrange(len(words)), cue)
    return " ".join(words)


def _made(
    lines: Callable[[random.Random], list[str]], target: Target, seed: int
) -> Callable[[Path], Project]:
    def make(folder: Path) -> Project:
        file = folder / "texts.csv"
        file.write_text("\n".join(lines(random.Random(seed))) + "\n", encoding="utf-8")
        return with_tiny_bert(folder, DataChoice(path=str(file), target=target))

    return make


HEALTHY: dict[str, Recipe] = {
    "several_plain": Recipe(
        several(600, seed=21),
        {"epochs": 12, "batch_size": 16, "learning_rate": 4e-3, **_F1},
    ),
    "several_uneven_weighted": Recipe(
        several(700, shares=(0.5, 0.2, 0.06), wrong=0.02, seed=22),
        {
            "epochs": 12,
            "batch_size": 16,
            "learning_rate": 4e-3,
            "balancing": "weights",
            **_F1,
        },
    ),
    "several_long_warm_up": Recipe(
        several(600, seed=23),
        {"epochs": 14, "batch_size": 32, "learning_rate": 8e-3, "warmup": 0.3, **_F1},
    ),
    "several_noisy_small": Recipe(
        several(300, wrong=0.1, seed=24),
        {"epochs": 8, "batch_size": 8, "learning_rate": 3e-3, **_F1},
        split=_WIDE,
    ),
    "several_constant_even_chances": Recipe(
        several(500, seed=25),
        {
            "epochs": 8,
            "batch_size": 8,
            "learning_rate": 1e-3,
            "schedule": "constant",
            "thresholds": "even",
            **_F1,
        },
    ),
    "numbers_plain": Recipe(
        amounts(600, seed=31),
        {"epochs": 12, "batch_size": 16, "learning_rate": 4e-3, **_MAE},
    ),
    "numbers_noisy_small": Recipe(
        amounts(300, noise=2.0, seed=32),
        {"epochs": 8, "batch_size": 8, "learning_rate": 2e-3, **_MAE},
        split=_WIDE,
    ),
    "numbers_outliers_huber": Recipe(
        amounts(600, outliers=0.03, noise=0.8, seed=33),
        {
            "epochs": 12,
            "batch_size": 16,
            "learning_rate": 3e-3,
            "number_loss": "huber",
            **_MAE,
        },
        split=_WIDE,
    ),
    "numbers_constant": Recipe(
        amounts(500, seed=34),
        {
            "epochs": 8,
            "batch_size": 8,
            "learning_rate": 1e-3,
            "schedule": "constant",
            "warmup": 0.0,
            **_MAE,
        },
    ),
    "numbers_long_warm_up": Recipe(
        amounts(600, seed=35),
        {"epochs": 14, "batch_size": 32, "learning_rate": 6e-3, "warmup": 0.3, **_MAE},
    ),
    "resnet_mixed": Recipe(
        digits(100, model=""),
        {
            "epochs": 12,
            "batch_size": 32,
            "learning_rate": 3e-3,
            "augmentation": "off",
            "mixup": 0.4,
            "cutmix": 1.0,
        },
    ),
    "texts_focal_weighted": Recipe(
        texts(700, shares=(10, 4, 2), wrong=0.04, seed=41),
        {
            "epochs": 10,
            "batch_size": 16,
            "learning_rate": 4e-3,
            "focal": 2.0,
            "balancing": "weights",
        },
    ),
}

_STEADY = {"schedule": "constant", "warmup": 0.0}

ILL: dict[str, Recipe] = {
    "overfitting_several": Recipe(
        several(220, wrong=0.2, seed=51),
        {"epochs": 40, "batch_size": 8, "learning_rate": 6e-3, **_STEADY, "dropout": 0.0, **_F1},
        split=_WIDE,
    ),
    "plateau_several_head": Recipe(
        several(700, wrong=0.1, seed=52),
        {"epochs": 25, "batch_size": 16, "learning_rate": 2e-2, **_STEADY, "dropout": 0.0, **_F1},
        HEAD,
    ),
    "rate_too_high_several": Recipe(
        several(500, seed=53),
        {
            "epochs": 6,
            "batch_size": 16,
            "learning_rate": 0.5,
            **_STEADY,
            "gradient_clip": 0.0,
            **_F1,
        },
    ),
    "not_learning_several": Recipe(
        several(600, told=False, seed=54),
        {"epochs": 9, "batch_size": 16, "learning_rate": 1e-3, **_F1},
        HEAD,
    ),
    "label_never_predicted_several": Recipe(
        several(500, shares=(0.5, 0.4, 0.03), wrong=0.05, seed=55),
        {"epochs": 10, "batch_size": 16, "learning_rate": 4e-3, "thresholds": "even", **_F1},
        split=SplitChoice(validation=0.4, test=0.1),
    ),
    "validation_too_small_several": Recipe(
        several(70, wrong=0.1, seed=56),
        {"epochs": 5, "batch_size": 8, "learning_rate": 5e-3, **_F1},
    ),
    "overfitting_numbers": Recipe(
        amounts(200, noise=2.5, seed=61),
        {"epochs": 40, "batch_size": 8, "learning_rate": 3e-3, **_STEADY, "dropout": 0.0, **_MAE},
        split=_WIDE,
    ),
    "plateau_numbers_head": Recipe(
        amounts(700, noise=1.0, seed=62),
        {"epochs": 25, "batch_size": 16, "learning_rate": 2e-2, **_STEADY, "dropout": 0.0, **_MAE},
        HEAD,
    ),
    "rate_too_high_numbers": Recipe(
        amounts(500, seed=63),
        {
            "epochs": 6,
            "batch_size": 16,
            "learning_rate": 0.5,
            **_STEADY,
            "gradient_clip": 0.0,
            **_MAE,
        },
    ),
    "not_learning_numbers": Recipe(
        amounts(600, told=False, seed=64),
        {"epochs": 6, "batch_size": 16, "learning_rate": 1e-3, **_MAE},
        HEAD,
    ),
    "validation_too_small_numbers": Recipe(
        amounts(60, noise=1.5, seed=65),
        {"epochs": 5, "batch_size": 8, "learning_rate": 5e-3, **_MAE},
    ),
    "overfitting_smoothed": Recipe(
        texts(300, wrong=0.4, seed=71),
        {
            "epochs": 30,
            "batch_size": 8,
            "learning_rate": 2e-3,
            "schedule": "constant",
            "label_smoothing": 0.1,
        },
        split=_WIDE,
    ),
    "overfitting_weighted": Recipe(
        texts(300, wrong=0.4, seed=72),
        {
            "epochs": 30,
            "batch_size": 8,
            "learning_rate": 3e-3,
            "schedule": "constant",
            "balancing": "weights",
        },
        split=_WIDE,
    ),
}
