"""A fixture for tests of tiny models, which have nothing to divide among threads."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch


@pytest.fixture(autouse=True)
def one_thread(_few_threads: None) -> Iterator[None]:
    """Compute on one thread, and go back to what was before."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
