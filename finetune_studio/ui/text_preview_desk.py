"""The user's own texts cleaned or varied to be looked at, as fast as it is decided."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject

from finetune_studio.events import events as ev
from finetune_studio.project.project import Project
from finetune_studio.ui import wishes
from finetune_studio.ui.jobs import Jobs
from finetune_studio.ui.store import Store

_CLEAN, _VARY = "clean", "vary_texts"


class TextPreviewDesk(QObject):
    """Asks a worker for one preview of a kind at a time; of wishes meanwhile, the last counts."""

    def __init__(self, store: Store, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._jobs = jobs
        self._next: dict[str, object] = {}
        jobs.ended.connect(self._on_job_ended)

    def answers(self) -> dict[type, Callable[[Any], None]]:
        """The wishes that are answered here."""
        return {
            wishes.PreviewCleaning: self._on_cleaning_wished,
            wishes.PreviewTextVariation: self._on_variation_wished,
        }

    def results(self) -> dict[type, Callable[[Any], None]]:
        """The events that are taken up here."""
        return {
            ev.CleaningPreviewed: self._on_cleaning_previewed,
            ev.TextsVaried: self._on_texts_varied,
        }

    def project_opened(self) -> None:
        """Forget the texts of another project."""
        self._next.clear()
        self._store.show(cleaning_effect=None, varied_texts=None)

    def project_changed(self, fields: frozenset[str]) -> None:
        """Forget the texts of other data."""
        if fields & {"data", "task"}:
            self.project_opened()

    def _on_cleaning_wished(self, wish: wishes.PreviewCleaning) -> None:
        if self._jobs.is_busy(_CLEAN):
            self._next[_CLEAN] = wish
        else:
            self._start(_CLEAN, "preview_cleaning", self._store.snapshot.project)

    def _on_variation_wished(self, wish: wishes.PreviewTextVariation) -> None:
        if self._jobs.is_busy(_VARY):
            self._next[_VARY] = wish
            return
        project = self._store.snapshot.project.edited(training=wish.training)
        self._start(_VARY, "preview_text_variation", project, epoch=wish.epoch)

    def _start(self, key: str, job: str, project: Project, **more: object) -> None:
        report = self._store.snapshot.data_report
        if report is None or not report.previews:
            return
        arguments = {
            "project": project.model_dump(mode="json"),
            "previews": report.previews,
            **more,
        }
        # Without a phase: many a second would only make the status bar flicker.
        self._jobs.start(key, job, arguments, "")

    def _on_job_ended(self, key: str) -> None:
        wish = self._next.pop(key, None)
        if wish is not None:
            self.answers()[type(wish)](wish)

    def _on_cleaning_previewed(self, event: ev.CleaningPreviewed) -> None:
        self._store.show(cleaning_effect=event.effect)

    def _on_texts_varied(self, event: ev.TextsVaried) -> None:
        self._store.show(varied_texts=event)
