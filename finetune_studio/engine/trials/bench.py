"""Timing training steps of the real model in different ways, leaving no trace of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from finetune_studio.engine import compute as computing
from finetune_studio.engine.compute import Compute
from finetune_studio.engine.evaluation.answers import Batch
from finetune_studio.engine.model.freezing import set_training_mode
from finetune_studio.engine.model.outputs import plain_losses
from finetune_studio.engine.stopwatch import Step, Stopwatch
from finetune_studio.engine.training.optimizer import build_optimizer
from finetune_studio.engine.training.step import Stepper
from finetune_studio.engine.training.target_losses import loss_for
from finetune_studio.engine.trials.ways import Way, variations
from finetune_studio.project.choices import MemoryFormat, Precision
from finetune_studio.project.hyperparameters import Hyperparameters

if TYPE_CHECKING:
    from finetune_studio.engine.model.bundle import ModelBundle

# Enough to see whether numbers go astray, few enough to cost next to nothing.
_COMPARED = 8


class Bench:
    """A model on which steps are timed.

    A step here is all of a step but the optimizer's update, which would change the weights and is
    the same in every way.

    Args:
        bundle: frozen as it will be trained.
        trainable: the module paths that train.
        batch: real data.
        training: the settings of the run.
        compute: what would be taken untimed.

    Attributes:
        compute: the same.
        model_id: the bundle's.
    """

    def __init__(
        self,
        bundle: ModelBundle,
        trainable: frozenset[str],
        batch: Batch,
        training: Hyperparameters,
        compute: Compute,
    ) -> None:
        self.model_id = bundle.id
        self._bundle = bundle
        self._trainable = trainable
        self._batch = batch
        self._training = training
        self.compute = compute
        self._optimizer = build_optimizer(bundle.module, bundle.blocks, training)
        self._steppers: dict[Way, Stepper] = {}
        self._exact: Tensor | None = None

    def variations(self, best: Way) -> tuple[Way, ...]:
        """What may be changed about the best of the first ways with this model and batch."""
        norms = torch.nn.modules.batchnorm._BatchNorm  # noqa: SLF001 - the base of all of them
        with untouched(self._bundle.module, self.compute):
            set_training_mode(self._bundle.module, self._trainable)
            training = [part for part in self._bundle.module.modules() if part.training]
        return variations(
            best,
            self._training,
            len(self._batch.targets),
            on_processor=self.compute.device.type == "cpu",
            divisible=not any(isinstance(part, norms) for part in training),
        )

    def step(self, way: Way) -> Step:
        """Make one training step and take it back.

        Raises:
            RuntimeError: memory ran out, among others.
            ProblemError: the batch cannot be learned from in any way.
        """
        stepper = self._stepper(way)
        compute = stepper.compute
        self._turn_to(compute)
        set_training_mode(self._bundle.module, self._trainable)
        try:
            watch = Stopwatch(compute)
            stepper.begin(self._training.seed, len(self._batch.targets), rate=0.0)
            stepper.gather(self._batch)
            return watch.step()
        finally:
            stepper.take_back()

    def losses(self, way: Way) -> Tensor:
        """Losses of a few samples, nothing left to chance; float32 [samples] on the processor."""
        compute = replace(way.on(self.compute), compiled=False)
        self._turn_to(compute)
        self._bundle.module.eval()
        few = SimpleNamespace(
            inputs={name: tensor[:_COMPARED] for name, tensor in self._batch.inputs.items()},
            targets=self._batch.targets[:_COMPARED],
        )
        with torch.inference_mode(), compute.numbers():
            logits = self._bundle(compute.moved(few.inputs)).float()
            targets = compute.here(few.targets)
            return plain_losses(logits, targets).cpu()

    def exact_losses(self) -> Tensor:
        """Those of float32 in PyTorch's usual order."""
        if self._exact is None:
            plain = replace(
                Way.of_compute(self.compute),
                memory_format=MemoryFormat.CONTIGUOUS,
                precision=Precision.FP32,
            )
            self._exact = self.losses(plain)
        return self._exact

    def _stepper(self, way: Way) -> Stepper:
        if way not in self._steppers:
            self._steppers[way] = Stepper(
                self._bundle,
                self._bundle.module,
                self._optimizer,
                way.on(self.compute),
                criterion=loss_for(self._bundle.outputs, self._training),
            )
        return self._steppers[way]

    def _turn_to(self, compute: Compute) -> None:
        computing.apply(compute)
        compute.placed(self._bundle.module)


@contextmanager
def untouched(module: nn.Module, compute: Compute) -> Iterator[None]:
    """Whatever is done inside, modes of training and everything random are as before."""
    modes = [(part, part.training) for part in module.modules()]
    gpus = [compute.device] if compute.device.type == "cuda" else []
    with torch.random.fork_rng(gpus):
        try:
            yield
        finally:
            for part, mode in modes:
                part.training = mode
