"""What the epochs to come will take, where more layers train in them than in those before.

Each epoch's work is estimated beforehand from the times of the model's blocks, and held against
what the work done so far really took. Only how much dearer later epochs are is taken from the
estimate: what a step costs beside the layers (reading, counting) is measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from finetune_studio.engine.compute import Compute
from finetune_studio.engine.data.loaders import Batches
from finetune_studio.engine.model.layers import describe
from finetune_studio.engine.progress import Emit
from finetune_studio.events.events import Event, FrozenPartComputed, FrozenPartPlanned, Progress
from finetune_studio.events.run_estimate import LOOKING, PhaseEstimate, estimate_phases
from finetune_studio.project.faults import is_out_of_memory
from finetune_studio.project.project import Project
from finetune_studio.project.timeline import Phase

if TYPE_CHECKING:
    from finetune_studio.engine.model.bundle import ModelBundle


def foresee(
    bundle: ModelBundle,
    planned: Sequence[Phase],
    project: Project,
    compute: Compute,
    train: Batches,
    emit: Emit,
) -> tuple[PhaseEstimate, ...]:
    """Estimate the phases of a run; none where all its epochs are alike, or memory is too small."""
    if len(planned) == 1:
        return ()
    emit(Progress(phase="Timing the layers", done=0))
    try:
        model = describe(bundle, compute, roughly=True)
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        return ()
    return estimate_phases(model, planned, project, tokens=_usual_tokens(train))


def _usual_tokens(train: Batches) -> float:
    """The usual length of a text, padding included; 0 of pictures."""
    if train.padding is None:
        return 0.0
    lengths = train.source.lengths(train.positions, None)
    return sum(lengths) / max(1, len(lengths)) / max(0.1, 1 - train.padding)


@dataclass(frozen=True)
class EpochCost:
    """What an epoch is expected to take, in seconds.

    Attributes:
        frozen: of computing what is stored for it, before its first step.
        step: of a step.
        looking: of validation.
    """

    frozen: float
    step: float
    looking: float


class Outlook:
    """The work of each epoch, and how long such work takes here.

    How long is the factor between measured and expected seconds that errs least (least squares
    over all steps and all that was stored). So work that takes long decides, and a head whose
    steps take next to nothing says nothing about the layers below it.
    """

    def __init__(
        self, phases: Sequence[PhaseEstimate], samples: int, steps: int, validation: int
    ) -> None:
        """Nothing is measured yet.

        Args:
            phases: as `foresee` estimates them.
            samples: of training, in an epoch.
            steps: of an epoch.
            validation: samples.
        """
        self._phases = tuple(phases)
        self._samples, self._steps, self._validation = samples, steps, validation
        self._used: dict[int, bool] = {}
        self._until: list[float] = []
        self._divides = True
        self.epochs = phases[-1].last
        # The estimate itself counts as much as one step of the most expensive epochs.
        most = max(self.of(phase.first).step for phase in phases)
        self._products = self._squares = most**2

    @property
    def factor(self) -> float:
        """Measured seconds for each expected one."""
        return self._products / self._squares if self._squares else 1.0

    def of(self, epoch: int) -> EpochCost:
        """What an epoch is expected to take."""
        phase = self._phase(epoch)
        each = self._each(phase)
        fresh = stored = 0
        if self._stores(phase):
            stored = self._samples if epoch - phase.first < phase.whole else 0
            fresh = self._validation if epoch == phase.first else 0
        return EpochCost(
            frozen=(stored + fresh) * self._frozen(phase),
            step=each * self._samples / max(1, self._steps),
            looking=each * LOOKING * self._validation,
        )

    def share(self, epoch: int, steps: int) -> float:
        """How much of the expected work is done, so many steps into an epoch."""
        if not self._until:
            each = (self.of(one) for one in range(1, self.epochs + 1))
            works = (one.frozen + self._steps * one.step + one.looking for one in each)
            self._until = [0.0, *accumulate(works)]
        now, whole = self.of(epoch), self._until[-1]
        done = self._until[epoch - 1] + now.frozen + steps * now.step
        return min(1.0, done / whole) if whole else 0.0

    def hear(self, event: Event) -> None:
        """Learn what became of the frozen layers."""
        self._until.clear()
        if isinstance(event, FrozenPartPlanned):
            expected = self._phase(event.first_epoch).stores
            self._used[event.first_epoch] = event.used
            # A network that cannot be divided here will hardly be divided later.
            self._divides = event.used or not expected
        elif isinstance(event, FrozenPartComputed) and event.samples:
            at_once = self._samples / max(1, self._steps)
            expected_each = self._frozen(self._phase(max(self._used, default=1)))
            self._learn(
                at_once * event.seconds / event.samples,
                at_once * expected_each,
                event.samples / at_once,
            )

    def stepped(self, epoch: int, seconds: float, steps: int) -> None:
        """So many steps of an epoch took so long each."""
        self._learn(seconds, self.of(epoch).step, steps)

    def expected(self, measured: float, now: float, then: float) -> float:
        """What work will take that is expected to take ``then``, from other work of its kind.

        Args:
            measured: seconds of the other work.
            now: that were expected of it.
            then: that are expected of the work to come.
        """
        if then <= now:
            return measured * then / now if now else measured
        return max(self.factor * then, measured + self.factor * (then - now))

    def after(self, epoch: int, step: float, validation: float) -> float:
        """Seconds of all epochs after one whose steps and validation take so long."""
        now, left = self.of(epoch), 0.0
        for later in range(epoch + 1, self.epochs + 1):
            then = self.of(later)
            left += self.factor * then.frozen
            left += self._steps * self.expected(step, now.step, then.step)
            left += self.expected(validation, now.looking, then.looking)
        return left

    def _learn(self, measured: float, expected: float, times: float) -> None:
        self._products += times * measured * expected
        self._squares += times * expected**2

    def _phase(self, epoch: int) -> PhaseEstimate:
        return next(phase for phase in reversed(self._phases) if phase.first <= epoch)

    def _stores(self, phase: PhaseEstimate) -> bool:
        return self._used.get(phase.first, phase.stores and self._divides)

    def _each(self, phase: PhaseEstimate) -> float:
        """Of a sample in a step."""
        cost = phase.cost
        return cost.later_seconds_per_sample if self._stores(phase) else cost.seconds_per_sample

    def _frozen(self, phase: PhaseEstimate) -> float:
        """Of a sample in the frozen layers."""
        return max(0.0, phase.cost.seconds_per_sample - phase.cost.later_seconds_per_sample)
