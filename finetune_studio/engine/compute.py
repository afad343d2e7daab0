"""Where and in what numbers a job computes: decided once, applied once, reported once."""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from finetune_studio.engine.memory import reuse_freed
from finetune_studio.project.choices import Device, MemoryFormat, Precision
from finetune_studio.project.problems import ProblemError

_NUMBERS = {Precision.BF16: torch.bfloat16, Precision.FP16: torch.float16}
# Switching brings rounding; it has to be worth it.
_WORTH_IT = 1.25
_TRIALS = 5
PIXELS = "pixels"  # the one input that is pictures
_PICTURES = 4  # dimensions of a batch of them


@dataclass(frozen=True)
class Compute:
    """What was decided.

    Attributes:
        precision: of the heavy arithmetic; never "auto". Weights stay float32.
        threads: of one operation on the processor.
        reason: in words.
        channels_last: whether pictures lie pixel after pixel, not channel after channel.
        compiled: whether what trains is compiled; looking at the result never is.
        micro_batch: samples that pass through the model at once while it trains; 0 is all.
    """

    device: torch.device
    precision: Precision
    threads: int
    reason: str = ""
    channels_last: bool = False
    compiled: bool = False
    micro_batch: int = 0

    @property
    def memory_format(self) -> MemoryFormat:
        """How pictures lie in memory, by its name."""
        return MemoryFormat.CHANNELS_LAST if self.channels_last else MemoryFormat.CONTIGUOUS

    def numbers(self) -> contextlib.AbstractContextManager[object]:
        """Compute in the chosen precision inside this context."""
        kind = _NUMBERS.get(self.precision)
        if kind is None:
            return contextlib.nullcontext()
        return torch.autocast(self.device.type, dtype=kind)

    def placed(self, module: nn.Module) -> None:
        """Move a module to the device, the weights of convolutions in the chosen order."""
        order = torch.channels_last if self.channels_last else torch.contiguous_format
        module.to(self.device, memory_format=order)  # type: ignore[call-overload]

    def moved(self, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """The tensors on the device, pixels in the chosen order of memory."""
        return {name: self._moved(name, tensor) for name, tensor in inputs.items()}

    def here(self, tensor: Tensor) -> Tensor:
        """One tensor on the device, its order of memory as it was."""
        return self._to(tensor, torch.preserve_format)

    def _moved(self, name: str, tensor: Tensor) -> Tensor:
        pictures = self.channels_last and name == PIXELS and tensor.ndim == _PICTURES
        return self._to(tensor, torch.channels_last if pictures else torch.preserve_format)

    def _to(self, tensor: Tensor, order: torch.memory_format) -> Tensor:
        if tensor.device == self.device and order is torch.preserve_format:
            return tensor
        travels = self.device.type == "cuda" and tensor.device.type == "cpu"
        # From pinned memory a GPU fetches values while the processor goes on.
        kept = tensor.pin_memory() if travels else tensor
        return kept.to(self.device, memory_format=order, non_blocking=travels)

    def seed(self, seed: int) -> None:
        """Decide everything random that happens on the processor and on the device from now on."""
        # torch.manual_seed also takes down a stack trace for each kind of device not in use.
        torch.default_generator.manual_seed(seed)
        if self.device.type == "cuda":
            torch.cuda.manual_seed_all(seed)
        elif self.device.type == "mps":
            torch.mps.manual_seed(seed)

    @property
    def exact(self) -> bool:
        """Whether the same work gives the same bits again."""
        return self.device.type == "cpu"

    @property
    def needs_scaling(self) -> bool:
        """Whether gradients are so small in this precision that the loss is scaled up."""
        return self.precision is Precision.FP16


def choose(
    device: Device = Device.AUTO,
    precision: Precision = Precision.FP32,
    threads: int = 0,
    memory_format: MemoryFormat = MemoryFormat.AUTO,
) -> Compute:
    """Decide where and how to compute, by what is known of machines like this one.

    ``threads`` 0 is as many as there are cores for.

    Raises:
        ProblemError: the chosen device is not here.
    """
    place = _place(device)
    numbers, reason = _numbers(precision, place)
    order = memory_format
    if order is MemoryFormat.AUTO:
        fast = place.type in ("cpu", "cuda")
        order = MemoryFormat.CHANNELS_LAST if fast else MemoryFormat.CONTIGUOUS
    return Compute(
        device=place,
        precision=numbers,
        threads=threads or torch.get_num_threads(),
        reason=reason,
        channels_last=order is MemoryFormat.CHANNELS_LAST,
    )


def apply(compute: Compute) -> None:
    """Make the process compute as decided, and the same way each time as far as that is free."""
    if torch.get_num_threads() != compute.threads:
        torch.set_num_threads(compute.threads)
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True
    if compute.device.type == "cpu":
        reuse_freed()
    if compute.device.type == "cuda":
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")


def bf16_speedup(device: torch.device) -> float:
    """How many times faster a matrix product is in bfloat16 than in float32, measured (50 ms)."""
    if device.type == "mps":
        return 1.0
    if device.type == "cuda":
        return 2.0 if torch.cuda.is_bf16_supported(including_emulation=False) else 0.5
    exact = torch.ones(256, 1024)
    rounded = exact.to(torch.bfloat16)
    return _seconds(exact) / max(1e-9, _seconds(rounded))


def is_bf16_fast(device: torch.device) -> bool:
    """Whether bfloat16 is worth its rounding there."""
    return bf16_speedup(device) >= _WORTH_IT


def _place(device: Device) -> torch.device:
    here = {
        Device.CPU: True,
        Device.CUDA: torch.cuda.is_available(),
        Device.MPS: torch.backends.mps.is_available(),
    }
    if device is Device.AUTO:
        found = next(kind for kind in (Device.CUDA, Device.MPS, Device.CPU) if here[kind])
        return torch.device(found.value)
    if not here[device]:
        raise ProblemError.of(
            f"This computer has no {device.title_text} that can be used.",
            "None was found, or its driver does not answer.",
            "Choose “Automatic” or “Processor” as the device.",
            where="training.device",
            code="device_missing",
        )
    return torch.device(device.value)


def _numbers(precision: Precision, place: torch.device) -> tuple[Precision, str]:
    if precision is Precision.FP16 and place.type != "cuda":
        return Precision.FP32, "float16 needs an NVIDIA GPU, so float32 is used."
    if precision is not Precision.AUTO:
        return precision, "As chosen."
    if is_bf16_fast(place):
        return Precision.BF16, "bfloat16 is clearly faster here."
    return Precision.FP32, "bfloat16 is not faster here."


def _seconds(matrix: Tensor) -> float:
    """Of the quickest of a few products of a matrix with itself."""
    other = matrix.T.contiguous()
    torch.mm(matrix, other)
    times = []
    for _ in range(_TRIALS):
        started = time.perf_counter()
        torch.mm(matrix, other)
        times.append(time.perf_counter() - started)
    return min(times)
