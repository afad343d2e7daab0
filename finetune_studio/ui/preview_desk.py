"""Pictures varied to be looked at, as fast as a slider can be dragged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject

from finetune_studio.events import events as ev
from finetune_studio.ui import wishes
from finetune_studio.ui.jobs import Jobs
from finetune_studio.ui.store import Store

_KEY = "vary"


class PreviewDesk(QObject):
    """Asks a worker for one preview at a time; of the wishes that come meanwhile, the last counts.

    A job is never stopped for the next one: its worker is warm, another would first have to start.
    """

    def __init__(self, store: Store, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._jobs = jobs
        self._next: wishes.PreviewAugmentation | None = None
        jobs.ended.connect(self._on_job_ended)

    def answers(self) -> dict[type, Callable[[Any], None]]:
        """The wishes that are answered here."""
        return {wishes.PreviewAugmentation: self._on_wished}

    def results(self) -> dict[type, Callable[[Any], None]]:
        """The events that are taken up here."""
        return {ev.PicturesVaried: self._on_pictures_varied}

    def project_opened(self) -> None:
        """Forget the pictures of another project."""
        self._next = None
        self._store.show(varied=())

    def _on_wished(self, wish: wishes.PreviewAugmentation) -> None:
        if self._jobs.is_busy(_KEY):
            self._next = wish
        else:
            self._start(wish)

    def _start(self, wish: wishes.PreviewAugmentation) -> None:
        now = self._store.snapshot
        if now.folder is None:
            return
        arguments: dict[str, Any] = {
            "project": now.project.edited(training=wish.training).model_dump(mode="json"),
            "cache": str(now.folder / "cache"),
            "show": wish.show.model_dump(mode="json"),
        }
        if now.data_report is not None and now.data_report.previews:
            arguments["previews"] = now.data_report.previews
        # Without a phase: many a second would only make the status bar flicker.
        self._jobs.start(_KEY, "preview_augmentation", arguments, "")

    def _on_job_ended(self, key: str) -> None:
        if key == _KEY and self._next is not None:
            wish, self._next = self._next, None
            self._start(wish)

    def _on_pictures_varied(self, event: ev.PicturesVaried) -> None:
        self._store.show(varied=event.pictures)
