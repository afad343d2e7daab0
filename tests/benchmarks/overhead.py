"""What our training loop costs beside ten lines of plain PyTorch. Prints a table of ratios.

    .venv/bin/python tests/benchmarks/overhead.py [--rounds 15]

Both train the same network on the same batches in memory, with the same optimizer, clipping and
schedule; ours also writes down and tells every step, checks that the loss is a number and can be
stopped, paused and taken back. They take turns, a few steps each; the figure is the median of the
ratios of neighbouring turns, so that whatever disturbs the machine disturbs both alike.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision.models import mobilenet_v3_small

from finetune_studio.engine import compute as computing
from finetune_studio.engine.compute import Compute
from finetune_studio.engine.model.bundle import Block
from finetune_studio.engine.stopping import Control
from finetune_studio.engine.training.loop import Loop, StepSizes
from finetune_studio.engine.training.optimizer import build_optimizer
from finetune_studio.engine.training.pace import Pace
from finetune_studio.engine.training.record import Record
from finetune_studio.engine.training.step import Stepper
from finetune_studio.project.choices import Schedule
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.rate_plan import RatePlan

BAR = 1.03
LABELS = 4
EPOCHS = 10_000  # more than there is time for


@dataclass(frozen=True)
class Batch:
    """A batch in memory, as the loop takes it."""

    inputs: dict[str, Tensor]
    targets: Tensor
    indices: Tensor


class Batches:
    """The same batch again and again, so that nothing but training takes time."""

    def __init__(self, shape: tuple[int, ...], steps: int) -> None:
        places = torch.arange(shape[0])
        self.batch = Batch({"x": torch.randn(shape)}, places % LABELS, places)
        self.batches_per_epoch = steps

    def training(self, epoch: int, start_batch: int = 0) -> Iterator[Batch]:
        """An epoch of them."""
        del epoch
        return (self.batch for _ in range(start_batch, self.batches_per_epoch))


@dataclass(frozen=True)
class Case:
    """A network, the shape of a batch, and how many steps make a turn."""

    name: str
    network: Callable[[], nn.Module]
    shape: tuple[int, ...]
    steps: int


def _perceptron(width: int) -> nn.Module:
    return nn.Sequential(
        nn.Linear(384, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(),
        nn.Linear(width, LABELS),
    )  # fmt: skip


def _encoder() -> nn.Module:
    layer = nn.TransformerEncoderLayer(128, 4, 512, dropout=0.1, batch_first=True)
    encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
    return nn.Sequential(encoder, nn.Flatten(), nn.Linear(32 * 128, LABELS))


CASES = (
    Case("A head on stored features (1.5 k parameters)", lambda: nn.Linear(384, LABELS),
         (32, 384), 1000),
    Case("Three layers of 512", lambda: _perceptron(512), (32, 384), 300),
    Case("A transformer of two layers, 32 tokens", _encoder, (32, 32, 128), 30),
    Case("MobileNet-V3-small, 96 pixels, everything trains",
         lambda: mobilenet_v3_small(num_classes=LABELS), (16, 3, 96, 96), 8),
)  # fmt: skip


class Plain:
    """Ten lines of plain PyTorch."""

    def __init__(self, case: Case, compute: Compute, training: Hyperparameters) -> None:
        self._module = _network(case, compute)
        self._batches = Batches(case.shape, case.steps)
        self._optimizer = torch.optim.AdamW(self._module.parameters(), fused=True)
        self._rates = RatePlan(training, case.steps)
        self._clip = training.gradient_clip
        self.losses: list[float] = []

    def turn(self) -> None:
        """An epoch."""
        for batch in self._batches.training(1):
            for group in self._optimizer.param_groups:
                group["lr"] = self._rates.rate(len(self.losses) + 1)
            self._optimizer.zero_grad()
            loss = functional.cross_entropy(self._module(batch.inputs["x"]), batch.targets)
            loss.backward()
            nn.utils.clip_grad_norm_(self._module.parameters(), self._clip)
            self._optimizer.step()
            self.losses.append(loss.item())


class Ours:
    """The product's loop, with everything around it."""

    def __init__(self, case: Case, compute: Compute, training: Hyperparameters, log: Path) -> None:
        module = _network(case, compute)
        stepper = Stepper(
            lambda inputs: module(inputs["x"]),
            module,
            build_optimizer(module, (Block("Everything", ("",)),), training),
            compute,
            gradient_clip=training.gradient_clip,
        )
        sizes = StepSizes(case.shape[0] * case.steps, case.shape[0], accumulation=1)
        self.record = Record(log, lambda event: None)
        self._loop = Loop(
            stepper,
            Batches(case.shape, case.steps),
            sizes,
            RatePlan(training, sizes.steps),
            record=self.record,
            control=Control(),
            pace=Pace(sizes.steps * EPOCHS, EPOCHS, 100),
        )
        self._epoch = 0

    def turn(self) -> None:
        """An epoch."""
        self._epoch += 1
        self._loop.train_epoch(self._epoch)


def _network(case: Case, compute: Compute) -> nn.Module:
    torch.manual_seed(1)
    module = case.network().train()
    compute.placed(module)
    return module


def _seconds(turn: Callable[[], None]) -> float:
    started = time.perf_counter()
    turn()
    return time.perf_counter() - started


def measured(case: Case, rounds: int, folder: Path) -> tuple[float, float, float]:
    """Milliseconds of a plain step and of ours, and the median ratio of neighbours."""
    compute = computing.choose()
    computing.apply(compute)
    training = Hyperparameters(epochs=EPOCHS, schedule=Schedule.CONSTANT, weight_decay=0.01)
    plain = Plain(case, compute, training)
    ours = Ours(case, compute, training, folder / "events.jsonl")
    turns = [(_seconds(plain.turn), _seconds(ours.turn)) for _ in range(rounds + 1)][1:]
    ours.record.close()
    per_step = 1e3 / case.steps
    theirs, own = (statistics.median(column) * per_step for column in zip(*turns, strict=True))
    return theirs, own, statistics.median(own / theirs for theirs, own in turns)


def main() -> int:
    """Print the table. Returns the exit code: 1 when a realistic network misses the bar."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    say = sys.stdout.write
    say("| network | plain step | our step | ratio |\n|---|---|---|---|\n")
    missed = False
    for case in CASES:
        with tempfile.TemporaryDirectory() as folder:
            theirs, own, ratio = measured(case, rounds, Path(folder))
        say(f"| {case.name} | {theirs:.2f} ms | {own:.2f} ms | {ratio:.3f} |\n")
        sys.stdout.flush()
        missed |= ratio > BAR and theirs > 1.0
    say(f"\nThe bar is {BAR:.2f}, for steps of a millisecond or more.\n")
    return int(missed)


if __name__ == "__main__":
    raise SystemExit(main())
