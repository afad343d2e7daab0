"""The jobs other than training: at most one under a key, each in a thread and worker of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from finetune_studio.events.commands import Run
from finetune_studio.events.events import AnyEvent, JobFailed, Progress
from finetune_studio.ui.job_thread import JobThread
from finetune_studio.ui.snapshot import Activity
from finetune_studio.ui.workers import Errand, Workers

_OF_PROJECT = (
    "inspect",
    "earlier",
    "describe",
    "evaluate",
    "predict",
    "export",
    "vary",
    "clean",
    "vary_texts",
    "find_rate",
)


class Jobs(QObject):
    """Starts jobs, stops them, and keeps what can be shown of them as activities.

    Signals:
        activities_changed: `activities` is another mapping now.
        happened: the key of a job, and an event of it that is neither progress nor its end.
        failed: the key of a job, and the `Problem` that ended it.
        ended: the key of a job that is over, however it ended; its worker is free again.
    """

    activities_changed = Signal()
    happened = Signal(str, object)
    failed = Signal(str, object)
    ended = Signal(str)

    def __init__(self, workers: Workers, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.activities: dict[str, Activity] = {}
        self._workers = workers
        self._threads: dict[str, JobThread] = {}
        self._leaving: set[JobThread] = set()

    def start(self, key: str, job: str, arguments: dict[str, Any], phase: str) -> None:
        """Start a job under a key; one that is still busy under it is stopped and forgotten."""
        self._dismiss(key)
        thread = JobThread(key, Errand(self._workers, Run(job=job, arguments=arguments)), self)
        thread.events_arrived.connect(self._on_events_arrived)
        thread.job_ended.connect(self._on_job_ended)
        self._threads[key] = thread
        self._show(key, Activity(phase=phase))
        thread.begin()

    def cancel(self, key: str) -> None:
        """Stop a job, or dismiss the problem it ended with."""
        self._dismiss(key)
        if key in self.activities:
            self._show(key, None)

    def is_busy(self, key: str) -> bool:
        """Whether a job is under way under a key."""
        return key in self._threads

    def cancel_of_project(self) -> None:
        """Stop whatever is about the open project, without waiting; downloads go on."""
        for key in _OF_PROJECT:
            self.cancel(key)

    def close(self) -> None:
        """Kill whatever is still busy and wait until every thread is over."""
        for thread in (*self._threads.values(), *self._leaving):
            thread.close()
        self._threads.clear()
        self._leaving.clear()

    def _dismiss(self, key: str) -> None:
        thread = self._threads.pop(key, None)
        if thread is None:
            return
        self._leaving.add(thread)
        thread.dismiss()

    def _show(self, key: str, activity: Activity | None) -> None:
        others = {name: one for name, one in self.activities.items() if name != key}
        self.activities = others if activity is None else {**others, key: activity}
        self.activities_changed.emit()

    def _on_events_arrived(self, thread: JobThread, events: tuple[AnyEvent, ...]) -> None:
        for event in events:
            if self._threads.get(thread.key) is thread:
                self._take_up(thread.key, event)

    def _take_up(self, key: str, event: AnyEvent) -> None:
        if isinstance(event, Progress):
            self._show(key, _moved_on(self.activities[key], event))
        elif isinstance(event, JobFailed):
            self._show(key, Activity(phase=self.activities[key].phase, problem=event.problem))
            self.failed.emit(key, event.problem)
        else:
            self.happened.emit(key, event)

    def _on_job_ended(self, thread: JobThread) -> None:
        self._leaving.discard(thread)
        if self._threads.get(thread.key) is thread:
            del self._threads[thread.key]
            if self.activities[thread.key].busy:
                self._show(thread.key, None)
            self.ended.emit(thread.key)
        thread.deleteLater()


def _moved_on(activity: Activity, event: Progress) -> Activity:
    share = min(1.0, event.done / event.total) if event.total else None
    return replace(activity, phase=event.phase, share=share, seconds_left=event.seconds_left)
