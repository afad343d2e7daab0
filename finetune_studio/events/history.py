"""A run's events folded into what can be drawn. Pure: reopening a run replays its file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from finetune_studio.events import events as ev
from finetune_studio.events.descriptions import PhaseDescription
from finetune_studio.events.finding import Finding
from finetune_studio.events.forgetting import up_to, with_score
from finetune_studio.events.run_state import RunState
from finetune_studio.events.step_curve import StepCurve
from finetune_studio.events.watchdog import findings_after, findings_within_epoch
from finetune_studio.project.choices import Kept, Target
from finetune_studio.project.problems import Problem

__all__ = ["FrozenPass", "RunHistory", "RunState", "replay"]

# Often enough to be told of large steps early, seldom enough to cost nothing.
_WATCHED_STEPS = 16
_NOT_SAVED = "checkpoint_not_saved"


@dataclass(frozen=True)
class FrozenPass:
    """One pass of samples through the frozen layers, and the epoch that waited for it."""

    epoch: int
    computed: ev.FrozenPartComputed


@dataclass(frozen=True)
class RunHistory:
    """What is known of a run so far.

    Attributes:
        curve: shared arrays of the steps; the first ``step_count`` points are this history's.
        epochs: the finished epochs, in order; an epoch trained again after a resume replaces
            the first.
        compute: where and how it computes.
        padding: share of padding among the tokens of an epoch; ``None`` for pictures.
        target, unit: what is learned of each sample, and the unit of numbers.
        phases: what trains from which epoch on, where layers wake later; else none.
        keep: which epoch is kept: where it is the last, that is the "best" one.
        loss_altered_by: what makes training loss another one than validation loss, in words.
        frozen_plans: what is decided on the frozen layers, once for each phase that has begun.
        frozen_passes: what of it is done, in order.
        phase: what is being prepared, in words, with its share done (0 to 1, or ``None``) and
            the seconds it will still take.
        train_counts, validation_counts: samples of each label; empty when not told.
        earlier: what was learned before, where that is not to be forgotten.
        earlier_scores: of the earlier task, before training and after each epoch.
        went_back: to which epochs training was sent back, in order.
        findings: of the watchdog, newest first, with those that no longer hold.
        time_share: of the run's expected time that is over, where its epochs differ.
        scale, skipped: of the gradient scaler, as in `StepFinished`.
        outcome: the end of the run, when it ended well.
        problem: why it failed, when it did.
    """

    state: RunState = RunState.NONE
    run: str = ""
    folder: str = ""
    planned_epochs: int = 0
    epoch: int = 0
    step: int = 0
    steps_per_epoch: int = 0
    curve: StepCurve = field(default_factory=StepCurve)
    step_count: int = 0
    epochs: tuple[ev.EpochFinished, ...] = ()
    best_epoch: int = 0
    compute: ev.ComputeChosen | None = None
    phases: tuple[PhaseDescription, ...] = ()
    keep: Kept = Kept.BEST
    loss_altered_by: tuple[str, ...] = ()
    frozen_plans: tuple[ev.FrozenPartPlanned, ...] = ()
    frozen_passes: tuple[FrozenPass, ...] = ()
    padding: float | None = None
    trainable: int = 0
    parameters: int = 0
    labels: tuple[str, ...] = ()
    target: Target = Target.LABEL
    unit: str = ""
    samples: tuple[int, int, int] = (0, 0, 0)
    train_counts: tuple[int, ...] = ()
    validation_counts: tuple[int, ...] = ()
    earlier: ev.EarlierTaskJoined | None = None
    earlier_scores: tuple[ev.EarlierTaskScored, ...] = ()
    went_back: tuple[ev.WentBack, ...] = ()
    findings: tuple[Finding, ...] = ()
    memory: int = 0
    samples_per_second: float = 0.0
    seconds_left: float | None = None
    time_share: float | None = None
    scale: float | None = None
    skipped: int = 0
    phase: str = ""
    phase_share: float | None = None
    phase_seconds_left: float | None = None
    started_at: float = 0.0
    outcome: ev.RunFinished | None = None
    problem: Problem | None = None
    notes: tuple[Problem, ...] = ()

    @property
    def frozen(self) -> ev.FrozenPartPlanned | None:
        """What is decided on the frozen layers now."""
        return self.frozen_plans[-1] if self.frozen_plans else None

    @property
    def trains_now(self) -> int:
        """Parameters that train in the running epoch; before the first, those of that."""
        begun = [one.trainable for one in self.phases if one.first_epoch <= max(1, self.epoch)]
        return begun[-1] if begun else self.trainable

    @property
    def best(self) -> ev.EpochFinished | None:
        """The best epoch so far."""
        return next((epoch for epoch in self.epochs if epoch.epoch == self.best_epoch), None)

    @property
    def has_begun(self) -> bool:
        """Whether it has trained a step, or is going on from one that has."""
        return bool(self.step_count or self.epochs)

    @property
    def can_go_back(self) -> bool:
        """Whether there is a best epoch, with epochs after it that could be trained again."""
        return 0 < self.best_epoch < self.planned_epochs

    @property
    def share(self) -> float:
        """How much of the planned run is done, 0 to 1."""
        if self.outcome is not None:
            return 1.0
        if self.time_share is not None:
            return self.time_share
        total = self.planned_epochs * self.steps_per_epoch
        return min(1.0, self.step / total) if total else 0.0

    @property
    def preparing(self) -> bool:
        """Whether something comes before the first step, of the run or of the running epoch."""
        begun = self.step > (self.epoch - 1) * self.steps_per_epoch
        waiting = self.state is RunState.TRAINING and bool(self.phase) and not begun
        return waiting or self.state is RunState.PREPARING

    def saved_up_to(self, epoch: int) -> RunHistory:
        """This history where no later epoch can be used, for it was not saved."""
        if self.best_epoch <= epoch:
            return self
        saved = [done for done in self.epochs if done.epoch <= epoch]
        return _with(self, best_epoch=_best_of(saved))

    def after(self, event: ev.Event) -> RunHistory:
        """The history once an event has happened; unknown events change nothing."""
        fold = _FOLDS.get(type(event))
        return fold(self, event) if fold else self


def replay(events: Iterable[ev.Event]) -> RunHistory:
    """The history of a whole recording."""
    history = RunHistory()
    for event in events:
        history = history.after(event)
    return history


def _with(history: RunHistory, **changes: object) -> RunHistory:
    # `dataclasses.replace` takes several times as long, and steps come by the thousand.
    changed = object.__new__(RunHistory)
    changed.__dict__.update(history.__dict__, **changes)
    return changed


def _run_started(history: RunHistory, event: ev.RunStarted) -> RunHistory:
    if event.resumed_from:
        return _with(
            _cut(history, event.resumed_from),
            state=RunState.PREPARING,
            run=event.run,
            folder=event.folder,
            planned_epochs=event.epochs,
            problem=None,
            outcome=None,
        )
    return RunHistory(
        state=RunState.PREPARING,
        run=event.run,
        folder=event.folder,
        planned_epochs=event.epochs,
        started_at=event.at,
    )


def _cut(history: RunHistory, epoch: int) -> RunHistory:
    """The history as it was after an epoch: what came later will be trained again."""
    kept = tuple(done for done in history.epochs if done.epoch <= epoch)
    last_step = kept[-1].step if kept else 0
    old = history.curve
    count = next(
        (i for i in range(history.step_count) if old.steps[i] > last_step), history.step_count
    )
    return _with(
        history,
        epochs=kept,
        curve=old.first(count),
        step_count=count,
        step=last_step,
        time_share=None,
        epoch=epoch,
        best_epoch=_best_of(kept),
        findings=tuple(one for one in history.findings if one.noticed <= epoch),
        earlier_scores=up_to(history.earlier_scores, epoch),
        went_back=tuple(one for one in history.went_back if one.epoch <= epoch),
    )


def _best_of(epochs: Sequence[ev.EpochFinished]) -> int:
    """The last that was the best when it ended; 0 where none is."""
    return max((done.epoch for done in epochs if done.best), default=0)


def _progress(history: RunHistory, event: ev.Progress) -> RunHistory:
    share = event.done / event.total if event.total else None
    return _with(
        history,
        phase=event.phase,
        phase_share=share,
        phase_seconds_left=event.seconds_left,
    )


def _model_prepared(history: RunHistory, event: ev.ModelPrepared) -> RunHistory:
    return _with(
        history,
        parameters=event.parameters,
        trainable=event.trainable,
        labels=event.labels,
        target=event.target,
        unit=event.unit,
        phases=event.phases,
        keep=event.keep,
        loss_altered_by=event.loss_altered_by,
    )


def _data_prepared(history: RunHistory, event: ev.DataPrepared) -> RunHistory:
    return _with(
        history,
        samples=(event.train, event.validation, event.test),
        train_counts=event.train_counts,
        validation_counts=event.validation_counts,
        steps_per_epoch=event.steps_per_epoch,
        planned_epochs=event.epochs or history.planned_epochs,
        padding=event.padding,
    )


def _earlier_task_joined(history: RunHistory, event: ev.EarlierTaskJoined) -> RunHistory:
    return _with(history, earlier=event)


def _earlier_task_scored(history: RunHistory, event: ev.EarlierTaskScored) -> RunHistory:
    return _with(history, earlier_scores=with_score(history.earlier_scores, event))


def _compute_chosen(history: RunHistory, event: ev.ComputeChosen) -> RunHistory:
    return _with(history, compute=event)


def _frozen_part_planned(history: RunHistory, event: ev.FrozenPartPlanned) -> RunHistory:
    # A run that goes on decides again on the phase it is in.
    earlier = (plan for plan in history.frozen_plans if plan.first_epoch < event.first_epoch)
    return _with(history, frozen_plans=(*earlier, event))


def _frozen_part_computed(history: RunHistory, event: ev.FrozenPartComputed) -> RunHistory:
    done = FrozenPass(history.epoch, event)
    return _with(history, frozen_passes=(*history.frozen_passes, done))


def _epoch_started(history: RunHistory, event: ev.EpochStarted) -> RunHistory:
    return _with(
        history,
        state=RunState.TRAINING,
        epoch=event.epoch,
        steps_per_epoch=event.steps,
        phase="",
        phase_share=None,
    )


def _step_finished(history: RunHistory, event: ev.StepFinished) -> RunHistory:
    curve = _own_curve(history)
    curve.append(event)
    after = _with(
        history,
        state=RunState.TRAINING,
        step=event.step,
        epoch=event.epoch,
        curve=curve,
        step_count=history.step_count + 1,
        memory=event.memory or history.memory,
        samples_per_second=event.samples_per_second,
        seconds_left=event.seconds_left,
        time_share=event.share,
        scale=event.scale,
        skipped=event.skipped,
    )
    if after.step_count % _WATCHED_STEPS:
        return after
    return _with(after, findings=findings_within_epoch(after))


def _watched(history: RunHistory) -> RunHistory:
    findings = findings_after(history)
    return history if findings == history.findings else _with(history, findings=findings)


def _own_curve(history: RunHistory) -> StepCurve:
    """The shared arrays, or a copy when another history has already grown them further."""
    if len(history.curve.steps) == history.step_count:
        return history.curve
    return history.curve.first(history.step_count)


def _epoch_finished(history: RunHistory, event: ev.EpochFinished) -> RunHistory:
    earlier = tuple(done for done in history.epochs if done.epoch < event.epoch)
    best = event.epoch if event.best or not history.best_epoch else history.best_epoch
    return _watched(
        _with(
            history, epochs=(*earlier, event), best_epoch=best, epoch=event.epoch, step=event.step
        )
    )


def _run_paused(history: RunHistory, event: ev.RunPaused) -> RunHistory:
    return _with(history, state=RunState.PAUSED, step=event.step)


def _run_continued(history: RunHistory, _event: ev.RunContinued) -> RunHistory:
    return _with(history, state=RunState.TRAINING)


def _went_back(history: RunHistory, event: ev.WentBack) -> RunHistory:
    cut = _cut(history, event.epoch)
    return _with(cut, went_back=(*cut.went_back, event), phase="")


def _run_finished(history: RunHistory, event: ev.RunFinished) -> RunHistory:
    state = RunState.STOPPED if event.stopped else RunState.FINISHED
    return _watched(
        _with(history, state=state, outcome=event, best_epoch=event.best_epoch, seconds_left=0.0)
    )


def _job_failed(history: RunHistory, event: ev.JobFailed) -> RunHistory:
    if not history.state.busy:
        return history
    if event.problem.code == _NOT_SAVED:
        history = history.saved_up_to(history.epoch - 1)
    return _watched(_with(history, state=RunState.FAILED, problem=event.problem, seconds_left=None))


def _job_stopped(history: RunHistory, _event: ev.JobStopped) -> RunHistory:
    return _with(history, state=RunState.STOPPED) if history.state.busy else history


def _problem_found(history: RunHistory, event: ev.ProblemFound) -> RunHistory:
    return _with(history, notes=(*history.notes, event.problem))


_FOLDS: dict[type[ev.Event], Callable[[RunHistory, Any], RunHistory]] = {
    ev.RunStarted: _run_started,
    ev.Progress: _progress,
    ev.ModelPrepared: _model_prepared,
    ev.DataPrepared: _data_prepared,
    ev.EarlierTaskJoined: _earlier_task_joined,
    ev.EarlierTaskScored: _earlier_task_scored,
    ev.ComputeChosen: _compute_chosen,
    ev.FrozenPartPlanned: _frozen_part_planned,
    ev.FrozenPartComputed: _frozen_part_computed,
    ev.EpochStarted: _epoch_started,
    ev.StepFinished: _step_finished,
    ev.EpochFinished: _epoch_finished,
    ev.RunPaused: _run_paused,
    ev.RunContinued: _run_continued,
    ev.WentBack: _went_back,
    ev.RunFinished: _run_finished,
    ev.JobFailed: _job_failed,
    ev.JobStopped: _job_stopped,
    ev.ProblemFound: _problem_found,
}
