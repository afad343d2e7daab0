"""What each optimizer and schedule wants that AdamW with a cosine does not, and why."""

from __future__ import annotations

from typing import NamedTuple

from finetune_studio.project.choices import Optimizer, Schedule

# L2 in the gradient is divided by its size, or multiplied by momentum, so little of it does much.
_MIXED_IN = 1e-4


class OptimizerAdvice(NamedTuple):
    """How the settings of an optimizer relate to AdamW's.

    Attributes:
        rate: what AdamW's learning rate is multiplied with.
        decay: what AdamW's weight decay is multiplied with; 0 where decay is mixed into the
            gradient, which is another thing.
        second_momentum: how long the size of gradients is remembered.
    """

    rate: float
    decay: float
    second_momentum: float = 0.999

    def weight_decay(self, of_adamw: float) -> float:
        """The weight decay in place of AdamW's."""
        return float(f"{of_adamw * self.decay:.3g}") if self.decay else _MIXED_IN


ADVICE: dict[Optimizer, OptimizerAdvice] = {
    Optimizer.ADAMW: OptimizerAdvice(1.0, 1.0),
    Optimizer.ADAM: OptimizerAdvice(1.0, 0.0),
    # Steps are not divided by the gradient's size, so the same progress needs a larger rate.
    Optimizer.SGD: OptimizerAdvice(10.0, 0.0),
    Optimizer.ADAGRAD: OptimizerAdvice(5.0, 0.0),
    # Its momentum adds steps up instead of averaging them: with 0.9, ten times as far. Hinton's
    # 0.9 forgets within a batch of labels; PyTorch's 0.99 is the usual choice.
    Optimizer.RMSPROP: OptimizerAdvice(0.1, 0.0, 0.99),
    # Steps are relative to the weights, whose usual size is a few hundredths.
    Optimizer.ADAFACTOR: OptimizerAdvice(20.0, 0.05),
    # Chen et al., 2023, section 5: a rate 3 to 10 times lower, decay higher by as much.
    Optimizer.LION: OptimizerAdvice(0.2, 5.0, 0.99),
}


def usual_warmup(schedule: Schedule) -> float:
    """The share of a run in which the rate climbs: longer where climbing is the point."""
    return 0.3 if schedule is Schedule.ONE_CYCLE else 0.1


def usual_start_divisor(schedule: Schedule) -> float:
    """How many times lower than its height the rate starts: ULMFiT's 32, else fastai's 25."""
    return 32.0 if schedule is Schedule.SLANTED_TRIANGLE else 25.0
