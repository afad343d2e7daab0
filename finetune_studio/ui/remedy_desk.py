"""The watchdog's remedies that are edits of the project, and which findings are hidden."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt

from finetune_studio.events.finding import FindingKind
from finetune_studio.project import wording
from finetune_studio.project.problems import ProblemError
from finetune_studio.project.project import Project
from finetune_studio.project.remedies import Remedy, remedied, taken
from finetune_studio.runs.folder import RunFolder
from finetune_studio.runs.hidden import hidden_findings, hide_findings
from finetune_studio.ui import wishes
from finetune_studio.ui.snapshot import Snapshot
from finetune_studio.ui.store import Store


class RemedyDesk(QObject):
    """Edits the project as a finding proposes, and remembers which kinds are not to be seen."""

    def __init__(
        self, store: Store, edit: Callable[[Project], None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._edit = edit
        self._run = ""
        # Later: another snapshot shown from within would be overtaken by the one it answers.
        later = Qt.ConnectionType.QueuedConnection
        store.snapshot_changed.connect(self._on_snapshot_changed, later)

    def answers(self) -> dict[type, Callable[[Any], None]]:
        """The wishes that are answered here."""
        return {
            wishes.TakeRemedy: self._take,
            wishes.HideFindings: self._hide,
            wishes.ShowFindings: self._show_all,
        }

    def _take(self, wish: wishes.TakeRemedy) -> None:
        now = self._store.snapshot
        blocks = len(now.model.blocks) if now.model is not None else 0
        is_taken = now.trained is not None and taken(now.trained, now.project, wish.remedy)
        after = None if is_taken else remedied(now.project, wish.remedy, blocks)
        if after is None:
            return
        self._edit(after)
        self._store.edit_told.emit(_told(wish.remedy, after))

    def _hide(self, wish: wishes.HideFindings) -> None:
        self._keep(self._store.snapshot.hidden_findings | {wish.kind})

    def _show_all(self, _wish: wishes.ShowFindings) -> None:
        self._keep(frozenset())

    def _keep(self, kinds: frozenset[FindingKind]) -> None:
        if folder := self._store.snapshot.history.folder:
            hide_findings(Path(folder), kinds)
        self._store.show(hidden_findings=kinds)

    def _on_snapshot_changed(self, _snapshot: Snapshot) -> None:
        folder = self._store.snapshot.history.folder
        if folder == self._run:
            return
        self._run = folder
        hidden = hidden_findings(Path(folder)) if folder else frozenset()
        trained = _project_of(folder) if folder else None
        now = self._store.snapshot
        if (hidden, trained) != (now.hidden_findings, now.trained):
            self._store.show(hidden_findings=hidden, trained=trained)


def _project_of(run: str) -> Project | None:
    try:
        return RunFolder(Path(run)).project
    except ProblemError:
        return None


def _told(remedy: Remedy, project: Project) -> str:
    """What has been edited, with its value; counts for the next run."""
    training = project.training
    what = {
        Remedy.HALVE_RATE: f"Learning rate is now {wording.rate(training.learning_rate)}",
        Remedy.RAISE_RATE: f"Learning rate is now {wording.rate(training.learning_rate)}",
        Remedy.UNFREEZE: "One block more will train",
        Remedy.FREEZE: "One block less will train",
        Remedy.MORE_DROPOUT: f"Dropout is now {training.dropout:g}",
        Remedy.WEIGH_LABELS: "Rare labels will weigh more",
        Remedy.MORE_VALIDATION: f"{wording.share(project.split.validation, 0)} of the samples "
        "will be kept for validation",
    }[remedy]
    return f"{what}. This counts for the next run."
