"""The training loop: an epoch of steps, with everything that may come between two of them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from finetune_studio.engine.data.order import mixed
from finetune_studio.engine.evaluation.answers import Batch
from finetune_studio.engine.memory import release_cached, too_large
from finetune_studio.engine.stopping import Control, GoingBack, check
from finetune_studio.engine.training.pace import Pace
from finetune_studio.engine.training.record import Record
from finetune_studio.engine.training.reports import EpochTotals, StepReports
from finetune_studio.engine.training.step import Stepper
from finetune_studio.events.events import ProblemFound, RunContinued, RunPaused
from finetune_studio.project.faults import is_out_of_memory
from finetune_studio.project.problems import Problem, Severity
from finetune_studio.project.rate_plan import RatePlan

_INSIDE_STEP = 1  # sets these seeds apart from those of order and augmentation


class TrainingBatches(Protocol):
    """Batches in an order that only depends on the seed and the epoch."""

    batches_per_epoch: int

    def training(self, epoch: int, start_batch: int = 0) -> Iterator[Batch]:
        """The epoch's batches from one of them on."""


@dataclass(frozen=True)
class StepSizes:
    """How an epoch's samples are divided into steps.

    Attributes:
        samples: in one epoch.
        batch_size: samples of every batch but the last.
        accumulation: batches of every step but the last.
    """

    samples: int
    batch_size: int
    accumulation: int

    @property
    def steps(self) -> int:
        """Steps in one epoch."""
        return -(-self.samples // (self.batch_size * self.accumulation))

    def of_step(self, index: int) -> int:
        """Samples of an epoch's step, counted from 0."""
        full = self.batch_size * self.accumulation
        return min(full, self.samples - index * full)


class Loop:
    """Trains one epoch after another.

    Which batches there are, and what the model is, the loop does not know: it is given batches
    and, inside the stepper, a function from inputs to logits.

    Attributes:
        rates: of the steps to come; may be replaced between epochs.
        reports: of the steps made.
    """

    def __init__(
        self,
        stepper: Stepper,
        batches: TrainingBatches,
        sizes: StepSizes,
        rates: RatePlan,
        *,
        record: Record,
        control: Control,
        pace: Pace,
    ) -> None:
        self.stepper = stepper
        self._batches = batches
        self._sizes = sizes
        self.rates = rates
        self._record = record
        self._control = control
        self._pace = pace
        self.reports = StepReports(record, stepper, pace)

    def turn_to(self, batches: TrainingBatches) -> None:
        """Go on with other batches of the same samples."""
        self._batches = batches

    @property
    def totals(self) -> EpochTotals:
        """What the steps of the running or last epoch add up to."""
        return self.reports.totals

    def train_epoch(self, epoch: int) -> EpochTotals:
        """Train an epoch, counted from 1.

        Raises:
            Stopped: a stop was asked for; the steps made so far are in :attr:`totals`.
            GoingBack: it is to go on from the best epoch; the steps made so far are void.
            ProblemError: the loss is no number any more, or not even one sample fits into memory.
        """
        self.reports.begin_epoch()
        self._pace.start()
        done = 0
        try:
            while done < self._sizes.steps:
                done, fits = self._make_steps(epoch, done)
                if not fits:
                    self._halve_micro_batch()
        finally:
            self.reports.flush(tell=True)
        return self.totals

    def _make_steps(self, epoch: int, done: int) -> tuple[int, bool]:
        """Make steps to the end of the epoch, or until memory runs out.

        Returns:
            how many of the epoch's steps are made, and whether memory sufficed. The batches of
            a step that did not fit are read again: their order depends on nothing but the epoch.
        """
        accumulation = self._sizes.accumulation
        batches = self._batches.training(epoch, done * accumulation)
        while done < self._sizes.steps:
            self._between_steps(epoch, done)
            if not self._make_step(epoch, done, itertools.islice(batches, accumulation)):
                return done, False
            done += 1
        return done, True

    def _between_steps(self, epoch: int, done: int) -> None:
        step = self._step_number(epoch, done) - 1
        self._control.wait_while_paused(
            lambda: self._on_paused(step), lambda: self._on_continued(step)
        )
        check(self._control.stop_requested)
        # In the first epoch there is nothing to go back to yet, and the request waits.
        if epoch > 1 and self._control.take_going_back():
            raise GoingBack

    def _on_paused(self, step: int) -> None:
        self.reports.flush(tell=True)
        self._record(RunPaused(step=step))

    def _on_continued(self, step: int) -> None:
        self._pace.start()
        self._record(RunContinued(step=step))

    def _make_step(self, epoch: int, done: int, group: Iterator[Batch]) -> bool:
        """Make one step; whether memory sufficed. When not, it was taken back."""
        step = self._step_number(epoch, done)
        samples = self._sizes.of_step(done)
        seed = step_seed(self.rates.training.seed, epoch, step)
        try:
            rate, momentum = self.rates.rate(step), self.rates.momentum(step)
            rates = self.stepper.begin(seed, samples, rate, momentum)
            for batch in group:
                self.stepper.gather(batch)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
        else:
            self.reports.add(step, epoch, samples, rates, self.stepper.update())
            return True
        # Outside the except block, whose traceback holds on to the tensors.
        self.stepper.take_back()
        release_cached(self.stepper.compute.device)
        return False

    def _halve_micro_batch(self) -> None:
        before = self.stepper.micro_batch or min(self._sizes.batch_size, self._sizes.samples)
        if before == 1:
            raise too_large("training")
        self.stepper.micro_batch = before // 2
        self._record(ProblemFound(problem=_smaller(before, before // 2)))

    def _step_number(self, epoch: int, done: int) -> int:
        return (epoch - 1) * self._sizes.steps + done + 1


def step_seed(seed: int, epoch: int, step: int) -> int:
    """The seed of everything random inside one step; depends on nothing that ran before."""
    return mixed(seed, epoch, step, _INSIDE_STEP)


def _smaller(before: int, after: int) -> Problem:
    return Problem(
        what=f"Memory ran out with {before} samples at once; {after} are used from now on.",
        why="The step was taken back and is made again in smaller pieces.",
        remedy="Nothing needs to be done: a step still learns from as many samples as before.",
        severity=Severity.NOTE,
        code="micro_batch_halved",
    )
