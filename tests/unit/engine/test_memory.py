from __future__ import annotations

import mmap
import subprocess
import sys

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


# In a process of its own: what malloc keeps depends on everything that ran before.
_KEEPS_AND_GIVES_BACK = """
import torch
from finetune_studio.engine.memory import give_back, memory_in_use, reuse_freed

class Circle:
    def __init__(self, size):
        self.me, self.tensor = self, torch.ones(size)

CPU = torch.device("cpu")
reuse_freed()
before = memory_in_use(CPU)
for size in (30_000_000, 30_000_000):
    circle = Circle(size)
    del circle
    kept = memory_in_use(CPU) - before
    give_back()
    print(kept, memory_in_use(CPU) - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc is told what to keep")
def test_freed_memory_is_kept_until_it_is_to_be_given_back_and_again_afterwards() -> None:
    run = [sys.executable, "-c", _KEEPS_AND_GIVES_BACK]
    told = subprocess.run(run, capture_output=True, text=True, check=True).stdout
    for line in told.splitlines():
        kept, left = map(int, line.split())
        assert kept > 100_000_000
        assert left < 30_000_000
