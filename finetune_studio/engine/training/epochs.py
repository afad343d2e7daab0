"""Epoch after epoch: train, validate, judge, tell, save; and what is kept when it ends early."""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace

from finetune_studio.engine.evaluation.answers import Answers, ask
from finetune_studio.engine.evaluation.figures import figures_of, given_counts, with_thresholds
from finetune_studio.engine.evaluation.metrics import standard_error
from finetune_studio.engine.model.folding import Folding
from finetune_studio.engine.model.freezing import set_training_mode
from finetune_studio.engine.model.outputs import Outputs
from finetune_studio.engine.stopping import Control, GoingBack, Stopped, StopRequested
from finetune_studio.engine.training import checkpoint
from finetune_studio.engine.training.adversary import adversary_for
from finetune_studio.engine.training.averaging import average_for
from finetune_studio.engine.training.checkpoint import TrainerState
from finetune_studio.engine.training.curves import draw_curves
from finetune_studio.engine.training.distillation import distillation_for, is_always_the_same
from finetune_studio.engine.training.early_stopping import BestEpoch, score
from finetune_studio.engine.training.forgetting import parted, scored
from finetune_studio.engine.training.loop import Loop
from finetune_studio.engine.training.optimizer import build_optimizer, regroup
from finetune_studio.engine.training.outlook import Outlook
from finetune_studio.engine.training.pace import Pace
from finetune_studio.engine.training.preparation import Prepared
from finetune_studio.engine.training.record import Record
from finetune_studio.engine.training.reports import EpochTotals
from finetune_studio.engine.training.starting_point import starting_point
from finetune_studio.engine.training.step import Stepper, refuse_non_finite
from finetune_studio.events.descriptions import Figures
from finetune_studio.events.events import (
    CheckpointSaved,
    EpochFinished,
    EpochStarted,
    Event,
    FrozenPartComputed,
    RunFinished,
)
from finetune_studio.project.choices import Thresholds
from finetune_studio.project.frozen_reuse import whole_epochs
from finetune_studio.project.rate_plan import RatePlan
from finetune_studio.project.timeline import Phase
from finetune_studio.runs.folder import RunFolder, read_history


class Epochs:
    """The epochs of a run, from where it stands to its end."""

    def __init__(
        self,
        run: RunFolder,
        prepared: Prepared,
        state: TrainerState | None,
        record: Record,
        control: Control,
    ) -> None:
        self._run = run
        self._prepared = prepared
        self._record = record
        self._control = control
        self._started = 0.0
        self._training = prepared.project.training
        self._module = prepared.bundle.module
        self._state = state or TrainerState(epoch=0, best_epoch=0, step=0, best=BestEpoch())
        self._outlook = _outlook(prepared)
        self._phases = replace(prepared.phases, emit=self._heard)
        self._phase = self._phases.at(self._state.epoch + 1)
        self._phases.freeze(self._phase)
        blocks = prepared.bundle.blocks
        self._optimizer = build_optimizer(self._module, blocks, self._training)
        self._average = average_for(self._training, self._module)
        if state is not None:
            checkpoint.restore(run, state, self._module, self._optimizer, self._average)
        self._route = self._phases.route(self._phase)
        self._evaluation = Folding(self._route.evaluation, self._module)
        self._distillation = distillation_for(
            self._training, prepared.bundle, prepared.remembered.known, run.model, prepared.compute
        )
        if self._distillation is not None:
            self._distillation.turn_to(self._route.evaluation)
        self._stepper = Stepper(
            self._route.training,
            self._module,
            self._optimizer,
            prepared.compute,
            criterion=prepared.criterion,
            gradient_clip=self._training.gradient_clip,
            start=starting_point(self._training, self._module, run.model),
            average=self._average,
            distillation=self._distillation,
            adversary=adversary_for(self._training, self._module),
        )
        if state is not None:
            self._restore(state)
        epochs_left = self._training.epochs - self._state.epoch
        self._pace = Pace(
            epochs_left * prepared.sizes.steps,
            epochs_left,
            len(self._route.validation),
            outlook=self._outlook,
        )
        self._loop = Loop(
            self._stepper,
            self._route.train,
            prepared.sizes,
            RatePlan(
                self._training,
                prepared.sizes.steps,
                self._state.plateau.factor,
                self._restarts(),
            ),
            record=record,
            control=control,
            pace=self._pace,
        )
        self._loop.reports.skipped = self._state.skipped

    def train(self) -> None:
        """Train the epochs that are left.

        Raises:
            Stopped: a stop was asked for; something is kept whenever a step was made.
            GoingBack: it is to go on from the best epoch, which has epochs after it.
            ProblemError: training cannot go on; the best epoch so far is kept.
        """
        try:
            self._look_back()
        except Stopped:
            self._end(stopped=True)
            raise
        while self._state.epoch < self._training.epochs and not self._gives_up():
            try:
                self._epoch(self._state.epoch + 1)
            except Stopped:
                self._keep_something()
                self._end(stopped=True)
                raise
        if self._control.take_going_back() and self._state.best.epoch < self._training.epochs:
            raise GoingBack
        self._end(stopped=False)

    def _heard(self, event: Event) -> None:
        """Tell what became of the frozen layers; how long that took says what is to come."""
        self._record(event)
        if self._outlook is not None:
            self._outlook.hear(event)
        if isinstance(event, FrozenPartComputed) and event.part == "training" and event.view:
            views = whole_epochs(self._prepared.project, self._training.epochs)
            self._pace.stored(0.0 if event.reused else event.seconds, max(0, views - event.view))

    def _look_back(self) -> None:
        """Find out what the model knows of what it is not to forget."""
        stop_requested = self._control.stop_requested
        same = is_always_the_same(self._training, self._prepared.project.task)
        if self._distillation is not None and same:
            self._distillation.ask_all(self._route.train, self._record, stop_requested)
        if self._prepared.remembered.watched and not self._state.epoch:
            first = self._prepared.remembered.first_watched
            self._score_earlier(parted(self._validate(stop_requested), first)[1], 0, 0)

    def _score_earlier(self, answers: Answers | None, epoch: int, step: int) -> None:
        """Tell how much of an earlier task is known, if there is one."""
        bundle = self._prepared.bundle
        if answers is not None:
            self._record(scored(answers, bundle.outputs, len(bundle.labels), epoch, step))

    def _epoch(self, epoch: int) -> None:
        self._started = time.monotonic()
        self._turn_to(self._phases.at(epoch))
        self._record(EpochStarted(epoch=epoch, steps=self._prepared.sizes.steps))
        # Validation too: who stops in the first epoch is not to wait for it then.
        self._route.train.ready(epoch)
        self._route.validation.ready(None)
        set_training_mode(self._module, self._phase.paths)
        totals = self._loop.train_epoch(epoch)
        # What is kept already may be enough for somebody who wants to stop now.
        kept = self._state.best.epoch > 0
        self._finish_epoch(epoch, totals, self._control.stop_requested if kept else _never)

    def _turn_to(self, phase: Phase) -> None:
        """Let the blocks wake that train from a phase on; what trained before goes on."""
        if phase is self._phase:
            return
        self._phase = phase
        self._phases.freeze(phase)
        regroup(self._optimizer, self._module, self._prepared.bundle.blocks, self._training)
        self._route = self._phases.route(phase)
        self._evaluation = Folding(self._route.evaluation, self._module)
        start = starting_point(self._training, self._module, self._run.model)
        self._stepper.turn_to(self._route.training, start)
        if self._distillation is not None:
            self._distillation.turn_to(self._route.evaluation)
        self._loop.turn_to(self._route.train)

    def _restarts(self) -> tuple[int, ...]:
        """The epochs in which the learning rate's schedule begins."""
        restarts = self._prepared.project.freeze.restart_schedule
        return self._phases.firsts if restarts else (1,)

    def _finish_epoch(
        self,
        epoch: int,
        totals: EpochTotals,
        stop_requested: StopRequested,
        *,
        partial: bool = False,
    ) -> None:
        """Validate, decide whether this is the best epoch, tell, save."""
        trained = time.monotonic()
        answered = self._validate(stop_requested)
        answers, earlier = parted(answered, self._prepared.remembered.first_watched)
        outputs = self._judged(answers)
        found = self._figures(answers, outputs)
        best = self._state.best.after(
            epoch, found, self._training.best_metric, self._training.min_change, self._training.keep
        )
        plateau = self._state.plateau.after(
            score(found, self._training.best_metric), self._training
        )
        seconds = time.monotonic() - self._started
        step = self._state.step + totals.steps
        finished = _finished(epoch, step, totals, found, seconds, best=best.epoch == epoch)
        self._record(finished.model_copy(update=self._told_of(answers, outputs)))
        self._score_earlier(earlier, epoch, step)
        self._state = TrainerState(
            epoch=epoch,
            best_epoch=best.epoch,
            partial=partial,
            step=step,
            figures=found,
            thresholds=outputs.thresholds,
            best=best,
            plateau=plateau,
            micro_batch=self._stepper.micro_batch,
            scaler=self._stepper.scaler.state_dict(),
            skipped=self._loop.reports.skipped,
            seconds=self._state.seconds + seconds,
        )
        self._loop.rates = replace(self._loop.rates, scale=plateau.factor)
        folder = checkpoint.save(
            self._run,
            self._state,
            self._module,
            self._optimizer,
            ever=self._phases.ever,
            average=self._average,
        )
        path = folder.relative_to(self._run.path).as_posix()
        self._record(CheckpointSaved(epoch=epoch, path=path, best=best.epoch == epoch))
        self._pace.validated(time.monotonic() - trained)

    def _validate(self, stop_requested: StopRequested) -> Answers:
        validation = self._route.validation
        self._module.eval()
        average = self._average.in_force() if self._average else contextlib.nullcontext()
        with average, self._evaluation as forward:
            return ask(
                forward,
                validation,
                self._prepared.compute,
                samples=len(validation),
                emit=self._record,
                phase="Validating",
                stop_requested=stop_requested,
            )

    def _judged(self, answers: Answers) -> Outputs:
        """What the outputs mean from now on: thresholds follow every validation."""
        outputs = self._prepared.bundle.outputs
        if self._training.thresholds is Thresholds.EVEN:
            return outputs
        return with_thresholds(outputs, answers)

    def _figures(self, answers: Answers, outputs: Outputs) -> Figures:
        found = figures_of(answers, outputs, len(self._prepared.bundle.labels))
        refuse_non_finite([found.loss])
        return found

    def _told_of(self, answers: Answers, outputs: Outputs) -> dict[str, object]:
        """What the watchdog wants to know beside the figures."""
        labels = len(self._prepared.bundle.labels)
        return {
            "val_loss_error": standard_error(answers.losses),
            "predicted_counts": given_counts(answers, outputs, labels),
        }

    def _keep_something(self) -> None:
        """When the first epoch is broken off, keep it as far as it got."""
        totals = self._loop.totals
        if self._state.best.epoch == 0 and totals.steps:
            self._finish_epoch(1, totals, _never, partial=True)

    def _end(self, *, stopped: bool) -> None:
        best = self._state.best
        if best.figures is None:
            return  # stopped before the first step
        self._record(
            RunFinished(
                run=self._run.name,
                best_epoch=best.epoch,
                figures=best.figures,
                epochs=self._state.epoch,
                seconds=self._state.seconds,
                stopped=stopped,
                stopped_early=not stopped and self._gives_up(),
            )
        )
        # A disk that is full now has kept everything that matters.
        with contextlib.suppress(OSError):
            draw_curves(read_history(self._run.path), self._run.curves_file)

    def _gives_up(self) -> bool:
        """Whether to stop early: never before the last phase had its chance to improve."""
        in_last_phase = self._state.epoch + 1 - self._phases.firsts[-1]
        patience = self._training.patience
        return in_last_phase >= patience and self._state.best.gives_up(patience)

    def _restore(self, state: TrainerState) -> None:
        self._stepper.micro_batch = state.micro_batch
        if state.scaler:
            self._stepper.scaler.load_state_dict(state.scaler)


def _finished(
    epoch: int, step: int, totals: EpochTotals, found: Figures, seconds: float, *, best: bool
) -> EpochFinished:
    return EpochFinished(
        epoch=epoch,
        step=step,
        train_loss=totals.loss,
        train_accuracy=totals.accuracy,
        val_loss=found.loss,
        val_accuracy=found.accuracy,
        val_macro_f1=found.macro_f1,
        val_weighted_f1=found.weighted_f1,
        validation=found,
        val_balanced_accuracy=found.balanced_accuracy,
        learning_rates=totals.learning_rates,
        seconds=seconds,
        best=best,
    )


def _outlook(prepared: Prepared) -> Outlook | None:
    """What to expect of epochs that differ; nothing where all are alike."""
    if not prepared.foreseen:
        return None
    sizes, validation = prepared.sizes, prepared.phases.validation
    return Outlook(prepared.foreseen, sizes.samples, sizes.steps, len(validation))


def _never() -> bool:
    return False
