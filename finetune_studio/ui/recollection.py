"""Finding out what the earlier data are like, whenever something they depend on changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer

from finetune_studio.events import events as ev
from finetune_studio.ui import wishes
from finetune_studio.ui.jobs import Jobs
from finetune_studio.ui.snapshot import Snapshot
from finetune_studio.ui.store import Store

_KEY = "earlier"
_LATER_MS = 150


class Recollection(QObject):
    """Keeps what is known of the earlier data up to date; nothing while there are none."""

    def __init__(self, store: Store, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._jobs = jobs
        self._question: tuple[object, ...] = ()
        self._later = QTimer(self, singleShot=True, interval=_LATER_MS)
        self._later.timeout.connect(self._catch_up)
        store.snapshot_changed.connect(self._on_snapshot_changed)

    def answers(self) -> dict[type, Callable[[Any], None]]:
        """The wishes that are answered here."""
        return {wishes.InspectEarlier: self._on_inspect_wished}

    def results(self) -> dict[type, Callable[[Any], None]]:
        """The events that are taken up here."""
        return {ev.EarlierDataInspected: self._on_inspected}

    def close(self) -> None:
        """Ask nothing any more."""
        self._later.stop()

    def _on_snapshot_changed(self, snapshot: Snapshot) -> None:
        question = _question(snapshot)
        if question != self._question:
            self._question = question
            self._later.start()

    def _catch_up(self) -> None:
        self._jobs.cancel(_KEY)
        if self._store.snapshot.earlier is not None:
            self._store.show(earlier=None)
        self._inspect()

    def _inspect(self) -> None:
        now = self._store.snapshot
        if not now.project.earlier.path or now.folder is None:
            return
        report = now.data_report
        arguments = {
            "project": now.project.model_dump(mode="json"),
            "cache": str(now.folder / "cache"),
            "labels": [label.label for label in report.labels] if report is not None else [],
        }
        self._jobs.start(_KEY, "inspect_earlier", arguments, "Reading the earlier data")

    def _on_inspect_wished(self, wish: wishes.InspectEarlier) -> None:
        self._inspect()

    def _on_inspected(self, event: ev.EarlierDataInspected) -> None:
        if event.path == self._store.snapshot.project.earlier.path:
            self._store.show(earlier=event)


def _question(snapshot: Snapshot) -> tuple[object, ...]:
    """What the answer depends on; nothing where there are no earlier data."""
    project, report = snapshot.project, snapshot.data_report
    if not project.earlier.path or snapshot.folder is None:
        return ()
    labels = tuple(label.label for label in report.labels) if report is not None else ()
    keeps = project.training.keep_head
    folder = snapshot.folder
    return (folder, project.earlier, project.task, project.split, project.model, keeps, labels)
