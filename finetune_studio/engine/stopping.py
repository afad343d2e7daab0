"""Stop and pause are requests, read at fixed points where nothing is half done."""

from __future__ import annotations

import threading
from collections.abc import Callable

StopRequested = Callable[[], bool]


class Stopped(Exception):  # noqa: N818 - being asked to stop is no error
    """The job was asked to stop and has left nothing half done."""


class GoingBack(Exception):  # noqa: N818 - being asked to go back is no error
    """Training was asked to go on from its best epoch and has left nothing half done."""


def check(stop_requested: StopRequested) -> None:
    """Raise `Stopped` when a stop was asked for."""
    if stop_requested():
        raise Stopped


class Control:
    """The requests a job can read; another thread sets them."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._back = threading.Event()
        self._go = threading.Event()
        self._go.set()

    def stop(self) -> None:
        """Ask the job to end; also ends a pause."""
        self._stop.set()
        self._go.set()

    def pause(self) -> None:
        """Ask the job to wait between two steps."""
        if not self._stop.is_set():
            self._go.clear()

    def resume(self) -> None:
        """End a pause."""
        self._go.set()

    def go_back(self) -> None:
        """Ask a training run to go on from its best epoch; also ends a pause."""
        self._back.set()
        self._go.set()

    def take_going_back(self) -> bool:
        """Whether going back was asked for since this was asked last."""
        if not self._back.is_set():
            return False
        self._back.clear()
        return True

    def stop_requested(self) -> bool:
        """Whether the job should end at the next safe point."""
        return self._stop.is_set()

    def wait_while_paused(
        self, on_pause: Callable[[], None], on_continue: Callable[[], None]
    ) -> None:
        """Return at once when no pause is asked for; else announce it and wait until it ends."""
        if self._go.is_set():
            return
        on_pause()
        self._go.wait()
        on_continue()
