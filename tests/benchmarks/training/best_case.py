"""The fastest a hand-written loop does a task: the bound `limit` and `tuned_loop` are made of.

Pictures are decoded once, in parallel; texts are turned into tokens once and batched by length;
the number format is the faster of two, found before the clock starts; nothing is written.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from tests.benchmarks.training.cuts import Cut, cut
from tests.benchmarks.training.samples import (
    SIZE,
    STATISTICS,
    Rows,
    TextSamples,
    load_square,
    read_rows,
    tokenizer_of,
)
from tests.benchmarks.training.trial import Depth, Stopwatch, Task, Trial

_BUCKET = 8  # batches whose texts are sorted by length together
_TRIED_TOKENS = 32


@dataclass(frozen=True)
class Numbers:
    """In which numbers, and where, the arithmetic is done."""

    device: torch.device
    half: bool

    def used(self) -> AbstractContextManager[Any]:
        """While the network runs."""
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.half)

    def placed(self, made: Cut) -> Cut:
        """The network where it computes, its pictures channels-last if in half precision."""
        layout = torch.channels_last if self.half else torch.contiguous_format
        for module in (made.before, made.after):
            module.to(self.device).to(memory_format=layout)
        return made

    def laid_out(self, batch: Tensor) -> Tensor:
        """A batch in the layout the network has."""
        if self.half and batch.ndim == 4:
            return batch.contiguous(memory_format=torch.channels_last)
        return batch


class Stored:
    """What is kept of each sample: tensors of one shape, or sequences to be padded."""

    def __init__(self, values: Tensor | list[Tensor], rows: Rows, task: Task) -> None:
        self.values = values
        self.targets = torch.tensor(rows.targets, device=torch.device(task.device))
        self._task = task

    def __len__(self) -> int:
        return len(self.targets)

    def inputs(self, places: Tensor) -> tuple[Tensor, ...]:
        """What the network takes for some samples."""
        if isinstance(self.values, list):
            own = [self.values[place] for place in places.tolist()]
            lengths = [len(one) for one in own]
            mask = pad_sequence([torch.ones(length, dtype=torch.long) for length in lengths], True)
            return pad_sequence(own, batch_first=True), mask.to(own[0].device)
        batch = self.values[places.to(self.values.device)]
        if batch.dtype is not torch.uint8:
            return (batch,)
        mean, spread = (
            torch.tensor(one, device=batch.device).view(3, 1, 1)
            for one in STATISTICS[self._task.network]
        )
        return ((batch.float().div_(255) - mean) / spread,)

    def shuffled(self) -> Iterator[Tensor]:
        """Places in batches, in a new order, sequences of similar length together."""
        order = torch.randperm(len(self))
        if isinstance(self.values, list):
            return iter(_by_length(order, [len(one) for one in self.values], self._task))
        return iter(order.split(self._task.batch_size))

    def in_order(self) -> Iterator[Tensor]:
        """Places in batches, sequences from short to long."""
        order = torch.arange(len(self))
        if isinstance(self.values, list):
            order = torch.tensor([len(one) for one in self.values]).argsort()
        return iter(order.split(self._task.batch_size))


def train_best(trial: Trial, watch: Stopwatch, *, store: bool) -> None:
    """One trial. ``store`` computes what is frozen once."""
    task = trial.task
    numbers = _faster(task, store=store)
    watch.start()
    torch.manual_seed(task.seed)
    rows = read_rows(task)
    made = numbers.placed(cut(task, len(rows[0].labels), store=store))
    read = _read_texts if task.network.reads_texts else _read_pictures
    training, validation = (read(part, task, numbers) for part in rows)
    if store and task.depth is not Depth.ALL:
        training, validation = (
            _computed(made.before, samples, part, task, numbers)
            for samples, part in ((training, rows[0]), (validation, rows[1]))
        )
    _train(made.after, training, validation, task, numbers, watch)
    watch.stop("bfloat16, channels-last" if numbers.half else "float32")


def _train(
    network: nn.Module,
    training: Stored,
    validation: Stored,
    task: Task,
    numbers: Numbers,
    watch: Stopwatch,
) -> None:
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=task.learning_rate, fused=True)
    modes = {module: module.training for module in network.modules()}
    watch.ready()
    while not watch.had_enough:
        for module, mode in modes.items():
            module.training = mode
        for places in training.shuffled():
            _step(network, training, places, numbers, optimizer)
        network.eval()
        watch.epoch(_accuracy(network, validation, numbers))


def _step(
    network: nn.Module,
    samples: Stored,
    places: Tensor,
    numbers: Numbers,
    optimizer: torch.optim.Optimizer,
) -> None:
    targets = samples.targets[places.to(samples.targets.device)]
    with numbers.used():
        logits = network(*map(numbers.laid_out, samples.inputs(places)))
    loss = nn.functional.cross_entropy(logits.float(), targets)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()


@torch.inference_mode()
def _accuracy(network: nn.Module, samples: Stored, numbers: Numbers) -> float:
    right = torch.zeros((), device=numbers.device)
    for places in samples.in_order():
        with numbers.used():
            logits = network(*map(numbers.laid_out, samples.inputs(places)))
        right += (logits.argmax(1) == samples.targets[places.to(numbers.device)]).sum()
    return float(right) / len(samples)


@torch.no_grad()
def _computed(
    before: nn.Module, samples: Stored, rows: Rows, task: Task, numbers: Numbers
) -> Stored:
    """What the frozen part says of each sample."""
    found: list[Tensor] = [torch.empty(0)] * len(samples)
    lengths = [len(one) for one in samples.values]
    for places in samples.in_order():
        with numbers.used():
            made = before(*map(numbers.laid_out, samples.inputs(places)))
        for place, one in zip(places.tolist(), made, strict=True):
            found[place] = one[: lengths[place]].clone() if one.ndim == 2 else one
    return Stored(found if found[0].ndim == 2 else torch.stack(found), rows, task)


def _read_pictures(rows: Rows, task: Task, numbers: Numbers) -> Stored:
    with ThreadPoolExecutor() as pool:
        squares = list(pool.map(load_square, rows.inputs))
    return Stored(torch.stack(squares).to(numbers.device), rows, task)


def _read_texts(rows: Rows, task: Task, numbers: Numbers) -> Stored:
    tokens = TextSamples(rows, tokenizer_of(task), task.max_tokens).tokens
    return Stored([torch.tensor(one, device=numbers.device) for one in tokens], rows, task)


def _by_length(order: Tensor, lengths: list[int], task: Task) -> list[Tensor]:
    batches: list[Tensor] = []
    known = torch.tensor(lengths)
    for chunk in order.split(_BUCKET * task.batch_size):
        batches.extend(chunk[known[chunk].argsort()].split(task.batch_size))
    return [batches[place] for place in torch.randperm(len(batches)).tolist()]


# ------------------------------------------------------------------------------ the numbers


def _faster(task: Task, *, store: bool) -> Numbers:
    """The faster of float32 and bfloat16 with channels-last, on a made-up batch."""
    device = torch.device(task.device)
    choices = [Numbers(device, half) for half in (False, True)]
    return min(choices, key=lambda numbers: _seconds(task, numbers, store=store))


def _seconds(task: Task, numbers: Numbers, *, store: bool) -> float:
    made = numbers.placed(cut(task, labels=2, store=store))
    stored = store and task.depth is not Depth.ALL
    batch = tuple(map(numbers.laid_out, _made_up(task, numbers)))
    best = float("inf")
    for _ in range(3):
        started = time.perf_counter()
        with numbers.used(), torch.set_grad_enabled(not stored):
            answers = (made.before if stored else made.after)(*batch)
        if not stored:
            answers.float().sum().backward()
        answers.sum().item()
        best = min(best, time.perf_counter() - started)
    return best


def _made_up(task: Task, numbers: Numbers) -> tuple[Tensor, ...]:
    if task.network.reads_texts:
        shape = (task.batch_size, _TRIED_TOKENS)
        tokens = torch.ones(shape, dtype=torch.long, device=numbers.device)
        return tokens, tokens
    return (torch.rand(task.batch_size, 3, SIZE, SIZE, device=numbers.device),)
