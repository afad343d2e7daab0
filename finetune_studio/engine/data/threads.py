"""Doing one thing to many inputs in a few threads, in order, so that a stop is heard at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from finetune_studio.engine.stopping import StopRequested, check

In = TypeVar("In")
Out = TypeVar("Out")

# Decoders and disks let go of the interpreter; more threads than this wait for one another.
_MOST_THREADS = 8
_AHEAD = 16


def thread_count() -> int:
    """How many threads are worth having on this machine."""
    return max(2, min(_MOST_THREADS, os.cpu_count() or 2))


def in_threads(
    work: Callable[[In], Out], inputs: Sequence[In], stop_requested: StopRequested
) -> Iterator[Out]:
    """Yield ``work(input)`` for each input, in order.

    Raises:
        Stopped: a stop was asked for; no thread is left running.
    """
    chunk = thread_count() * _AHEAD
    with ThreadPoolExecutor(thread_count(), thread_name_prefix="data") as pool:
        for start in range(0, len(inputs), chunk):
            check(stop_requested)
            yield from pool.map(work, inputs[start : start + chunk])
