"""Step figures on their way from the device to those who watch.

Asking a GPU for a number makes the processor wait for it. So figures stay on the device and are
fetched a few steps at a time.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field

import torch
from torch import Tensor

from finetune_studio.engine.memory import memory_in_use
from finetune_studio.engine.training.pace import Pace
from finetune_studio.engine.training.record import TOLD_EVERY_S, Record
from finetune_studio.engine.training.step import Stepper
from finetune_studio.events.events import StepFinished

# Trouble is noticed when figures arrive, so they must not wait for long.
_MOST_WAITING = 10


@dataclass
class EpochTotals:
    """What an epoch's steps add up to."""

    steps: int = 0
    samples: int = 0
    loss_sum: float = 0.0
    right: float = 0.0
    learning_rates: dict[str, float] = field(default_factory=dict)

    @property
    def loss(self) -> float:
        """Mean over all samples."""
        return self.loss_sum / max(1, self.samples)

    @property
    def accuracy(self) -> float:
        """Share of right answers, each given before the step that learned from it."""
        return self.right / max(1, self.samples)


@dataclass(frozen=True)
class _Waiting:
    step: int
    epoch: int
    samples: int
    learning_rates: dict[str, float]
    told: Tensor  # [3] loss, accuracy, norm; with a gradient scaler [4], its scale


class StepReports:
    """Collects steps and tells them in small batches.

    Attributes:
        totals: of the running epoch, as far as figures have arrived.
        skipped: updates that the gradient scaler has left out in the run, likewise.
    """

    def __init__(self, record: Record, stepper: Stepper, pace: Pace) -> None:
        self.totals = EpochTotals()
        self.skipped = 0
        self._record = record
        self._stepper = stepper
        self._pace = pace
        self._waiting: list[_Waiting] = []
        self._flushed = time.monotonic()

    def begin_epoch(self) -> None:
        """Start adding up anew."""
        self.totals = EpochTotals()
        self._waiting.clear()

    def add(
        self, step: int, epoch: int, samples: int, learning_rates: dict[str, float], told: Tensor
    ) -> None:
        """Take a step's figures, still on the device; passes them on when it is time.

        Raises:
            ProblemError: figures that arrived are not finite.
        """
        self._waiting.append(_Waiting(step, epoch, samples, learning_rates, told))
        due = time.monotonic() - self._flushed >= TOLD_EVERY_S
        if due or len(self._waiting) >= _MOST_WAITING:
            self.flush()

    def flush(self, *, tell: bool = False) -> None:
        """Fetch what waits, write it down and tell it.

        Args:
            tell: tell the last step even if another was told a moment ago.

        Raises:
            ProblemError: figures that arrived are not finite; the steps are written down.
        """
        self._flushed = time.monotonic()
        if not self._waiting:
            self._record.steps([], tell=tell)
            return
        waiting, self._waiting = self._waiting, []
        figures = torch.stack([one.told for one in waiting]).cpu().tolist()
        self._pace.stepped(len(waiting), sum(one.samples for one in waiting))
        memory = memory_in_use(self._stepper.compute.device)
        self._record.steps(
            [self._event(one, told, memory) for one, told in zip(waiting, figures, strict=True)],
            tell=tell,
        )
        for one, told in zip(waiting, figures, strict=True):
            if self._stepper.compute.device.type != "cpu":
                self._stepper.check(told)
            self._add_up(one, told)

    def _event(self, one: _Waiting, told: list[float], memory: int) -> StepFinished:
        loss, accuracy, norm, *scale = told
        self.skipped += bool(scale) and not math.isfinite(norm)
        return StepFinished(
            at=time.time(),
            step=one.step,
            epoch=one.epoch,
            loss=loss,
            accuracy=accuracy,
            learning_rates=one.learning_rates,
            gradient_norm=norm,
            samples_per_second=self._pace.samples_per_second,
            memory=memory,
            seconds_left=self._pace.seconds_left,
            share=self._pace.share,
            scale=scale[0] if scale else None,
            skipped=self.skipped,
        )

    def _add_up(self, one: _Waiting, told: list[float]) -> None:
        self.totals.steps += 1
        self.totals.samples += one.samples
        self.totals.loss_sum += told[0] * one.samples
        self.totals.right += told[1] * one.samples
        self.totals.learning_rates = one.learning_rates
