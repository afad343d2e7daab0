from __future__ import annotations

import mmap

import pytest
import torch

from finetune_studio.engine.memory import (
    is_out_of_memory,
    memory_in_use,
)


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB"),
        MemoryError(),
        RuntimeError("MPS backend out of memory (MPS allocated: 17 GB)"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    ],
)
def test_each_way_of_saying_that_memory_ran_out_is_understood(error: Exception) -> None:
    assert is_out_of_memory(error)


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("mat1 and mat2 shapes cannot be multiplied"),
        ValueError("out of memory"),
        RuntimeError("CUDA error: device-side assert triggered"),
    ],
)
def test_other_trouble_is_not_taken_for_it(error: Exception) -> None:
    assert not is_out_of_memory(error)


def test_a_real_allocation_that_cannot_be_is_understood() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**60, dtype=torch.uint8)
    assert is_out_of_memory(caught.value)


def test_the_processors_memory_is_that_of_the_process() -> None:
    page, pages = b"\1" * mmap.PAGESIZE, 100_000_000 // mmap.PAGESIZE
    before = memory_in_use(torch.device("cpu"))
    # Not malloc's: it may hand out again what this process has freed and kept.
    with mmap.mmap(-1, pages * mmap.PAGESIZE) as held:
        for _ in range(pages):
            held.write(page)
        assert memory_in_use(torch.device("cpu")) - before > 80_000_000
