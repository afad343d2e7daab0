"""Many inputs in a few threads: in order, a few at a time, and a stop is heard."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from itertools import count

import pytest

from finetune_studio.engine.data.threads import in_threads, thread_count
from finetune_studio.engine.stopping import Stopped


@pytest.mark.parametrize("together", [1, 7])
def test_results_come_in_the_order_of_the_inputs(together: int) -> None:
    def slowest_first(number: int) -> int:
        time.sleep(0.02 if number == 0 else 0)
        return number * 2

    found = list(in_threads(slowest_first, range(100), lambda: False, together=together))

    assert found == [number * 2 for number in range(100)]


def test_of_an_endless_source_no_more_is_taken_than_is_asked_for_ahead() -> None:
    taken: list[int] = []

    def source() -> Iterator[int]:
        for number in count():
            taken.append(number)
            yield number

    results = in_threads(str, source(), lambda: False, ahead=2)
    assert [next(results) for _ in range(5)] == ["0", "1", "2", "3", "4"]
    results.close()

    assert len(taken) <= 5 + 2 * thread_count()


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
