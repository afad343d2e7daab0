"""Made-up healthy runs by the hundred: noise of every size must not be taken for an illness."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator

import pytest

from finetune_studio.events import events as ev
from finetune_studio.events.history import RunHistory

_RATES = {
    "cosine": lambda share: 0.5 * (1 + math.cos(math.pi * share)),
    "constant": lambda _share: 1.0,
    "linear": lambda share: 1 - share,
}


def healthy(luck: random.Random) -> Iterator[ev.Event]:
    """A run that learns as runs do, its figures measured on as few samples as people have.

    Right answers are drawn one by one. The validation loss errs mostly the same way every epoch,
    for the samples are the same; late, it rises a little from overconfidence.
    """
    labels, epochs = luck.choice([2, 3, 5, 10]), luck.choice([4, 6, 8, 12, 16])
    train, checked = luck.choice([300, 1000, 3000]), luck.choice([80, 120, 200, 400])
    reached, pace = luck.uniform(0.75, 0.99), luck.uniform(0.5, epochs / 5)
    start, gap = luck.choice([0, 0, 1]), luck.uniform(0, 0.08)
    rate, overconfidence = luck.choice(sorted(_RATES)), luck.uniform(0, 0.15)
    same, steps, best = luck.gauss(0, 1), train // 16, 0.0
    floor, guessing = 1.8 * (1 - reached) + 0.02, math.log(labels)
    yield ev.RunStarted(run="r", folder="/r", epochs=epochs)
    names = tuple(str(label) for label in range(labels))
    yield ev.ModelPrepared(title="m", parameters=90, trainable=9, labels=names)
    yield ev.DataPrepared(
        train=train,
        validation=checked,
        test=0,
        steps_per_epoch=steps,
        train_counts=(train // labels,) * labels,
        validation_counts=(checked // labels,) * labels,
    )
    for epoch in range(1, epochs + 1):
        left = math.exp(-max(0, epoch - start) / pace)
        right = reached - (reached - 1 / labels) * left
        loss = floor + (guessing - floor) * left
        error = 1.2 * loss / math.sqrt(checked)
        accuracy = _drawn(luck, checked, right)
        yield ev.EpochFinished(
            epoch=epoch,
            step=epoch * steps,
            train_loss=_trained(luck, floor, guessing, left, epoch / epochs, train),
            train_accuracy=_drawn(luck, train, min(1.0, right + gap * (1 - left))),
            val_loss=max(
                1e-3,
                loss * (1 + overconfidence * epoch / epochs)
                + error * (0.9 * same + 0.3 * luck.gauss(0, 1)),
            ),
            val_accuracy=accuracy,
            val_macro_f1=accuracy,
            learning_rates={"head": 1e-3 * _RATES[rate](epoch / epochs)},
            seconds=1.0,
            best=accuracy > best,
            val_loss_error=error,
            predicted_counts=(max(1, checked // labels),) * labels,
        )
        best = max(best, accuracy)


def _drawn(luck: random.Random, samples: int, share: float) -> float:
    return sum(luck.random() < share for _ in range(samples)) / samples


def _trained(
    luck: random.Random, floor: float, guessing: float, left: float, done: float, samples: int
) -> float:
    loss = 0.8 * floor * (1 - 0.3 * done) + (guessing - floor) * left
    return max(1e-3, loss * (1 + luck.gauss(0, 0.5 / math.sqrt(samples))))


@pytest.mark.parametrize("seed", range(8))
def test_no_healthy_run_is_called_ill_after_any_epoch(seed: int) -> None:
    luck = random.Random(seed)
    for number in range(25):
        history = RunHistory()
        for event in healthy(luck):
            history = history.after(event)
            assert not history.findings, (seed, number, history.epochs, history.findings)
