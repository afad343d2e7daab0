"""One optimizer update from one or more batches."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grads_with_norm_, get_total_norm

from finetune_studio.engine.compute import Compute
from finetune_studio.engine.evaluation.answers import Batch, Forward
from finetune_studio.engine.training.adversary import Adversary
from finetune_studio.engine.training.averaging import Average
from finetune_studio.engine.training.criterion import Criterion, LabelLoss
from finetune_studio.engine.training.distillation import Distillation
from finetune_studio.engine.training.optimizer import set_learning_rate
from finetune_studio.engine.training.starting_point import StartingPoint
from finetune_studio.project.problems import ProblemError

_MOST_SKIPS = 50
_PLAIN = LabelLoss()
_NORM_SIGN = "Expected more than 1 value per channel"


class Stepper:
    """Gathers the gradient of some batches, then updates the weights once.

    The gradient is that of the mean loss over all samples of the step, however they are divided
    into batches and micro-batches, and however many are in the last one.

    Attributes:
        compute: where and in what numbers.
        micro_batch: samples that pass through the model at once; 0 is the whole batch.
        skipped: updates in a row that the gradient scaler left out (float16 only).
    """

    def __init__(  # noqa: PLR0913 - each is one fact, and all are needed
        self,
        forward: Forward,
        module: nn.Module,
        optimizer: torch.optim.Optimizer,
        compute: Compute,
        *,
        criterion: Criterion = _PLAIN,
        gradient_clip: float = 0.0,
        start: StartingPoint | None = None,
        average: Average | None = None,
        distillation: Distillation | None = None,
        adversary: Adversary | None = None,
    ) -> None:
        """A stepper before its first step.

        Args:
            forward: inputs to logits.
            module: what trains, with its frozen parts.
            optimizer: updates the weights.
            compute: where and in what numbers.
            criterion: the loss of each sample.
            gradient_clip: the longest gradient that is let through; 0 is any.
            start: pulls the weights toward where they started.
            average: follows the weights from step to step.
            distillation: holds the answers about earlier labels.
            adversary: has each batch learned a second time, with words that mislead; half the
                gradient is of that.
        """
        self.compute = compute
        self.micro_batch = compute.micro_batch
        self.skipped = 0
        self.scaler = torch.amp.GradScaler(
            compute.device.type, enabled=compute.needs_scaling, init_scale=2.0**14
        )
        self._forward = _compiled(forward) if compute.compiled else forward
        self._module = module
        self._optimizer = optimizer
        self._criterion = criterion
        self._start = start
        self._average = average
        self._distillation = distillation
        self._adversary = adversary
        self._gradient_clip = gradient_clip
        self._kept: list[tuple[Tensor, Tensor]] = []
        self._expected = self._seen = 0
        self._none = self._loss = self._right = torch.zeros((), device=compute.device)
        self._look_around()

    def turn_to(self, forward: Forward, start: StartingPoint | None = None) -> None:
        """Go on with what trains now, after layers woke.

        Args:
            forward: inputs to logits, as in the constructor.
            start: likewise; prepared on what trains now.
        """
        if self.compute.compiled:
            # Else what was compiled for earlier layers counts against how often PyTorch does it.
            torch.compiler.reset()
        self._forward = _compiled(forward) if self.compute.compiled else forward
        self._look_around()
        self._start = start
        if self._average is not None:
            self._average.follow()

    def begin(
        self, seed: int, samples: int, rate: float, momentum: float | None = None
    ) -> dict[str, float]:
        """Start a step.

        Args:
            seed: of dropout in this step.
            samples: how many the step's batches hold in all.
            rate: the learning rate.
            momentum: of the optimizer; ``None`` leaves it as it is.

        Returns:
            the learning rates by parameter group.
        """
        self.compute.seed(seed)
        self._forget_gradients()
        self._kept = [(buffer, buffer.clone()) for buffer in self._running_statistics()]
        self._expected, self._seen = samples, 0
        self._loss = self._right = self._none
        return set_learning_rate(self._optimizer, rate, momentum)

    def take_back(self) -> None:
        """Undo a step that was begun: no gradient is left, no statistic has moved."""
        self._forget_gradients()
        for buffer, before in self._kept:
            buffer.copy_(before)

    def gather(self, batch: Batch) -> None:
        """Add a batch's share to the gradient."""
        count = len(batch.targets)
        size = self.micro_batch or count
        if size >= count:
            self._gather(batch.inputs, batch.targets, batch.indices)
            return
        for start in range(0, count, size):
            piece = slice(start, start + size)
            inputs = {name: tensor[piece] for name, tensor in batch.inputs.items()}
            self._gather(inputs, batch.targets[piece], batch.indices[piece])

    def update(self) -> Tensor:
        """Update the weights.

        Returns:
            [3] float32 on the device: mean loss, share of right answers, norm of the gradient
            before clipping; [4] with a gradient scaler, whose scale is last.

        Raises:
            ProblemError: loss or gradient are no finite numbers (on the processor, where looking
                costs nothing; elsewhere the caller looks when the figures arrive).
        """
        self.scaler.unscale_(self._optimizer)
        gradients = [p.grad for p in self._parameters if p.grad is not None]
        if self._seen != self._expected:  # samples that could not be read were left out
            torch._foreach_mul_(gradients, self._expected / self._seen)
            self._loss = self._loss * (self._expected / self._seen)
        if self._start is not None:
            self._start.pull()
        norm = get_total_norm(gradients)
        figures = [self._loss, self._right / self._seen, norm.float()]
        if self.scaler.is_enabled():
            figures.append(self.scaler.scale(torch.ones_like(self._loss)))
        told = torch.stack(figures)
        if self.compute.device.type == "cpu":
            self.check(told.tolist())
        if self._clips(norm):
            clip_grads_with_norm_(self._parameters, self._gradient_clip, norm)
        self.scaler.step(self._optimizer)
        self.scaler.update()
        if self._average is not None:
            self._average.update()
        return told

    def check(self, told: list[float]) -> None:
        """Let pass only figures one can go on from.

        With float16 an update whose gradient overflowed was skipped; some are normal.

        Raises:
            ProblemError: they are not finite, or too many updates in a row were skipped.
        """
        self.skipped = 0 if all(map(math.isfinite, told)) else self.skipped + 1
        if not self.scaler.is_enabled() or self.skipped >= _MOST_SKIPS:
            refuse_non_finite(told)

    def _clips(self, norm: Tensor) -> bool:
        """Whether clipping may change the gradient; a GPU is not asked how long that is."""
        if self.compute.device.type != "cpu":
            return self._gradient_clip > 0
        return 0 < self._gradient_clip <= float(norm) + 1e-6

    def _gather(self, inputs: dict[str, Tensor], targets: Tensor, indices: Tensor) -> None:
        targets = self.compute.here(targets)
        inputs = self.compute.moved(inputs)
        before = self._distillation.answers(inputs, indices) if self._distillation else None
        try:
            with self.compute.numbers():
                logits = self._forward(inputs).float()
        except ValueError as error:
            if _NORM_SIGN not in str(error):
                raise
            raise _too_few(error) from error
        loss = self._criterion.mean(logits, targets)
        share = len(targets) / self._expected
        taught = loss
        if self._distillation is not None and before is not None:
            taught = loss + self._distillation.loss(logits, before)
        self._seen += len(targets)
        whole = share == 1.0  # times 1 is nothing but work, forward and backward
        misled = self._adversary is not None and self._adversary.can_mislead(inputs)
        part = share / 2 if misled else share
        self.scaler.scale(taught if part == 1.0 else taught * part).backward()
        if misled:
            self._learn_misled(inputs, targets, part)
        right = self._criterion.right(logits.detach(), targets).sum()
        self._loss = loss.detach() if whole else self._loss + loss.detach() * share
        self._right = right if whole else self._right + right

    def _learn_misled(self, inputs: dict[str, Tensor], targets: Tensor, part: float) -> None:
        """Add the gradient of answers to words that were moved along the gradient there is."""
        assert self._adversary is not None
        with self._adversary.misleading(inputs):
            with self.compute.numbers():
                logits = self._forward(inputs).float()
            loss = self._criterion.mean(logits, targets)
            self.scaler.scale(loss * part).backward()

    def _look_around(self) -> None:
        """Remember what every step needs of the module, so that it need not be searched again."""
        self._parameters = [p for p in self._module.parameters() if p.requires_grad]
        self._with_buffers = [
            module for module in self._module.modules() if any(True for _ in _own_buffers(module))
        ]

    def _forget_gradients(self) -> None:
        # The optimizer does the same, and takes notes for a profiler that nobody runs.
        for parameter in self._parameters:
            parameter.grad = None

    def _running_statistics(self) -> list[Tensor]:
        return [
            buffer
            for module in self._with_buffers
            if module.training
            for buffer in _own_buffers(module)
        ]


def _own_buffers(module: nn.Module) -> Iterator[Tensor]:
    return module.buffers(recurse=False)


def _compiled(forward: Forward) -> Forward:
    """A function as machine code, made when it is first called.

    What cannot be compiled runs as it is.
    """
    torch._dynamo.config.suppress_errors = True  # noqa: SLF001 - it has no other name
    result: Forward = torch.compile(forward)
    return result


def refuse_non_finite(told: list[float]) -> None:
    """Let pass only finite numbers: a loss, then what comes with it.

    Raises:
        ProblemError: one is infinite or undefined.
    """
    if all(map(math.isfinite, told)):
        return
    what = "gradient" if math.isfinite(told[0]) else "loss"
    raise ProblemError.of(
        f"The {what} is no longer a finite number.",
        "The steps were too large for the model, or the data hold extreme values.",
        "Lower the learning rate, or switch gradient clipping on; what is saved so far is kept.",
        where="training.learning_rate",
        code="loss_not_finite",
    )


def _too_few(error: ValueError) -> ProblemError:
    return ProblemError.of(
        "This model cannot learn from a single sample at a time.",
        f"Its batch norm compares samples with one another, and one was alone. ({error})",
        "Choose a batch size that leaves no single sample over at the end of an epoch.",
        where="training.batch_size",
        code="batch_of_one",
    )
