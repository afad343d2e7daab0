"""A job other than training, as the window follows it."""

from __future__ import annotations

import threading

from PySide6.QtCore import QObject, QThread, QTimer, Signal

from finetune_studio.events.commands import Stop
from finetune_studio.events.events import AnyEvent, Progress
from finetune_studio.ui.workers import Errand

_HAND_OVER_MS = 50
_LONGEST_GOODBYE_MS = 10_000
_PATIENCE_MS = 5_000


class JobThread(QThread):
    """Follows one job from its first event to its last.

    Events are handed over in order, in batches; of several `Progress` in a row only the last one
    is kept, so that a chatty job cannot bury the window.

    Signals:
        events_arrived: this thread, and a tuple of events, oldest first.
        job_ended: this thread; nothing more will come, it is over.
    """

    events_arrived = Signal(object, tuple)
    job_ended = Signal(object)

    def __init__(self, key: str, errand: Errand, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.key = key
        self._errand = errand
        self._lock = threading.Lock()
        self._waiting: list[AnyEvent] = []
        self._timer = QTimer(self)
        self._timer.setInterval(_HAND_OVER_MS)
        self._timer.timeout.connect(self._on_timeout)
        self._patience = QTimer(self, singleShot=True, interval=_PATIENCE_MS)
        self._patience.timeout.connect(self.abandon)
        self.finished.connect(self._on_finished)

    def begin(self) -> None:
        """Start the job and follow it."""
        self._timer.start()
        self.start()

    def dismiss(self) -> None:
        """Ask the worker to stop; one that does not listen is killed after a while."""
        self._errand.send(Stop())
        self._patience.start()

    def abandon(self) -> None:
        """Kill the worker; the job ends as failed."""
        self._errand.abandon()

    def close(self) -> None:
        """Kill the worker and wait until the thread is over; nothing is signalled any more."""
        self.blockSignals(True)
        self._timer.stop()
        self._patience.stop()
        self._errand.abandon()
        self.wait(_LONGEST_GOODBYE_MS)

    def run(self) -> None:
        for event in self._errand.events():
            self._put(event)

    def _put(self, event: AnyEvent) -> None:
        with self._lock:
            newest = self._waiting[-1] if self._waiting else None
            if isinstance(event, Progress) and isinstance(newest, Progress):
                self._waiting[-1] = event
            else:
                self._waiting.append(event)

    def _on_timeout(self) -> None:
        with self._lock:
            batch, self._waiting = tuple(self._waiting), []
        if batch:
            self.events_arrived.emit(self, batch)

    def _on_finished(self) -> None:
        self._timer.stop()
        self._patience.stop()
        self._on_timeout()
        self.job_ended.emit(self)
