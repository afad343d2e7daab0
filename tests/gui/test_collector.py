"""Garbage is collected in the window's thread and nowhere else."""

from __future__ import annotations

import gc
import threading

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


def _make_cycles() -> None:
    for _ in range(50_000):
        cycle: list[object] = []
        cycle.append(cycle)
