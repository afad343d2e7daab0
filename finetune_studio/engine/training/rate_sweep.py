"""Training a few steps at ever higher rates, and forgetting all of it afterwards."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import nn

from finetune_studio.engine.compute import Compute
from finetune_studio.engine.evaluation.answers import Batch
from finetune_studio.engine.memory import release_cached, too_large
from finetune_studio.engine.stopping import StopRequested, check
from finetune_studio.engine.training.loop import StepSizes, TrainingBatches, step_seed
from finetune_studio.engine.training.rate_suggestions import Smoothing
from finetune_studio.engine.training.step import Stepper
from finetune_studio.engine.trials.bench import untouched
from finetune_studio.project.faults import is_out_of_memory
from finetune_studio.project.problems import ProblemError

LOWEST, HIGHEST = 1e-7, 10.0
# A loss so many times the lowest so far will not come down again.
_HOPELESS = 4.0

Tried = Callable[[int, float, float, float], None]


def rising_rates(count: int) -> list[float]:
    """So many rates, each the same factor higher than the one before."""
    factor = (HIGHEST / LOWEST) ** (1.0 / max(1, count - 1))
    return [LOWEST * factor**index for index in range(count)]


def sweep(
    stepper: Stepper,
    batches: TrainingBatches,
    sizes: StepSizes,
    rates: Sequence[float],
    *,
    seed: int,
    tried: Tried,
    stop_requested: StopRequested,
) -> bool:
    """Make a step at each rate until the loss shoots up (Smith, Cyclical learning rates, 2017).

    Args:
        stepper: on a model whose weights may be changed.
        batches: of training, mixed as in a run.
        sizes: of its steps.
        rates: ascending.
        seed: of everything random.
        tried: hears of each step: its number from 1, the rate, the loss before the step, smoothed.
        stop_requested: asked before each step.

    Returns:
        whether the loss shot up before the rates were through.

    Raises:
        Stopped: a stop was asked for.
        ProblemError: not even one sample fits into memory.
    """
    smoothing, lowest = Smoothing(), math.inf
    steps = _steps(batches, sizes)
    for number, rate in enumerate(rates, 1):
        check(stop_requested)
        samples, group = next(steps)
        loss = _loss(stepper, step_seed(seed, 1, number), samples, rate, group)
        if not math.isfinite(loss):
            return True
        smooth = smoothing.after(loss)
        tried(number, rate, loss, smooth)
        lowest = min(lowest, smooth)
        if smooth > _HOPELESS * lowest:
            return True
    return False


@contextmanager
def undone(module: nn.Module, optimizer: torch.optim.Optimizer, compute: Compute) -> Iterator[None]:
    """Whatever is learned inside is forgotten: weights, statistics, moments, chance and modes."""
    trained = [p for p in module.parameters() if p.requires_grad]
    kept = [(one, one.detach().clone()) for one in (*trained, *module.buffers())]
    state = copy.deepcopy(optimizer.state_dict())
    with untouched(module, compute):
        try:
            yield
        finally:
            optimizer.zero_grad(set_to_none=True)
            optimizer.load_state_dict(state)
            with torch.no_grad():
                for one, before in kept:
                    one.copy_(before)


def _steps(batches: TrainingBatches, sizes: StepSizes) -> Iterator[tuple[int, list[Batch]]]:
    """The samples and batches of step after step, for as many epochs as it takes."""
    epoch = 0
    while True:
        epoch += 1
        reading = batches.training(epoch)
        for index in range(sizes.steps):
            group = [batch for _, batch in zip(range(sizes.accumulation), reading, strict=False)]
            yield sizes.of_step(index), group


def _loss(stepper: Stepper, seed: int, samples: int, rate: float, group: list[Batch]) -> float:
    """Make a step in as small pieces as memory asks for; its loss, infinite if not a number."""
    while True:
        try:
            stepper.begin(seed, samples, rate)
            for batch in group:
                stepper.gather(batch)
            return float(stepper.update()[0])
        except ProblemError as error:
            if error.problem.code != "loss_not_finite":
                raise
            return math.inf
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
        stepper.take_back()
        release_cached(stepper.compute.device)
        before = stepper.micro_batch or max(len(batch.targets) for batch in group)
        if before == 1:
            raise too_large("training")
        stepper.micro_batch = before // 2
