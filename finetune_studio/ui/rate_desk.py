"""Finding a learning rate: starts the search, and keeps what it tried and suggests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject

from finetune_studio.events import events as ev
from finetune_studio.ui import wishes
from finetune_studio.ui.jobs import Jobs
from finetune_studio.ui.snapshot import RateTrial
from finetune_studio.ui.store import Store

KEY = "find_rate"


class RateDesk(QObject):
    """Answers the wish for a learning rate."""

    def __init__(self, store: Store, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._jobs = jobs

    def answers(self) -> dict[type, Callable[[Any], None]]:
        """The wishes that are answered here."""
        return {wishes.FindLearningRate: self._find}

    def results(self) -> dict[type, Callable[[Any], None]]:
        """The events that are taken up here."""
        return {
            ev.RateTried: self._on_rate_tried,
            ev.RatesSuggested: self._on_rates_suggested,
        }

    def project_opened(self) -> None:
        """Forget what was tried on another project."""
        self._store.show(rate_trial=None)

    def _find(self, wish: wishes.FindLearningRate) -> None:
        now = self._store.snapshot
        if now.folder is None or now.project.model is None or now.project.data is None:
            return
        self._store.show(rate_trial=RateTrial(now.project))
        arguments = {
            "folder": str(now.folder),
            "project": now.project.model_dump(mode="json"),
        }
        self._jobs.start(KEY, "find_learning_rate", arguments, "Opening the model")

    def _on_rate_tried(self, event: ev.RateTried) -> None:
        trial = self._store.snapshot.rate_trial or RateTrial()
        self._store.show(rate_trial=replace(trial, tried=(*trial.tried, event)))

    def _on_rates_suggested(self, event: ev.RatesSuggested) -> None:
        trial = self._store.snapshot.rate_trial or RateTrial()
        self._store.show(rate_trial=replace(trial, suggested=event))
