"""transformers' Trainer with its defaults, told only to validate every epoch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import accelerate  # noqa: F401 - the Trainer would import it while the clock runs
import numpy as np
from transformers import (
    DataCollatorWithPadding,
    Trainer,
    TrainerCallback,
    TrainingArguments,
    set_seed,
)

from tests.benchmarks.training.networks import PictureModel, frozen_network
from tests.benchmarks.training.samples import PictureSamples, TextSamples, read_rows, tokenizer_of
from tests.benchmarks.training.trial import Stopwatch, Task, Trial, compete


def train(trial: Trial, watch: Stopwatch) -> None:
    """One trial."""
    task = trial.task
    arguments = _arguments(trial)
    watch.start()
    set_seed(task.seed)
    rows = read_rows(task)
    network = frozen_network(task, len(rows[0].labels))
    if task.network.reads_texts:
        tokenizer = tokenizer_of(task)
        parts: list[Any] = [TextSamples(part, tokenizer, task.max_tokens) for part in rows]
        collator = DataCollatorWithPadding(tokenizer)
    else:
        parts = [PictureSamples(part, task.network) for part in rows]
        network, collator = PictureModel(network), None
    trainer = Trainer(
        model=network,
        args=arguments,
        train_dataset=parts[0],
        eval_dataset=parts[1],
        data_collator=collator,
        compute_metrics=_accuracy,
        callbacks=[_Report(watch)],
    )
    trainer.train()
    watch.stop()


def _arguments(trial: Trial) -> TrainingArguments:
    task: Task = trial.task
    return TrainingArguments(
        output_dir=str(Path(trial.folder, "output")),
        num_train_epochs=task.epochs,
        per_device_train_batch_size=task.batch_size,
        per_device_eval_batch_size=task.batch_size,
        learning_rate=task.learning_rate,
        eval_strategy="epoch",
        seed=task.seed,
        use_cpu=task.device == "cpu",
        report_to="none",
        disable_tqdm=True,
    )


def _accuracy(prediction: Any) -> dict[str, float]:
    found = np.argmax(prediction.predictions, axis=-1) == prediction.label_ids
    return {"accuracy": float(found.mean())}


class _Report(TrainerCallback):
    """Tells the watch of each epoch, and ends the training when it has had enough."""

    def __init__(self, watch: Stopwatch) -> None:
        self._watch = watch

    def on_train_begin(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        """The first epoch begins."""
        self._watch.ready()

    def on_evaluate(self, args: Any, state: Any, control: Any, **others: Any) -> Any:
        """An epoch is validated."""
        self._watch.epoch(others["metrics"]["eval_accuracy"])
        control.should_training_stop |= self._watch.had_enough
        return control


if __name__ == "__main__":
    compete(train)
