"""A tiny model and tiny data with the outside of real ones, made at random from a seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from finetune_studio.engine.compute import Compute
from finetune_studio.engine.model.bundle import Block
from finetune_studio.engine.stopping import Control
from finetune_studio.engine.training.criterion import label_loss
from finetune_studio.engine.training.loop import Loop, StepSizes
from finetune_studio.engine.training.optimizer import build_optimizer
from finetune_studio.engine.training.pace import Pace
from finetune_studio.engine.training.record import Record
from finetune_studio.engine.training.step import Stepper
from finetune_studio.events.events import Event
from finetune_studio.project.choices import Precision
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.rate_plan import RatePlan

BLOCKS = (Block("Backbone", ("backbone",)), Block("Head", ("head",)))
CPU = Compute(torch.device("cpu"), Precision.FP32, threads=2)


class TinyNet(nn.Module):
    """Backbone with batch norm, head with dropout."""

    def __init__(self, *, dropout: float = 0.2, norm: bool = True) -> None:
        super().__init__()
        middle = nn.BatchNorm1d(8) if norm else nn.Identity()
        self.backbone = nn.Sequential(nn.Linear(6, 8), middle, nn.ReLU(), nn.Linear(8, 8))
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(8, 3))

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.head(self.backbone(x))
        return logits


def tiny_net(seed: int = 1, *, dropout: float = 0.2, norm: bool = True) -> TinyNet:
    torch.manual_seed(seed)
    return TinyNet(dropout=dropout, norm=norm)


@dataclass
class TinyBatch:
    inputs: dict[str, Tensor]
    targets: Tensor
    indices: Tensor


@dataclass
class TinyBatches:
    """Learnable data: the label is the largest of the first three features."""

    samples: int = 20
    batch_size: int = 4
    seed: int = 3
    read: list[tuple[int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        generator = torch.Generator().manual_seed(self.seed)
        self.inputs = torch.randn(self.samples, 6, generator=generator)
        self.targets = self.inputs[:, :3].argmax(1)
        self.batches_per_epoch = -(-self.samples // self.batch_size)

    def training(self, epoch: int, start_batch: int = 0) -> Iterator[TinyBatch]:
        generator = torch.Generator().manual_seed(1000 * self.seed + epoch)
        order = torch.randperm(self.samples, generator=generator)
        for number in range(start_batch, self.batches_per_epoch):
            self.read.append((epoch, number))
            yield self._batch(order[number * self.batch_size : (number + 1) * self.batch_size])

    def in_order(self) -> Iterator[TinyBatch]:
        for indices in torch.arange(self.samples).split(self.batch_size):
            yield self._batch(indices)

    def _batch(self, indices: Tensor) -> TinyBatch:
        return TinyBatch({"x": self.inputs[indices]}, self.targets[indices], indices)


@dataclass
class Trial:
    """A loop over a tiny model, with everything it emitted."""

    module: TinyNet
    loop: Loop
    events: list[Event]
    control: Control
    optimizer: torch.optim.Optimizer
    record: Record


def trial(
    folder: Path,
    training: Hyperparameters,
    *,
    module: TinyNet | None = None,
    batches: TinyBatches | None = None,
    forward: object = None,
    compute: Compute = CPU,
) -> Trial:
    module = (module or tiny_net()).train()
    batches = batches or TinyBatches(batch_size=training.batch_size)
    events: list[Event] = []
    control = Control()
    record = Record(folder / "events.jsonl", events.append)
    optimizer = build_optimizer(module, BLOCKS, training)
    stepper = Stepper(
        forward or (lambda inputs: module(inputs["x"])),  # type: ignore[arg-type]
        module,
        optimizer,
        compute,
        criterion=label_loss(training),
        gradient_clip=training.gradient_clip,
    )
    sizes = StepSizes(batches.samples, training.batch_size, training.accumulation)
    loop = Loop(
        stepper,
        batches,
        sizes,
        RatePlan(training, sizes.steps),
        record=record,
        control=control,
        pace=Pace(sizes.steps * training.epochs, training.epochs, 10),
    )
    return Trial(module, loop, events, control, optimizer, record)


def same_bits(one: nn.Module, other: nn.Module) -> bool:
    mine, theirs = one.state_dict(), other.state_dict()
    return mine.keys() == theirs.keys() and all(torch.equal(mine[k], theirs[k]) for k in mine)
