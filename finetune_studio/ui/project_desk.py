"""Projects: making them, opening them, putting them away, and remembering which there were."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from finetune_studio.project import storage
from finetune_studio.project.checks import Step
from finetune_studio.project.problems import Problem, ProblemError
from finetune_studio.project.project import Project
from finetune_studio.sample_project import make_sample_project
from finetune_studio.ui import project_folders, wishes
from finetune_studio.ui.chore import Chores
from finetune_studio.ui.page_stack import WELCOME
from finetune_studio.ui.settings import RecentProject, Settings, SettingsFile
from finetune_studio.ui.snapshot import Activity, Snapshot
from finetune_studio.ui.store import Store


class ProjectDesk(QObject):
    """Puts one project after another into the store.

    Signals:
        leaving: the open project is about to be put away; whatever is about it ends now.
        opened: another project is in the store.
        opening_changed: `opening` is another mapping now.
        settings_changed: the new `Settings`.
        step_requested: an int, the step to go on with, or `WELCOME`.
    """

    leaving = Signal()
    opened = Signal()
    opening_changed = Signal()
    settings_changed = Signal(object)
    step_requested = Signal(int)

    def __init__(self, store: Store, settings: SettingsFile, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.opening: dict[str, Activity] = {}
        self._store = store
        self._settings = settings
        self._chores = Chores(self)
        self._chores.failed.connect(self._on_chore_failed)

    @property
    def settings(self) -> Settings:
        """What the window remembers between starts."""
        return self._settings.settings

    def remember(self, settings: Settings) -> None:
        """Keep other settings from now on."""
        self._settings.keep(settings)
        self.settings_changed.emit(settings)

    def answers(self) -> dict[type, Callable[[Any], None]]:
        """The wishes that are answered here."""
        return {
            wishes.NewProject: self._new_project,
            wishes.ContinueFromRun: self._continue_from_run,
            wishes.OpenProject: self._open_project,
            wishes.OpenSample: self._open_sample,
        }

    def close_project(self) -> None:
        """Put the project away and show the welcome page."""
        self._refuse_while_training()
        self._put_away()
        self.step_requested.emit(WELCOME)

    def close(self) -> None:
        """Wait for what is being unpacked."""
        self._chores.close()

    def _new_project(self, wish: wishes.NewProject) -> None:
        self._refuse_while_training()
        self._open(project_folders.make_project(wish.task, wish.folder), wish.step)

    def _continue_from_run(self, wish: wishes.ContinueFromRun) -> None:
        self._refuse_while_training()
        now = self._store.snapshot
        run = next((run for run in now.runs if run.name == wish.run and run.usable), None)
        if run is not None:
            self._open(project_folders.make_continuation(Path(run.folder)), Step.DATA)

    def _open_project(self, wish: wishes.OpenProject) -> None:
        self._refuse_while_training()
        self._open(project_folders.project_of(Path(wish.folder)))

    def _open_sample(self, wish: wishes.OpenSample) -> None:
        self._refuse_while_training()
        if not self.opening:
            self._show_opening({"sample": Activity(phase="Unpacking the sample")})
            make = partial(make_sample_project, wish.sample)
            self._chores.start(make, self._on_sample_made)

    def _on_sample_made(self, folder: Path) -> None:
        self._show_opening({})
        try:
            self._open_project(wishes.OpenProject(str(folder)))
        except ProblemError as error:
            self._store.problem_found.emit(error.problem)

    def _on_chore_failed(self, problem: Problem) -> None:
        self._show_opening({})
        self._store.problem_found.emit(problem)

    def _show_opening(self, opening: dict[str, Activity]) -> None:
        self.opening = opening
        self.opening_changed.emit()

    def _refuse_while_training(self) -> None:
        if self._store.snapshot.history.state.busy:
            raise ProblemError(_STILL_TRAINING)

    def _open(self, folder: Path, step: int | None = None) -> None:
        project = storage.load(folder)
        self._put_away()
        self._store.show(project=project, folder=folder)
        self._remember_project()
        self.opened.emit()
        self.step_requested.emit(_first_open_step(project) if step is None else step)

    def _put_away(self) -> None:
        if self._store.snapshot.folder is not None:
            self._remember_project()
        self.leaving.emit()
        known = self._store.snapshot
        self._store.snapshot = Snapshot(machine=known.machine, available=known.available)
        self._store.show(activities=known.activities)

    def _remember_project(self) -> None:
        now = self._store.snapshot
        recent = RecentProject(
            folder=str(now.folder),
            name=now.project.name,
            task=now.project.task,
            opened_at=time.time(),
        )
        self.remember(self.settings.with_recent(recent))


def _first_open_step(project: Project) -> Step:
    if project.model is None:
        return Step.MODEL
    return Step.DATA if project.data is None else Step.TRAINING


_STILL_TRAINING = Problem(
    what="A run is under way.",
    why="One project can be open at a time, and this one is training.",
    remedy="Stop the run first; what it reached is kept.",
    code="still_training",
)
