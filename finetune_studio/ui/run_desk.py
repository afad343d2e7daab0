"""Runs: training them, looking at them, evaluating, trying and exporting them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from finetune_studio.events import events as ev
from finetune_studio.events.commands import AnyCommand, Continue, GoBack, Pause, Run, Stop
from finetune_studio.events.descriptions import DataReport
from finetune_studio.events.history import RunHistory, RunState
from finetune_studio.events.main_figure import sentence, validation_of
from finetune_studio.project.problems import Problem, ProblemError
from finetune_studio.project.target import TargetReading
from finetune_studio.runs.summary import RunSummary
from finetune_studio.runs.thresholds import write_moved
from finetune_studio.ui import run_memory, wishes
from finetune_studio.ui.chore import Chores
from finetune_studio.ui.jobs import Jobs
from finetune_studio.ui.run_memory import Remembered
from finetune_studio.ui.store import Store
from finetune_studio.ui.trainer_thread import TrainerThread
from finetune_studio.ui.workers import Errand, Workers

_MOST_PREDICTIONS = 200
_MOST_READ_BACK = 50_000


class RunDesk(QObject):
    """Drives the run that is under way and shows those that are over.

    Signals:
        training_ended: no run is under way any more.
    """

    training_ended = Signal()

    def __init__(
        self, store: Store, jobs: Jobs, workers: Workers, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._jobs = jobs
        self._workers = workers
        self._chores = Chores(self)
        self._trainer: TrainerThread | None = None

    @property
    def is_training(self) -> bool:
        """Whether a run is under way."""
        return self._trainer is not None

    def answers(self) -> dict[type, Callable[[Any], None]]:
        """The wishes that are answered here."""
        return {
            wishes.StartTraining: self._start_training,
            wishes.PauseTraining: partial(self._tell_trainer, Pause()),
            wishes.ContinueTraining: partial(self._tell_trainer, Continue()),
            wishes.StopTraining: partial(self._tell_trainer, Stop()),
            wishes.GoBack: self._go_back,
            wishes.ShowRun: self._show_run,
            wishes.EvaluateRun: self._evaluate,
            wishes.Predict: self._predict,
            wishes.KeepThresholds: self._keep_thresholds,
            wishes.ExportRun: self._export,
        }

    def results(self) -> dict[type, Callable[[Any], None]]:
        """The events that are taken up here."""
        return {
            ev.EvaluationFinished: self._on_evaluation_finished,
            ev.PredictionMade: self._on_prediction_made,
            ev.ModelExported: self._on_model_exported,
        }

    def project_opened(self) -> None:
        """Read back what the project's run folders remember."""
        folder = self._store.snapshot.folder
        if folder is not None:
            self._chores.start(partial(run_memory.remember, folder), self._on_remembered)

    def kill_training(self) -> None:
        """End the worker of the run at once; its last checkpoint stays."""
        if self._trainer is not None:
            self._trainer.abandon()

    def close(self) -> None:
        """End the run and wait for every thread."""
        if self._trainer is not None:
            self._trainer.close()
            self._trainer = None
        self._chores.close()

    # ------------------------------------------------------------------------------ training

    def _start_training(self, wish: wishes.StartTraining) -> None:
        now = self._store.snapshot
        if self._trainer is None and wish.resume:
            self._train(now.history, resume=True, run=_resumable(now.history, now.runs))
        elif not wish.resume:
            self._train(_unbegun(now.data_report), resume=False)

    def _go_back(self, wish: wishes.GoBack) -> None:
        history = self._store.snapshot.history
        if self._trainer is not None:
            self._trainer.send(GoBack())
        elif history.can_go_back:
            self._train(history, back=True, run=history.run)

    def _train(self, history: RunHistory, **arguments: Any) -> None:
        folder = self._store.snapshot.folder
        if self._trainer is not None or folder is None:
            return
        history = dataclasses.replace(
            history, state=RunState.PREPARING, phase="Starting", problem=None, outcome=None
        )
        job = Run(job="train", arguments={"folder": str(folder), **arguments})
        self._trainer = TrainerThread(Errand(self._workers, job), history, self)
        self._trainer.history_changed.connect(self._on_history_changed)
        self._trainer.run_ended.connect(self._on_run_ended)
        self._store.show(history=history)
        self._trainer.begin()

    def _tell_trainer(self, command: AnyCommand, wish: object) -> None:
        if self._trainer is not None:
            self._trainer.send(command)

    def _on_history_changed(self, history: RunHistory) -> None:
        # The end is shown when the worker is gone: until then nothing else can be begun.
        if history.state.busy:
            self._store.show(history=history)

    def _on_run_ended(self, history: RunHistory) -> None:
        if self._trainer is not None:
            self._trainer.deleteLater()
            self._trainer = None
        self._store.show(history=history)
        self._tell_outcome(history)
        self.training_ended.emit()
        folder = self._store.snapshot.folder
        if folder is not None:
            # Of many steps a second only some are told; the file has them all.
            was_thinned = history.step_count < history.step <= _MOST_READ_BACK
            is_read_back = was_thinned or _came_to_nothing(history)
            read = run_memory.remember if is_read_back else run_memory.remember_runs
            self._chores.start(partial(read, folder), self._on_runs_read)

    def _tell_outcome(self, history: RunHistory) -> None:
        if history.problem is not None:
            self._store.activity_failed.emit("train", history.problem)
        elif history.best is not None:
            verb = "stopped" if history.state is RunState.STOPPED else "finished"
            reached = sentence(validation_of(history.best))
            self._store.notice_given.emit(
                f"Training {verb}: {reached} on validation at epoch {history.best_epoch}."
            )

    def _on_runs_read(self, read: Remembered) -> None:
        if read.project_folder != self._store.snapshot.folder:
            return
        self._store.show(runs=read.runs)
        runs = read.runs
        current = self._store.snapshot.history
        is_over = self._trainer is None
        was_idle = _came_to_nothing(current)
        is_wanted = read.history is not None and (was_idle or read.history.run == current.run)
        if is_over and is_wanted:
            self._store.show(history=read.history)
        run = next((run for run in runs if run.name == self._store.snapshot.history.run), None)
        if run is None or not run.usable:
            return
        self._show(run)
        if run.state is RunState.FINISHED and is_over and not was_idle:
            self._evaluate(wishes.EvaluateRun())

    def _on_remembered(self, remembered: Remembered) -> None:
        if remembered.project_folder != self._store.snapshot.folder:
            return
        self._store.show(runs=remembered.runs)
        if self._trainer is None and remembered.history is not None:
            self._store.show(history=remembered.history)
        usable = next((run for run in remembered.runs if run.usable), None)
        if usable is not None:
            self._show(usable)

    # ----------------------------------------------------------------- looking at finished runs

    def _show_run(self, wish: wishes.ShowRun) -> None:
        self._show(self._run(wish.run))

    def _show(self, run: RunSummary) -> None:
        self._store.show(
            shown_run=run.name,
            evaluation=run_memory.evaluation_of(run),
            certificates=run_memory.certificates_of(run),
        )

    def _evaluate(self, wish: wishes.EvaluateRun) -> None:
        run = self._run(self._store.snapshot.shown_run)
        self._jobs.start("evaluate", "evaluate", {"run": run.folder}, f"Evaluating {run.name}")

    def _predict(self, wish: wishes.Predict) -> None:
        run = self._run(wish.run)
        arguments = {"run": run.folder, "inputs": list(wish.inputs), "as": "auto"}
        self._jobs.start("predict", "predict", arguments, "Asking the model")

    def _keep_thresholds(self, wish: wishes.KeepThresholds) -> None:
        run = next((run for run in self._store.snapshot.runs if run.name == wish.run), None)
        if run is None:
            return
        try:
            write_moved(Path(run.folder), wish.moved)
        except OSError as error:
            self._store.activity_failed.emit("evaluate", _not_kept(run.name, error))
            return
        # What was answered before was answered with the others.
        self._store.show(predictions=())
        self._store.notice_given.emit("Predictions and exports use these thresholds from now on.")

    def _export(self, wish: wishes.ExportRun) -> None:
        run = self._run(self._store.snapshot.shown_run)
        arguments = {"run": run.folder, "format": wish.format.value, "out": wish.folder}
        phase = f"Exporting as {wish.format.title_text}"
        self._jobs.start("export", "export", arguments, phase)

    def _run(self, name: str) -> RunSummary:
        for run in self._store.snapshot.runs:
            if run.name == name:
                return run
        raise ProblemError.of(
            f"There is no run {name}." if name else "No run is chosen.",
            "Its folder may have been moved or deleted." if name else "",
            "Choose another run, or train again.",
            code="run_missing",
        )

    def _on_evaluation_finished(self, event: ev.EvaluationFinished) -> None:
        if event.report.run == self._store.snapshot.shown_run:
            self._store.show(evaluation=event.report)

    def _on_prediction_made(self, event: ev.PredictionMade) -> None:
        older = self._store.snapshot.predictions[: _MOST_PREDICTIONS - 1]
        self._store.show(predictions=(event, *older))

    def _on_model_exported(self, event: ev.ModelExported) -> None:
        if event.run == self._store.snapshot.shown_run:
            older = self._store.snapshot.certificates
            self._store.show(certificates=(event.certificate, *older))


def _unbegun(report: DataReport | None) -> RunHistory:
    """A run that is only asked for, with what it learns already known."""
    reading = report.target if report is not None else TargetReading()
    return RunHistory(target=reading.kind, unit=reading.unit)


def _came_to_nothing(history: RunHistory) -> bool:
    """Whether no step was made and nothing went wrong, so that there is nothing to show of it."""
    return not history.has_begun and history.problem is None


def _not_kept(run: str, error: OSError) -> Problem:
    return Problem(
        what=f"The thresholds of run {run} could not be kept.",
        why=f"{error.strerror or error}.",
        remedy="Make the run's folder writable or free some space.",
        code="thresholds_not_saved",
    )


def _resumable(history: RunHistory, runs: tuple[RunSummary, ...]) -> str:
    """The run on show, which may have ended too lately to be listed; else the newest there is."""
    listed = {run.name: run.resumable for run in runs}
    if listed.get(history.run, bool(history.epochs)):
        return history.run
    for run in runs:
        if run.resumable:
            return run.name
    raise ProblemError.of(
        "There is no run to go on with.",
        "Every run has finished, or none has saved an epoch yet.",
        "Start a new run.",
        code="run_not_resumable",
    )
