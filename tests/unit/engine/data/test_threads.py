"""Many inputs in a few threads: in order, a few at a time, and a stop is heard."""

from __future__ import annotations

import threading
import time

import pytest

from finetune_studio.engine.data.threads import in_threads
from finetune_studio.engine.stopping import Stopped


@pytest.mark.parametrize("together", [1, 7])
def test_results_come_in_the_order_of_the_inputs(together: int) -> None:
    def slowest_first(number: int) -> int:
        time.sleep(0.02 if number == 0 else 0)
        return number * 2

    found = list(in_threads(slowest_first, range(100), lambda: False, together=together))

    assert found == [number * 2 for number in range(100)]


def test_a_stop_ends_the_work_and_the_threads() -> None:
    begun: list[int] = []
    results = in_threads(begun.append, range(10_000), lambda: len(begun) > 9)

    with pytest.raises(Stopped):
        list(results)

    assert len(begun) < 100
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("data")]


def test_an_error_in_a_thread_reaches_the_caller() -> None:
    with pytest.raises(ZeroDivisionError):
        list(in_threads(lambda number: 1 // number, [1, 0, 1], lambda: False))
