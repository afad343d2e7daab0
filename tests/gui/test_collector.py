"""Garbage is collected in the window's thread and nowhere else."""

from __future__ import annotations

import gc
import threading
import weakref

from pytestqt.qtbot import QtBot

from finetune_studio.ui.collector import Collector


def test_cycles_go_away_in_the_main_thread(qtbot: QtBot) -> None:
    threads: set[str] = set()

    def note(phase: str, info: dict[str, int]) -> None:
        threads.add(threading.current_thread().name)

    collector = Collector()
    collector.start()
    gc.callbacks.append(note)
    try:
        worker = threading.Thread(target=_make_cycles, name="reads-a-pipe")
        worker.start()
        worker.join()
        assert threads == set()
        qtbot.waitUntil(lambda: bool(threads), timeout=3000)
    finally:
        gc.callbacks.remove(note)
        collector.stop()
    assert threads == {"MainThread"}
    assert gc.isenabled()


def test_what_stays_is_looked_through_once_and_garbage_goes_all_the_same(qtbot: QtBot) -> None:
    collector = Collector()
    collector.start()
    try:
        collector.set_aside()
        assert gc.get_freeze_count() > 0
        cycle = Cycle()
        gone = weakref.ref(cycle)
        cycle.own = cycle
        del cycle
        gc.collect()
        assert gone() is None
    finally:
        collector.stop()
    assert gc.get_freeze_count() == 0


class Cycle:
    """Holds on to itself."""

    own: Cycle


def _make_cycles() -> None:
    for _ in range(50_000):
        cycle: list[object] = []
        cycle.append(cycle)
