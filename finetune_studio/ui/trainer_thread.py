"""A run, as the window follows it: reads the worker's events and hands over the latest state."""

from __future__ import annotations

from PySide6.QtCore import QObject, QThread, QTimer, Signal

from finetune_studio.events.commands import AnyCommand
from finetune_studio.events.history import RunHistory
from finetune_studio.events.thinning import thinned
from finetune_studio.ui.workers import Errand

_HAND_OVER_MS = 100
LONGEST_GOODBYE_MS = 10_000


class TrainerThread(QThread):
    """Follows one training job from its first event to its last.

    Events are folded into the history in this thread, in order; of a flood of steps, as many as
    the eye can follow. The window takes the latest
    history when it has time, at most ten times a second: nothing queues up behind a busy window,
    however fast events arrive.

    Signals:
        history_changed: the latest `RunHistory`.
        run_ended: the last `RunHistory`, after everything was folded; the thread is over then.
    """

    history_changed = Signal(object)
    run_ended = Signal(object)

    def __init__(
        self, errand: Errand, history: RunHistory | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._errand = errand
        self._latest = history or RunHistory()
        self._shown = self._latest
        self._timer = QTimer(self)
        self._timer.setInterval(_HAND_OVER_MS)
        self._timer.timeout.connect(self._on_timeout)
        self.finished.connect(self._on_finished)

    def begin(self) -> None:
        """Start the job and follow it."""
        self._timer.start()
        self.start()

    def send(self, command: AnyCommand) -> None:
        """Say something to the worker: stop, pause, continue."""
        self._errand.send(command)

    def abandon(self) -> None:
        """Kill the worker. Its last checkpoint stays."""
        self._errand.abandon()

    def close(self) -> None:
        """Kill the worker and wait until the thread is over; nothing is signalled any more."""
        self.blockSignals(True)
        self._timer.stop()
        self._errand.abandon()
        self.wait(LONGEST_GOODBYE_MS)

    def run(self) -> None:
        history = self._latest
        for event in thinned(self._errand.events()):
            history = history.after(event)
            self._latest = history

    def _on_timeout(self) -> None:
        latest = self._latest
        if latest is not self._shown:
            self._shown = latest
            self.history_changed.emit(latest)

    def _on_finished(self) -> None:
        self._timer.stop()
        self._on_timeout()
        self.run_ended.emit(self._latest)
