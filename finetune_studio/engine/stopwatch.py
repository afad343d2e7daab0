"""How long a step takes, and whether other programs had a part in that."""

from __future__ import annotations

import time
from dataclasses import dataclass

import psutil
import torch

from finetune_studio.engine.compute import Compute

# Of one core, on average over the step; the system counts in hundredths of a second.
_DISTURBING = 0.2
_RESOLUTION_S = 0.03


@dataclass(frozen=True)
class Step:
    """One timed step.

    Attributes:
        seconds: it took; where others disturbed it, as good an estimate as can be had.
        disturbed: whether other programs needed the processor meanwhile.
        wall: seconds that went by on the clock; 0 when not asked for.
    """

    seconds: float
    disturbed: bool = False
    wall: float = 0.0


class Stopwatch:
    """Runs from when it is made."""

    def __init__(self, compute: Compute) -> None:
        self._compute = compute
        self._busy, self._own = _busy_seconds(), time.process_time()
        self._started = time.perf_counter()

    def step(self) -> Step:
        """The time so far, once the device has done everything it was given."""
        finish(self._compute.device)
        wall = time.perf_counter() - self._started
        if self._compute.device.type != "cpu":
            return Step(wall, wall=wall)
        own = time.process_time() - self._own
        others = _busy_seconds() - self._busy - own
        if others <= _DISTURBING * wall + _RESOLUTION_S:
            return Step(wall, wall=wall)
        # Threads that wait for one another do so awake, so all of them count nearly all the time.
        return Step(min(wall, own / self._compute.threads), disturbed=True, wall=wall)


def _busy_seconds() -> float:
    """Of all cores and programs together."""
    times = psutil.cpu_times()
    return float(times.user + times.system)


def finish(device: torch.device) -> None:
    """Wait until a device has done everything it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()
