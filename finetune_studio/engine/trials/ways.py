"""The ways a model can be computed, the most promising first."""

from __future__ import annotations

import importlib.util
import os
import shutil
from dataclasses import dataclass, replace

from finetune_studio.engine.compute import Compute, bf16_speedup
from finetune_studio.events.descriptions import Trial
from finetune_studio.project.choices import Compilation, MemoryFormat, Precision, Task
from finetune_studio.project.hyperparameters import Hyperparameters

# A processor that only imitates bfloat16 would take minutes to show how slow it is.
_HOPELESS = 0.8
# Fewer threads can only win where many have to wait for one another.
_MANY_THREADS = 8
# Half of a batch of 16 keeps the cores busy, and its numbers may fit into the cache.
_DIVISIBLE = 16
_PIECES = 4


@dataclass(frozen=True)
class Way:
    """One way to compute; hashable, so that it can name what was measured of it."""

    memory_format: MemoryFormat
    precision: Precision
    threads: int
    compiled: bool = False
    micro_batch: int = 0

    @classmethod
    def of_compute(cls, compute: Compute) -> Way:
        """The way a decision computes."""
        return cls(
            memory_format=compute.memory_format,
            precision=compute.precision,
            threads=compute.threads,
            compiled=compute.compiled,
            micro_batch=compute.micro_batch,
        )

    @classmethod
    def of_trial(cls, trial: Trial) -> Way:
        """The way a trial timed."""
        return cls(
            memory_format=MemoryFormat(trial.memory_format),
            precision=Precision(trial.precision),
            threads=trial.threads,
            compiled=trial.compiled,
            micro_batch=trial.micro_batch,
        )

    def trial(
        self, seconds: float | None = None, loss: float | None = None, note: str = ""
    ) -> Trial:
        """What was found out about this way."""
        return Trial(
            memory_format=self.memory_format.value,
            precision=self.precision.value,
            compiled=self.compiled,
            threads=self.threads,
            micro_batch=self.micro_batch,
            seconds=seconds,
            loss=loss,
            note=note,
        )

    def on(self, compute: Compute) -> Compute:
        """A decision changed to this way."""
        return replace(
            compute,
            precision=self.precision,
            threads=self.threads,
            channels_last=self.memory_format is MemoryFormat.CHANNELS_LAST,
            compiled=self.compiled,
            micro_batch=self.micro_batch,
        )


def first_ways(compute: Compute, training: Hyperparameters, task: Task) -> tuple[Way, ...]:
    """The ways that differ in precision and order of memory, without those settled by a setting.

    What would be taken untimed comes first, then what usually is fastest.
    """
    default = replace(Way.of_compute(compute), compiled=False)
    ways = [
        replace(default, memory_format=order, precision=precision)
        for precision in _precisions(compute, training)
        for order in _orders(compute, training, task)
    ]
    ways.sort(key=lambda way: (way != default, way.memory_format != default.memory_format))
    return tuple(ways)


def variations(
    best: Way, training: Hyperparameters, batch_size: int, *, on_processor: bool, divisible: bool
) -> tuple[Way, ...]:
    """What may be changed about the best of the first ways, one thing at a time.

    ``divisible`` is whether a batch may pass through the model in pieces without being another:
    batch norm that trains compares the samples of a piece.
    """
    if not on_processor:
        return ()
    found = []
    if training.threads == 0 and best.threads >= _MANY_THREADS:
        found.append(replace(best, threads=best.threads // 2))
    if training.micro_batch == 0 and divisible and batch_size >= _DIVISIBLE:
        found.append(replace(best, micro_batch=-(-batch_size // _PIECES)))
    return tuple(found)


def compiled_way(best: Way, training: Hyperparameters, device: str) -> Way | None:
    """The best way with the model compiled, where that may be and can be done."""
    if training.compile is not Compilation.AUTO or not can_compile(device):
        return None
    return replace(best, compiled=True)


def can_compile(device: str) -> bool:
    """Whether what `torch.compile` needs is here: a C++ compiler, or Triton for a GPU."""
    if device == "cuda":
        return importlib.util.find_spec("triton") is not None
    chosen = os.environ.get("CXX", "")
    return device == "cpu" and any(map(shutil.which, filter(None, (chosen, "g++", "clang++"))))


def _precisions(compute: Compute, training: Hyperparameters) -> list[Precision]:
    if training.precision is not Precision.AUTO:
        return [compute.precision]
    if compute.device.type == "cuda":
        return [Precision.BF16, Precision.FP16, Precision.FP32]
    if compute.device.type == "cpu" and bf16_speedup(compute.device) > _HOPELESS:
        return [Precision.BF16, Precision.FP32]
    return [Precision.FP32]


def _orders(compute: Compute, training: Hyperparameters, task: Task) -> list[MemoryFormat]:
    chosen = task is Task.TEXT or training.memory_format is not MemoryFormat.AUTO
    if chosen or compute.device.type == "mps":
        return [compute.memory_format]
    return [MemoryFormat.CHANNELS_LAST, MemoryFormat.CONTIGUOUS]
