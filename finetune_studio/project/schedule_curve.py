"""The learning rate over a run, as a pure function: training follows it and the window draws it."""

from __future__ import annotations

import math

from finetune_studio.project.choices import Schedule


def learning_rate_factor(
    schedule: Schedule,
    step: int,
    steps: int,
    warmup: float,
    steps_per_epoch: int,
    step_every: int = 1,
    step_factor: float = 1.0,
) -> float:
    """What the learning rate is multiplied with in one step.

    The rate climbs in a straight line during the warm-up and reaches its full height with the
    warm-up's last step; no step is wasted on a rate of zero, neither the first nor the last.

    Args:
        schedule: the shape after the warm-up. Cosine is Loshchilov and Hutter's (SGDR, 2017)
            without restarts.
        step: counted from 1 over the whole run.
        steps: of the whole run.
        warmup: share of all steps, 0 to 1.
        steps_per_epoch: of the whole run's epochs, which are equally long.
        step_every: epochs between two drops of the step schedule.
        step_factor: what each of these drops multiplies the rate with.
    """
    warm = round(warmup * steps)
    if step <= warm:
        return step / warm
    done = (step - warm - 1) / max(1, steps - warm)
    if schedule is Schedule.LINEAR:
        return 1.0 - done
    if schedule is Schedule.COSINE:
        return 0.5 * (1.0 + math.cos(math.pi * done))
    if schedule is Schedule.STEP:
        epochs_done = (step - 1) // max(1, steps_per_epoch)
        return float(step_factor ** (epochs_done // step_every))
    return 1.0
