"""The session: the only place that decides what the state is.

Pages see snapshots and answer with edited projects and wishes; both end here. Two desks do the
work on the same store: `discovery.py` finds out about data, models and the machine,
`run_desk.py` trains and looks at runs.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from finetune_studio.events.events import Event
from finetune_studio.project import storage
from finetune_studio.project.checks import Step
from finetune_studio.project.problems import Problem, ProblemError
from finetune_studio.project.project import DataChoice, Project
from finetune_studio.ui import project_folders, wishes
from finetune_studio.ui.chore import Chores
from finetune_studio.ui.discovery import Discovery
from finetune_studio.ui.jobs import Jobs
from finetune_studio.ui.page_stack import WELCOME
from finetune_studio.ui.run_desk import RunDesk
from finetune_studio.ui.settings import RecentProject, Settings, SettingsFile
from finetune_studio.ui.settling import settled
from finetune_studio.ui.snapshot import Activity, Snapshot
from finetune_studio.ui.store import Store
from finetune_studio.ui.undo import UndoStack, changed_fields
from finetune_studio.ui.workers import Workers

_LATER_MS = 150


class Session(QObject):
    """What is open, what is decided, what is under way.

    Signals:
        snapshot_changed: the new `Snapshot`.
        settings_changed: the new `Settings`.
        problem_found: a `Problem` that no page shows.
        activity_failed: the key of an activity, or ``train``, and the `Problem` that ended it;
            the page it belongs to shows it as well.
        notice_given: a sentence worth saying wherever the user is.
        step_requested: an int, the `Step` whose page should be shown, or `WELCOME`.
        training_ended: no run is under way any more.
    """

    snapshot_changed = Signal(object)
    settings_changed = Signal(object)
    problem_found = Signal(object)
    activity_failed = Signal(str, object)
    notice_given = Signal(str)
    step_requested = Signal(int)
    training_ended = Signal()

    def __init__(
        self, workers: Workers, settings: SettingsFile, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._workers = workers
        self._settings = settings
        self._undo = UndoStack()
        self._must_save = False
        self._opening: dict[str, Activity] = {}
        self._later = QTimer(self, singleShot=True, interval=_LATER_MS)
        self._store = Store(self)
        self._jobs = Jobs(workers, self)
        self._chores = Chores(self)
        self._discovery = Discovery(self._store, self._jobs, self)
        self._runs = RunDesk(self._store, self._jobs, workers, self)
        self._answers = self._own_answers() | self._discovery.answers() | self._runs.answers()
        self._results = self._discovery.results() | self._runs.results()
        self._connect()

    def _connect(self) -> None:
        self._store.snapshot_changed.connect(self.snapshot_changed)
        self._store.problem_found.connect(self.problem_found)
        self._store.activity_failed.connect(self.activity_failed)
        self._store.notice_given.connect(self.notice_given)
        self._later.timeout.connect(self._on_later)
        self._jobs.activities_changed.connect(self._on_activities_changed)
        self._jobs.happened.connect(self._on_happened)
        self._jobs.failed.connect(self.activity_failed)
        self._chores.failed.connect(self._on_chore_failed)
        self._discovery.facts_learned.connect(self._on_facts_learned)
        self._discovery.work_wanted.connect(self._later.start)
        self._runs.training_ended.connect(self.training_ended)

    @property
    def snapshot(self) -> Snapshot:
        """The state of everything now."""
        return self._store.snapshot

    @property
    def settings(self) -> Settings:
        """What the window remembers between starts."""
        return self._settings.settings

    @property
    def is_training(self) -> bool:
        """Whether a run is under way."""
        return self._runs.is_training

    @property
    def can_undo(self) -> bool:
        """Whether there is a decision to take back."""
        return self._undo.can_undo

    @property
    def can_redo(self) -> bool:
        """Whether a decision was taken back."""
        return self._undo.can_redo

    def look_around(self) -> None:
        """Find out what computer this is and which models are here."""
        self._discovery.look_around()

    def remember(self, settings: Settings) -> None:
        """Keep other settings from now on."""
        self._settings.keep(settings)
        self.settings_changed.emit(settings)

    def kill_training(self) -> None:
        """End the run's worker without asking it; its last checkpoint stays."""
        self._runs.kill_training()

    def close(self) -> None:
        """Save, end all workers and threads. The session is of no use afterwards."""
        self.flush()
        self._later.stop()
        self._runs.close()
        self._jobs.close()
        self._chores.close()
        self._workers.close()

    # ------------------------------------------------------------------------------ decisions

    def edit(self, project: Project) -> None:
        """Put another project in force: remember the one before, save, find out what is new."""
        before = self.snapshot.project
        after = settled(before, project, self.snapshot.facts)
        if after == before:
            return
        if after.model is not None and after.task is not before.task:
            kind = after.task.title_text.lower()
            self.notice_given.emit(f"{after.model.title} is for {kind}, so the project is too now.")
        self._undo.push(before, after)
        self._take(after)

    def undo(self) -> None:
        """Take the last decision back."""
        self._take_back(self._undo.undo(self.snapshot.project))

    def redo(self) -> None:
        """Decide again what was taken back."""
        self._take_back(self._undo.redo(self.snapshot.project))

    def flush(self) -> None:
        """Save now what would be saved in a moment."""
        folder = self.snapshot.folder
        if not self._must_save or folder is None:
            return
        self._must_save = False
        try:
            storage.save(self.snapshot.project, folder)
        except ProblemError as error:
            self.problem_found.emit(error.problem)

    def _take_back(self, project: Project) -> None:
        # More may be known by now than when it was decided first.
        self._take(settled(project, project, self.snapshot.facts))

    def _take(self, project: Project) -> None:
        fields = changed_fields(self.snapshot.project, project)
        if not fields:
            return
        self._store.show(project=project)
        self._must_save = True
        self._discovery.project_changed(fields)
        self._later.start()

    def _on_later(self) -> None:
        self.flush()
        self._discovery.catch_up()

    def _on_facts_learned(self) -> None:
        project = self.snapshot.project
        self._take(settled(project, project, self.snapshot.facts))

    # --------------------------------------------------------------------------------- wishes

    def ask(self, wish: object) -> None:
        """Answer a wish from `ui/wishes.py`."""
        self.flush()
        try:
            self._answers[type(wish)](wish)
        except ProblemError as error:
            self.problem_found.emit(error.problem)

    def take_up_data(self, path: Path) -> None:
        """Use a dropped folder or file: open it when it is a project, else it is the data."""
        if storage.is_project(path):
            self.ask(wishes.OpenProject(str(path)))
            return
        if self.snapshot.folder is None:
            self.ask(wishes.NewProject(project_folders.guess_task(path)))
        if self.snapshot.folder is not None:
            self.edit(self.snapshot.project.edited(data=DataChoice(path=str(path))))
            self.step_requested.emit(Step.DATA)

    def close_project(self) -> None:
        """Put the project away and show the welcome page."""
        if self._refused_while_training():
            return
        self._put_away()
        self.step_requested.emit(WELCOME)

    def _own_answers(self) -> dict[type, Callable[[Any], None]]:
        return {
            wishes.NewProject: self._new_project,
            wishes.OpenProject: self._open_project,
            wishes.OpenSample: self._open_sample,
            wishes.GoToStep: self._go_to_step,
        }

    def _go_to_step(self, wish: wishes.GoToStep) -> None:
        self.step_requested.emit(wish.step)

    def _new_project(self, wish: wishes.NewProject) -> None:
        if not self._refused_while_training():
            self._open(project_folders.make_project(wish.task, wish.folder))

    def _open_project(self, wish: wishes.OpenProject) -> None:
        if not self._refused_while_training():
            self._open(Path(wish.folder))

    def _open_sample(self, wish: wishes.OpenSample) -> None:
        if not self._opening and not self._refused_while_training():
            self._opening = {"sample": Activity(phase="Unpacking the sample")}
            self._on_activities_changed()
            make = partial(project_folders.make_sample_project, wish.sample)
            self._chores.start(make, self._on_sample_made)

    def _on_sample_made(self, folder: Path) -> None:
        self._end_opening()
        self.ask(wishes.OpenProject(str(folder)))

    def _on_chore_failed(self, problem: Problem) -> None:
        self._end_opening()
        self.problem_found.emit(problem)

    def _end_opening(self) -> None:
        self._opening = {}
        self._on_activities_changed()

    def _refused_while_training(self) -> bool:
        if self.is_training:
            self.problem_found.emit(_STILL_TRAINING)
        return self.is_training

    def _open(self, folder: Path) -> None:
        project = storage.load(folder)
        self._put_away()
        self._store.show(project=project, folder=folder)
        self._discovery.project_opened()
        self._runs.project_opened()
        self._remember_project()
        self.step_requested.emit(_first_open_step(project))

    def _put_away(self) -> None:
        self.flush()
        if self.snapshot.folder is not None:
            self._remember_project()
        self._jobs.cancel_of_project()
        self._undo = UndoStack()
        known = self.snapshot
        self._store.snapshot = Snapshot(machine=known.machine, available=known.available)
        self._store.show()

    def _remember_project(self) -> None:
        project, folder = self.snapshot.project, self.snapshot.folder
        recent = RecentProject(
            folder=str(folder), name=project.name, task=project.task, opened_at=time.time()
        )
        self.remember(self.settings.with_recent(recent))

    # ------------------------------------------------------------------------------- what happens

    def _on_activities_changed(self) -> None:
        self._store.show(activities=self._jobs.activities | self._opening)

    def _on_happened(self, key: str, event: Event) -> None:
        take_up = self._results.get(type(event))
        if take_up is not None:
            take_up(event)


def _first_open_step(project: Project) -> Step:
    if project.model is None:
        return Step.MODEL
    return Step.DATA if project.data is None else Step.TRAINING


_STILL_TRAINING = Problem(
    what="A run is under way.",
    why="One project can be open at a time, and this one is training.",
    remedy="Stop the run first; its best epoch is kept.",
    code="still_training",
)
