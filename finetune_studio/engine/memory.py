"""How much memory is in use, and whether an error means that there was not enough."""

from __future__ import annotations

import psutil
import torch

from finetune_studio.project.problems import ProblemError

# What backends say that do not raise torch.OutOfMemoryError.
_SIGNS = (
    "out of memory",
    "can't allocate memory",
    "defaultcpuallocator",
    "not enough memory",
    "cudnn_status_alloc_failed",
    "cublas_status_alloc_failed",
)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception says that memory ran out, on the GPU or on the processor."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    return isinstance(error, RuntimeError) and any(sign in str(error).lower() for sign in _SIGNS)


def memory_in_use(device: torch.device) -> int:
    """Bytes: of the GPU's memory what this process reserved, else of the process itself."""
    if device.type == "cuda":
        return torch.cuda.memory_reserved(device)
    if device.type == "mps":
        return int(torch.mps.driver_allocated_memory())
    return int(psutil.Process().memory_info().rss)


def release_cached(device: torch.device) -> None:
    """Give memory back that the allocator only keeps for later."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()


def too_large(what: str) -> ProblemError:
    """The problem of something that does not fit into memory even one sample at a time."""
    return ProblemError.of(
        f"There is not enough memory for {what}.",
        "It did not fit even one sample at a time.",
        "Train fewer layers, choose a smaller model or a shorter longest text, or close other "
        "programs.",
        code="out_of_memory",
    )
