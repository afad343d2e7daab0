"""The session: the only place that decides what the state is.

Pages see snapshots and answer with edited projects and wishes; both end here. Desks do
the work on the same store: `project_desk.py` opens projects, `discovery.py` finds out about data,
models and the machine, `run_desk.py` trains and looks at runs, `preview_desk.py` shows what
augmentation does, `rate_desk.py` finds learning rates.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from finetune_studio.events.events import Event
from finetune_studio.project import storage
from finetune_studio.project.checks import Step
from finetune_studio.project.choosing import with_model
from finetune_studio.project.problems import ProblemError
from finetune_studio.project.project import DataChoice, Project
from finetune_studio.ui import project_folders, wishes
from finetune_studio.ui.discovery import Discovery
from finetune_studio.ui.jobs import Jobs
from finetune_studio.ui.preview_desk import PreviewDesk
from finetune_studio.ui.project_desk import ProjectDesk
from finetune_studio.ui.rate_desk import RateDesk
from finetune_studio.ui.recollection import Recollection
from finetune_studio.ui.remedy_desk import RemedyDesk
from finetune_studio.ui.run_desk import RunDesk
from finetune_studio.ui.saving import Saving
from finetune_studio.ui.settings import Settings, SettingsFile
from finetune_studio.ui.settling import settled
from finetune_studio.ui.snapshot import Snapshot
from finetune_studio.ui.store import Store
from finetune_studio.ui.text_preview_desk import TextPreviewDesk
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
        edit_told: a sentence on an edit just made, which can be taken back.
        step_requested: an int, the `Step` whose page should be shown, or `WELCOME`.
        training_ended: no run is under way any more.
    """

    snapshot_changed = Signal(object)
    settings_changed = Signal(object)
    problem_found = Signal(object)
    activity_failed = Signal(str, object)
    notice_given = Signal(str)
    edit_told = Signal(str)
    step_requested = Signal(int)
    training_ended = Signal()

    def __init__(
        self, workers: Workers, settings: SettingsFile, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._workers = workers
        self._undo = UndoStack()
        self._must_save = False
        self._later = QTimer(self, singleShot=True, interval=_LATER_MS)
        self._saving = Saving(self)
        self._store = Store(self)
        self._jobs = Jobs(workers, self)
        self._projects = ProjectDesk(self._store, settings, self)
        self._discovery = Discovery(self._store, self._jobs, self)
        self._recollection = Recollection(self._store, self._jobs, self)
        self._runs = RunDesk(self._store, self._jobs, workers, self)
        self._remedies = RemedyDesk(self._store, self.edit, self)
        self._previews = PreviewDesk(self._store, self._jobs, self)
        self._text_previews = TextPreviewDesk(self._store, self._jobs, self)
        self._rates = RateDesk(self._store, self._jobs, self)
        self._answers: dict[type, Callable[[Any], None]] = {
            wishes.GoToStep: self._go_to_step,
            **self._projects.answers(),
            **self._discovery.answers(),
            **self._recollection.answers(),
            **self._runs.answers(),
            **self._remedies.answers(),
            **self._previews.answers(),
            **self._text_previews.answers(),
            **self._rates.answers(),
        }
        self._results = {
            **self._discovery.results(),
            **self._recollection.results(),
            **self._runs.results(),
            **self._previews.results(),
            **self._text_previews.results(),
            **self._rates.results(),
        }
        self._connect()

    def _connect(self) -> None:
        self._store.snapshot_changed.connect(self.snapshot_changed)
        self._store.problem_found.connect(self.problem_found)
        self._store.activity_failed.connect(self.activity_failed)
        self._store.notice_given.connect(self.notice_given)
        self._store.edit_told.connect(self.edit_told)
        self._later.timeout.connect(self._on_later)
        self._saving.failed.connect(self.problem_found)
        self._saving.ended.connect(self._begin_to_save)  # what was decided meanwhile
        self._jobs.activities_changed.connect(self._on_activities_changed)
        self._jobs.happened.connect(self._on_happened)
        self._jobs.failed.connect(self.activity_failed)
        self._projects.leaving.connect(self._on_leaving)
        self._projects.opened.connect(self._on_opened)
        self._projects.opening_changed.connect(self._on_activities_changed)
        self._projects.settings_changed.connect(self.settings_changed)
        self._projects.step_requested.connect(self.step_requested)
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
        return self._projects.settings

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
        self._projects.remember(settings)

    def kill_training(self) -> None:
        """End the run's worker without asking it; its last checkpoint stays."""
        self._runs.kill_training()

    def close(self) -> None:
        """Save, end all workers and threads. The session is of no use afterwards."""
        self.flush()
        self._later.stop()
        self._recollection.close()
        self._runs.close()
        self._jobs.close()
        self._projects.close()
        self._workers.close()

    # ------------------------------------------------------------------------------ decisions

    def edit(self, project: Project) -> None:
        """Put another project in force: remember the one before, save, find out what is new."""
        before = self.snapshot.project
        after = settled(project, self.snapshot.facts)
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
        self._saving.finish()
        self._begin_to_save()
        self._saving.finish()

    def _take_back(self, project: Project) -> None:
        # More may be known by now than when it was decided first.
        self._take(settled(project, self.snapshot.facts))

    def _take(self, project: Project) -> None:
        fields = changed_fields(self.snapshot.project, project)
        if not fields:
            return
        self._store.show(project=project)
        self._must_save = True
        self._discovery.project_changed(fields)
        self._text_previews.project_changed(fields)
        self._later.start()

    def _begin_to_save(self) -> None:
        folder = self.snapshot.folder
        if self._must_save and folder is not None and not self._saving.is_under_way:
            self._must_save = False
            self._saving.begin(self.snapshot.project, folder)

    def _on_later(self) -> None:
        self._begin_to_save()
        self._discovery.catch_up()

    def _on_facts_learned(self) -> None:
        project = self.snapshot.project
        self._take(settled(project, self.snapshot.facts))

    # --------------------------------------------------------------------------------- wishes

    def ask(self, wish: object) -> None:
        """Answer a wish from `ui/wishes.py`."""
        self.flush()
        try:
            self._answers[type(wish)](wish)
        except ProblemError as error:
            self.problem_found.emit(error.problem)

    def take_up_data(self, path: Path) -> None:
        """Use what was dropped: a project is opened, a model taken; all else is the data."""
        if storage.is_project(path):
            self.ask(wishes.OpenProject(str(path)))
            return
        model = project_folders.dropped_model(path, self.snapshot.project.task)
        if model is None and (problem := project_folders.no_data(path)) is not None:
            self.problem_found.emit(problem)
            return
        if self.snapshot.folder is None:
            task = project_folders.guess_task(path) if model is None else model.task
            self.ask(wishes.NewProject(task))
        if self.snapshot.folder is None:
            return
        if model is not None:
            self.edit(with_model(self.snapshot.project, model))
            self.step_requested.emit(Step.MODEL)
        else:
            self._take_data(path)

    def _take_data(self, path: Path) -> None:
        self.edit(self.snapshot.project.edited(data=DataChoice(path=str(path))))
        if self.snapshot.project.model is None:  # which comes before the data
            self.step_requested.emit(Step.MODEL)
            self.notice_given.emit(f"{path.name} will be learned from. Choose a model for it.")
        else:
            self.step_requested.emit(Step.DATA)

    def close_project(self) -> None:
        """Put the project away and show the welcome page."""
        try:
            self._projects.close_project()
        except ProblemError as error:
            self.problem_found.emit(error.problem)

    def _go_to_step(self, wish: wishes.GoToStep) -> None:
        self.step_requested.emit(wish.step)

    def _on_leaving(self) -> None:
        self.flush()
        self._jobs.cancel_of_project()
        self._undo = UndoStack()

    def _on_opened(self) -> None:
        self._discovery.project_opened()
        self._runs.project_opened()
        self._previews.project_opened()
        self._text_previews.project_opened()
        self._rates.project_opened()

    # ------------------------------------------------------------------------------- what happens

    def _on_activities_changed(self) -> None:
        self._store.show(activities=self._jobs.activities | self._projects.opening)

    def _on_happened(self, key: str, event: Event) -> None:
        take_up = self._results.get(type(event))
        if take_up is not None:
            take_up(event)
