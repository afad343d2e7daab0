"""The learning rate over a run, as a pure function: training follows it and the window draws it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate

from finetune_studio.project.choices import Schedule, WarmupUnit
from finetune_studio.project.settings.scheduling import ScheduleSettings

# What PyTorch's OneCycleLR divides the rate of the first step by to get that of the last.
_ONE_CYCLE_END = 1e4
# fastai's and PyTorch's momentum of 0.95 and 0.85, around the 0.9 both have otherwise.
_MOMENTUM_SWING = 0.05


@dataclass(frozen=True)
class _Moment:
    """One step of a run.

    Attributes:
        step: counted from 0 over the whole run.
        steps: of the whole run.
        warm: how many of them are warm-up.
        epochs: finished before it.
    """

    step: int
    steps: int
    warm: int
    epochs: int

    @property
    def done(self) -> float:
        """How much of what comes after the warm-up is over, from 0 to less than 1."""
        return (self.step - self.warm) / max(1, self.steps - self.warm)


def learning_rate_factor(
    settings: ScheduleSettings, step: int, steps: int, steps_per_epoch: int
) -> float:
    """What the learning rate is multiplied with in one step.

    In most schedules the rate climbs in a straight line during the warm-up and reaches its full
    height with the warm-up's last step; no step is wasted on a rate of zero, neither the first
    nor the last. One-cycle and slanted triangles climb in their own way for as long.

    Args:
        settings: the shape. Reduce on plateau is flat here: when it falls depends on validation.
        step: counted from 1 over the whole run.
        steps: of the whole run.
        steps_per_epoch: of the whole run's epochs, which are equally long.
    """
    now = _moment(settings, step, steps, steps_per_epoch)
    if now.step < now.warm and settings.schedule not in _OWN_CLIMB:
        return step / now.warm
    return _SHAPES[settings.schedule](settings, now)


def momentum_swing(settings: ScheduleSettings, step: int, steps: int) -> float | None:
    """What is added to the momentum in one step: less where the rate is high, and the other way.

    Smith, A disciplined approach to neural network hyper-parameters, 2018, section 4.3; ``None``
    unless the schedule is one-cycle and momentum is to follow it.
    """
    if settings.schedule is not Schedule.ONE_CYCLE or not settings.cycle_momentum:
        return None
    height, _ = _one_cycle_height(_moment(settings, step, steps, steps))
    return _MOMENTUM_SWING * (1.0 - 2.0 * height)


def warmup_length(settings: ScheduleSettings, steps: int) -> int:
    """How many of a run's steps are warm-up."""
    if settings.warmup_unit is WarmupUnit.STEPS:
        return min(settings.warmup_steps, steps)
    return round(settings.warmup * steps)


def _moment(settings: ScheduleSettings, step: int, steps: int, steps_per_epoch: int) -> _Moment:
    epochs = (step - 1) // max(1, steps_per_epoch)
    return _Moment(step - 1, steps, warmup_length(settings, steps), epochs)


def _flat(_settings: ScheduleSettings, _now: _Moment) -> float:
    return 1.0


def _linear(_settings: ScheduleSettings, now: _Moment) -> float:
    return 1.0 - now.done


def _cosine(_settings: ScheduleSettings, now: _Moment) -> float:
    """Loshchilov and Hutter, SGDR, 2017, equation 5, without restarts."""
    return _half_wave(now.done)


def _cosine_restarts(settings: ScheduleSettings, now: _Moment) -> float:
    """Loshchilov and Hutter, SGDR, 2017: cycles fill the run, each so many times the last."""
    lengths = [settings.cycle_growth**cycle for cycle in range(settings.cycles)]
    total = now.steps - now.warm
    starts = [0, *(round(total * end / sum(lengths)) for end in accumulate(lengths))]
    done = now.step - now.warm
    begun = max(cycle for cycle in range(settings.cycles) if starts[cycle] <= done)
    length = max(1, starts[begun + 1] - starts[begun])
    return _half_wave((done - starts[begun]) / length)


def _polynomial(settings: ScheduleSettings, now: _Moment) -> float:
    """Liu, Rabinovich and Berg, ParseNet, 2015: the "poly" rate."""
    return float((1.0 - now.done) ** settings.decay_power)


def _exponential(settings: ScheduleSettings, now: _Moment) -> float:
    """The same share less with every step, so that the given share is left at the end."""
    return float(settings.rate_left**now.done)


def _step(settings: ScheduleSettings, now: _Moment) -> float:
    return float(settings.step_factor ** (now.epochs // settings.step_every))


def _one_cycle(settings: ScheduleSettings, now: _Moment) -> float:
    """Smith and Topin, Super-convergence, 2018, with fastai's half waves instead of lines."""
    height, rises = _one_cycle_height(now)
    start = 1.0 / settings.start_divisor
    floor = start if rises else start / _ONE_CYCLE_END
    return floor + (1.0 - floor) * height


def _one_cycle_height(now: _Moment) -> tuple[float, bool]:
    """Where between the lowest rate (0) and the highest (1) a step is; whether that rises."""
    peak = max(0, min(now.warm, now.steps) - 1)
    if now.step < peak:
        return _half_wave(1.0 - now.step / peak), True
    return _half_wave((now.step - peak) / max(1, now.steps - 1 - peak)), False


def _slanted_triangle(settings: ScheduleSettings, now: _Moment) -> float:
    """Howard and Ruder, ULMFiT, 2018, equation 3."""
    cut = min(now.warm, now.steps - 1)
    height = now.step / cut if now.step < cut else 1.0 - (now.step - cut) / (now.steps - cut)
    return (1.0 + height * (settings.start_divisor - 1.0)) / settings.start_divisor


def _half_wave(done: float) -> float:
    """From 1 to 0 as the cosine falls from the top of a wave to its bottom."""
    return 0.5 * (1.0 + math.cos(math.pi * done))


_SHAPES: dict[Schedule, Callable[[ScheduleSettings, _Moment], float]] = {
    Schedule.CONSTANT: _flat,
    Schedule.LINEAR: _linear,
    Schedule.COSINE: _cosine,
    Schedule.COSINE_RESTARTS: _cosine_restarts,
    Schedule.POLYNOMIAL: _polynomial,
    Schedule.EXPONENTIAL: _exponential,
    Schedule.STEP: _step,
    Schedule.ONE_CYCLE: _one_cycle,
    Schedule.SLANTED_TRIANGLE: _slanted_triangle,
    Schedule.PLATEAU: _flat,
}
_OWN_CLIMB = (Schedule.ONE_CYCLE, Schedule.SLANTED_TRIANGLE)
