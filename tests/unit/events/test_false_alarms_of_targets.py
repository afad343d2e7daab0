"""As `test_false_alarms`, where a sample has several labels or a number."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator

import pytest

from finetune_studio.events import events as ev
from finetune_studio.events.descriptions import Figures
from finetune_studio.events.history import RunHistory
from finetune_studio.project.choices import Target
from tests.unit.events.test_false_alarms import _RATES


def several(luck: random.Random) -> Iterator[ev.Event]:
    """Right answers are drawn one by one for each label; rare ones are learned later."""
    epochs, train, checked = _lengths(luck)
    shares = [luck.uniform(0.05, 0.5) for _ in range(luck.choice([3, 5, 8]))]
    counts = [max(6, round(share * checked)) for share in shares]
    reached, pace = luck.uniform(0.7, 0.97), luck.uniform(0.5, epochs / 5)
    guessing = sum(map(_entropy, shares)) / len(shares)
    floor = guessing * (1.05 - reached)
    yield from _begun(luck, Target.LABELS, epochs, train, checked, tuple(counts))
    same, best, rates = luck.gauss(0, 1), 0.0, luck.choice(sorted(_RATES))
    for epoch, left in _course(luck, epochs, pace):
        loss = floor + (guessing - floor) * left
        error = loss / math.sqrt(checked)
        found = [
            _f1(luck, count, checked, reached * (1 - left) * luck.uniform(0.97, 1))
            for count in counts
        ]
        f1 = sum(found) / len(found)
        over = 1 + luck.uniform(0, 0.15) * epoch / epochs
        yield _epoch(
            epoch,
            train,
            1e-3 * _RATES[rates](epoch / epochs),
            train_loss=loss * luck.uniform(0.9, 1.0) * (1 - 0.3 * epoch / epochs),
            train_accuracy=min(1.0, f1 + luck.uniform(0, 0.1)),
            val_loss=max(1e-3, loss * over + error * (0.9 * same + 0.3 * luck.gauss(0, 1))),
            val_loss_error=error,
            val_macro_f1=f1,
            best=f1 > best,
            predicted_counts=tuple(max(1, count) for count in counts),
        )
        best = max(best, f1)


def numbers(luck: random.Random) -> Iterator[ev.Event]:
    """Some numbers lie far out, and the validation samples are a little unlike the others."""
    epochs, train, checked = _lengths(luck)
    reached, pace = luck.uniform(0.3, 0.98), luck.uniform(0.5, epochs / 5)
    spread = luck.uniform(0.7, 1.4)
    scatter = luck.uniform(1.4, 2.2)
    yield from _begun(luck, Target.NUMBER, epochs, train, checked, ())
    same, best, rates = luck.gauss(0, 1), math.inf, luck.choice(sorted(_RATES))
    for epoch, left in _course(luck, epochs, pace):
        rest = 1 - reached * (1 - left)
        error = scatter * rest * spread / math.sqrt(checked)
        lost = max(1e-3, rest * spread + error * (0.3 * same + 0.2 * luck.gauss(0, 1)))
        figures = Figures(
            loss=lost,
            accuracy=0,
            macro_f1=0,
            weighted_f1=0,
            target=Target.NUMBER,
            mae=0.8 * math.sqrt(lost),
            rmse=math.sqrt(lost),
            r2=1 - lost / spread,
        )
        noise = luck.gauss(0, 2 * rest / math.sqrt(train))
        yield _epoch(
            epoch,
            train,
            1e-3 * _RATES[rates](epoch / epochs),
            train_loss=max(1e-3, rest * (1 - 0.3 * epoch / epochs) + noise),
            train_accuracy=0.8 * math.sqrt(rest),
            val_loss=lost,
            val_loss_error=error,
            val_macro_f1=0.0,
            best=lost < best,
            validation=figures,
        )
        best = min(best, lost)


def _lengths(luck: random.Random) -> tuple[int, int, int]:
    return luck.choice([4, 6, 8, 12, 16]), luck.choice([300, 1000, 3000]), luck.choice([120, 300])


def _course(luck: random.Random, epochs: int, pace: float) -> Iterator[tuple[int, float]]:
    start = luck.choice([0, 0, 1])
    for epoch in range(1, epochs + 1):
        yield epoch, math.exp(-max(0, epoch - start) / pace)


def _begun(
    luck: random.Random,
    target: Target,
    epochs: int,
    train: int,
    checked: int,
    counts: tuple[int, ...],
) -> Iterator[ev.Event]:
    yield ev.RunStarted(run="r", folder="/r", epochs=epochs)
    names = tuple(str(label) for label in range(len(counts))) or ("price",)
    altered = luck.choice([(), ("label smoothing",), ("mixup", "CutMix")])
    yield ev.ModelPrepared(
        title="m",
        parameters=90,
        trainable=9,
        labels=names,
        target=target,
        loss_altered_by=altered,
    )
    yield ev.DataPrepared(
        train=train,
        validation=checked,
        test=0,
        steps_per_epoch=train // 16,
        train_counts=tuple(count * train // checked for count in counts),
        validation_counts=counts,
    )


def _epoch(epoch: int, train: int, rate: float, **figures: object) -> ev.EpochFinished:
    return ev.EpochFinished.model_validate(
        {
            "epoch": epoch,
            "step": epoch * (train // 16),
            "val_accuracy": 0.0,
            "learning_rates": {"head": rate},
            "seconds": 1.0,
            **figures,
        }
    )


def _f1(luck: random.Random, count: int, samples: int, right: float) -> float:
    found = sum(luck.random() < right for _ in range(count))
    wrongly = sum(luck.random() < (1 - right) * count / samples for _ in range(samples - count))
    return 2 * found / max(1, found + wrongly + count)


def _entropy(share: float) -> float:
    return -share * math.log(share) - (1 - share) * math.log(1 - share)


@pytest.mark.parametrize("make", [several, numbers])
@pytest.mark.parametrize("seed", range(4))
def test_no_healthy_run_is_called_ill_after_any_epoch(
    make: Callable[[random.Random], Iterator[ev.Event]], seed: int
) -> None:
    luck = random.Random(seed)
    for number in range(25):
        history = RunHistory()
        for event in make(luck):
            history = history.after(event)
            assert not history.findings, (seed, number, history.epochs, history.findings)
