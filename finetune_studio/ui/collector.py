"""Garbage collection in the window's thread only.

Python collects in whichever thread happens to allocate. In the thread that reads a worker's
events that would destroy widgets outside the thread they live in, and crash.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

_EVERY_MS = 1_000


class Collector(QObject):
    """Switches automatic collection off and collects on a timer of the thread it is made in."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thresholds = gc.get_threshold()
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self._on_timeout)

    def start(self) -> None:
        """Take over from Python."""
        gc.disable()
        self._timer.start()

    def set_aside(self) -> None:
        """Look through what is there now for the last time: modules and pages, which stay.

        Looking through it again and again would hold the window up for longer each time.
        """
        gc.collect()
        gc.freeze()

    def stop(self) -> None:
        """Give collection back to Python."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()

    def _on_timeout(self) -> None:
        # The oldest generation that is due, as Python itself would choose it.
        for generation in (2, 1, 0):
            if gc.get_count()[generation] > self._thresholds[generation] > 0:
                gc.collect(generation)
                return
