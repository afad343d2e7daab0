"""A plain PyTorch loop as a good tutorial writes it: float32, a DataLoader, AdamW."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from transformers import DataCollatorWithPadding

from tests.benchmarks.training.networks import frozen_network, logits_of
from tests.benchmarks.training.samples import (
    PictureSamples,
    Rows,
    TextSamples,
    read_rows,
    tokenizer_of,
)
from tests.benchmarks.training.trial import Stopwatch, Task, Trial, compete

_LOADERS = 2


def train(trial: Trial, watch: Stopwatch) -> None:
    """One trial."""
    task = trial.task
    watch.start()
    device = torch.device(task.device)
    rows = read_rows(task)
    network = frozen_network(task, len(rows[0].labels)).to(device)
    training, validation = _loaders(task, rows)
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=task.learning_rate)
    watch.ready()
    while not watch.had_enough:
        network.train()
        for batch in training:
            moved = {name: value.to(device) for name, value in batch.items()}
            loss = nn.functional.cross_entropy(logits_of(network, moved), moved["labels"])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        watch.epoch(_accuracy(network, validation, device))
    watch.stop()


@torch.no_grad()
def _accuracy(network: nn.Module, batches: Any, device: torch.device) -> float:
    network.eval()
    right = seen = 0
    for batch in batches:
        moved: dict[str, Tensor] = {name: value.to(device) for name, value in batch.items()}
        right += int((logits_of(network, moved).argmax(1) == moved["labels"]).sum())
        seen += len(moved["labels"])
    return right / seen


def _loaders(task: Task, rows: tuple[Rows, Rows]) -> tuple[Any, Any]:
    """Batches of training, shuffled, and of validation."""
    training, validation = rows
    if not task.network.reads_texts:

        def pictures(part: Rows, *, shuffle: bool) -> Any:
            data = PictureSamples(part, task.network)
            return DataLoader(data, task.batch_size, shuffle=shuffle, num_workers=_LOADERS)

        return pictures(training, shuffle=True), pictures(validation, shuffle=False)
    tokenizer = tokenizer_of(task)
    padding = DataCollatorWithPadding(tokenizer)

    def texts(part: Rows, *, shuffle: bool) -> Any:
        data: Dataset[Any] = TextSamples(part, tokenizer, task.max_tokens)
        return DataLoader(data, task.batch_size, shuffle=shuffle, collate_fn=padding)

    return texts(training, shuffle=True), texts(validation, shuffle=False)


if __name__ == "__main__":
    compete(train)
