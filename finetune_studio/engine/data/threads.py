"""Doing one thing to many inputs in a few threads, in order, so that a stop is heard at once."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

from finetune_studio.engine.stopping import StopRequested, check

In = TypeVar("In")
Out = TypeVar("Out")

# Decoders and disks let go of the interpreter; more threads than this wait for one another.
_MOST_THREADS = 8
_AHEAD = 16  # groups of inputs for each thread


def thread_count() -> int:
    """How many threads are worth having on this machine."""
    return max(2, min(_MOST_THREADS, os.cpu_count() or 2))


def in_threads(
    work: Callable[[In], Out],
    inputs: Iterable[In],
    stop_requested: StopRequested,
    *,
    together: int = 1,
    ahead: int = 0,
) -> Generator[Out, None, None]:
    """Yield ``work(input)`` for each input, in order; never does a thread wait for a slow one.

    Args:
        work: done in a thread.
        inputs: each is one argument.
        stop_requested: asked before more is begun.
        together: inputs a thread takes at a time. Handing one over takes as long as a short work.
        ahead: how many times as much is begun for each thread before the first result is taken; 0
            is as usual.

    Raises:
        Stopped: a stop was asked for; no thread is left running.
    """

    def do(group: Sequence[In]) -> list[Out]:
        return [work(one) for one in group]

    waiting_inputs = iter(inputs)
    groups = iter(lambda: list(islice(waiting_inputs, together)), [])
    begun: deque[Future[list[Out]]] = deque()
    with ThreadPoolExecutor(thread_count(), thread_name_prefix="data") as pool:
        try:
            for group in groups:
                if len(begun) == thread_count() * (ahead or _AHEAD):
                    yield from begun.popleft().result()
                check(stop_requested)
                begun.append(pool.submit(do, group))
            while begun:
                yield from begun.popleft().result()
        finally:
            for waiting in begun:
                waiting.cancel()
