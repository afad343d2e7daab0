from __future__ import annotations

import mmap

import pytest
import torch

from finetune_studio.engine.memory import memory_in_use
from finetune_studio.project.faults import is_out_of_memory


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
