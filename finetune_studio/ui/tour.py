"""A walk through every page of a sample project that is really trained, with pictures of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer

from finetune_studio.project.checks import Step
from finetune_studio.project.choices import ExportFormat, Task
from finetune_studio.project.problems import ProblemError
from finetune_studio.project.project import DataChoice
from finetune_studio.sample_project import make_sample_project
from finetune_studio.ui import wishes
from finetune_studio.ui.main_window import MainWindow
from finetune_studio.ui.session import Session
from finetune_studio.ui.snapshot import Activity, Snapshot
from finetune_studio.ui.theme import Scheme, current_theme

SIZE = (1280, 800)
LARGE = (1920, 1080)
_EPOCHS = 40
_FEW_EPOCHS = 3
_PER_LABEL = 40
_SETTLE_MS = 500
_THEME_MS = 150
_LONGEST_S = 900.0
_POLL_MS = 50


def run_tour(session: Session, window: MainWindow, out: Path, *, large: bool = False) -> None:
    """Walk through a sample project and write ``<number>-<page>-<theme>.png`` for each page.

    Raises:
        ProblemError: something on the way failed or took far too long.
        OSError: the folder cannot be written to.
    """
    out.mkdir(parents=True, exist_ok=True)
    window.resize(*(LARGE if large else SIZE))
    window.show()
    _Tour(session, window, out).walk()


class _Tour:
    def __init__(self, session: Session, window: MainWindow, out: Path) -> None:
        self._session = session
        self._window = window
        self._out = out

    def walk(self) -> None:
        self._until(lambda now: now.machine is not None, "This computer was looked at")
        self._picture("0-welcome")
        self._open_sample()
        self._picture_step(Step.MODEL, "1-model")
        self._picture_step(Step.DATA, "2-data")
        self._picture_step(Step.LAYERS, "3-layers")
        self._picture_step(Step.HYPERPARAMETERS, "4-hyperparameters")
        self._train()
        self._picture_step(Step.TRAINING, "5-training")
        self._try_and_export()
        self._picture_step(Step.EVALUATION, "6-evaluation")
        self._picture_step(Step.EXPORT, "7-export")
        self._show_trouble()

    @property
    def _now(self) -> Snapshot:
        return self._session.snapshot

    def _open_sample(self) -> None:
        self._session.ask(wishes.OpenProject(str(_small_sample())))
        self._until(
            lambda now: now.data_report is not None and now.model is not None and _idle(now),
            "The sample was opened",
        )
        project = self._now.project
        training = project.training.edited(epochs=_EPOCHS, patience=0)
        self._session.edit(project.edited(training=training, pinned=("epochs", "patience")))

    def _train(self) -> None:
        self._window.go_to(Step.TRAINING)
        self._session.ask(wishes.StartTraining())
        self._until(
            lambda now: len(now.history.epochs) >= _FEW_EPOCHS, "The first epochs were trained"
        )
        self._picture("5-training-running")
        self._until(lambda now: not now.history.state.busy, "The run ended")
        self._until(lambda now: now.evaluation is not None and _idle(now), "It was evaluated")

    def _try_and_export(self) -> None:
        report = self._now.evaluation
        samples = [one.path for one in report.mistakes if one.path][:1] if report else []
        if samples:
            self._session.ask(wishes.Predict(self._now.shown_run, tuple(samples)))
            self._until(lambda now: bool(now.predictions), "A picture was tried")
        run = next(run for run in self._now.runs if run.name == self._now.shown_run)
        folder = Path(run.folder) / "exports" / "onnx"
        self._session.ask(wishes.ExportRun(ExportFormat.ONNX, str(folder)))
        self._until(lambda now: bool(now.certificates), "The model was exported")

    def _show_trouble(self) -> None:
        """A project without data, and one whose data cannot be used."""
        folder, model = self._folder, self._now.project.model
        self._session.ask(wishes.NewProject(Task.IMAGE))
        self._session.edit(self._now.project.edited(model=model))
        self._picture_step(Step.DATA, "8-empty")
        missing = DataChoice(path=str(folder / "moved away"))
        self._session.edit(self._now.project.edited(data=missing))
        self._until(lambda now: _failed(now, "inspect"), "The problem was found", fails=True)
        self._picture_step(Step.DATA, "9-problem")

    @property
    def _folder(self) -> Path:
        folder = self._now.folder
        assert folder is not None
        return folder

    # ------------------------------------------------------------------------------- pictures

    def _picture_step(self, step: Step, name: str) -> None:
        self._window.go_to(step)
        self._picture(name)

    def _picture(self, name: str) -> None:
        self._window.toaster.hide_toast()
        _wait(_SETTLE_MS)
        for scheme in (Scheme.LIGHT, Scheme.DARK):
            current_theme().choose(scheme)
            _wait(_THEME_MS)
            self._window.grab().save(str(self._out / f"{name}-{scheme.value}.png"))

    def _until(
        self, condition: Callable[[Snapshot], bool], what: str, *, fails: bool = False
    ) -> None:
        deadline = time.monotonic() + _LONGEST_S
        while not condition(self._now):
            if not fails:
                _raise_trouble(self._now)
            if time.monotonic() > deadline:
                raise ProblemError.of(
                    "The tour did not get on.",
                    f"“{what}” did not come true within {_LONGEST_S:.0f} s.",
                    "Try again when the computer is less busy.",
                    code="tour_stuck",
                )
            _wait(_POLL_MS)


def _small_sample() -> Path:
    """The sample project with a part of its pictures, so that it trains while one waits."""
    folder = make_sample_project("digits")
    for label in (folder / "data" / "digits").iterdir():
        for picture in sorted(label.glob("*.png"))[_PER_LABEL:]:
            picture.unlink()
    return folder


def _wait(milliseconds: int) -> None:
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def _idle(snapshot: Snapshot) -> bool:
    return not any(activity.busy for activity in snapshot.activities.values())


def _failed(snapshot: Snapshot, key: str) -> bool:
    activity = snapshot.activity(key)
    return activity is not None and activity.problem is not None


def _raise_trouble(snapshot: Snapshot) -> None:
    for problem in (snapshot.history.problem, *(one.problem for one in _activities(snapshot))):
        if problem is not None:
            raise ProblemError(problem)


def _activities(snapshot: Snapshot) -> tuple[Activity, ...]:
    return tuple(snapshot.activities.values())
