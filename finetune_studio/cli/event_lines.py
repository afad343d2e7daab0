"""The line that an event is worth at a terminal. Pure functions to plain text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from finetune_studio.events import events as ev
from finetune_studio.events.forgetting import forgetting, in_words, joined_words
from finetune_studio.events.history import RunHistory
from finetune_studio.events.main_figure import main_of, main_words, validation_of, value_words
from finetune_studio.events.run_words import (
    frozen_line,
    phase_words,
    saved_line,
    timed_words,
    trial_words,
    way_words,
    woken_words,
)
from finetune_studio.events.savings import savings
from finetune_studio.project import wording
from finetune_studio.project.choices import Kept, Target


def line_of(event: ev.Event, run: RunHistory) -> str:
    """What to say of an event, given the run after it; empty when it is not worth a line."""
    words = _LINES.get(type(event))
    return words(event, run) if words is not None else ""


def _run_started(event: ev.RunStarted, _run: RunHistory) -> str:
    return f"Run {event.run} in {event.folder}"


def _model_prepared(event: ev.ModelPrepared, _run: RunHistory) -> str:
    share = event.trainable / max(1, event.parameters)
    line = (
        f"{event.title}: {event.trainable:,} of {event.parameters:,} parameters train "
        f"({share:.1%}), {_learned(event)}"
    )
    return f"{line}\nUnfreezing: {phase_words(event.phases)}" if event.phases else line


def _learned(event: ev.ModelPrepared) -> str:
    if event.target is Target.NUMBER:
        return f"a number in {event.unit}" if event.unit else "a number"
    several = ", several each" if event.target is Target.LABELS else ""
    return f"{len(event.labels)} labels{several}"


def _data_prepared(event: ev.DataPrepared, _run: RunHistory) -> str:
    padding = f", {event.padding:.0%} padding" if event.padding is not None else ""
    return (
        f"{event.train:,} training, {event.validation:,} validation, "
        f"{event.test:,} test samples{padding}"
    )


def _earlier_task_joined(event: ev.EarlierTaskJoined, _run: RunHistory) -> str:
    return joined_words(event)


def _earlier_task_scored(event: ev.EarlierTaskScored, _run: RunHistory) -> str:
    when = f"after epoch {event.epoch}" if event.epoch else "before training"
    return f"Earlier task {when}: accuracy {event.accuracy:.1%} of {event.samples:,} samples"


def _compute_chosen(event: ev.ComputeChosen, _run: RunHistory) -> str:
    threads = wording.plural(event.threads, "thread")
    line = f"Computing on {event.device} in {way_words(event)}, {threads}"
    choice = timed_words(event.trials)
    if not choice:
        return line
    timed = (f"  {way}: {result}" for way, result in trial_words(event.trials))
    return "\n".join([f"{line}; {choice}:", *timed])


def _frozen_part_planned(event: ev.FrozenPartPlanned, _run: RunHistory) -> str:
    return frozen_line(event, None)


def _frozen_part_computed(event: ev.FrozenPartComputed, _run: RunHistory) -> str:
    view = f" (variation {event.view})" if event.view else ""
    how = "known from an earlier run" if event.reused else f"in {wording.seconds(event.seconds)}"
    return f"Frozen layers: {event.samples:,} {event.part} samples{view}, {how}"


def _epoch_started(event: ev.EpochStarted, run: RunHistory) -> str:
    return woken_words(run.phases, event.epoch, run.parameters)


def _epoch_finished(event: ev.EpochFinished, run: RunHistory) -> str:
    mark = "  best" if event.best and run.keep is Kept.BEST else ""
    if run.target is not Target.LABEL:
        return _epoch_line(event, run) + mark
    return (
        f"Epoch {event.epoch:>3} of {run.planned_epochs}  "
        f"loss {event.train_loss:.4f}  accuracy {event.train_accuracy:6.1%}"
        f"  validation: loss {event.val_loss:.4f}  accuracy {event.val_accuracy:6.1%}"
        f"  macro F1 {event.val_macro_f1:.3f}  {event.seconds:.1f} s{mark}"
    )


def _epoch_line(event: ev.EpochFinished, run: RunHistory) -> str:
    """An epoch of several labels, or of numbers."""
    found, main = validation_of(event), main_of(run.target)
    trained = value_words(event.train_accuracy, run.target, run.unit)
    more = f"micro F1 {wording.share(found.micro_f1)}"
    if run.target is Target.NUMBER:
        more = f"R² {found.r2:.3f}"
    training = "F1 a sample" if run.target is Target.LABELS else main.name.lower()
    return (
        f"Epoch {event.epoch:>3} of {run.planned_epochs}  "
        f"loss {event.train_loss:.4f}  {training} {trained}"
        f"  validation: loss {found.loss:.4f}  {main.name[0].lower()}{main.name[1:]} "
        f"{main_words(found)}  {more}  {event.seconds:.1f} s"
    )


def _went_back(event: ev.WentBack, _run: RunHistory) -> str:
    return (
        f"Back to epoch {event.epoch} from epoch {event.left}; every learning rate is "
        f"{event.rate_factor:g} times what it was set to"
    )


def _run_finished(_event: ev.RunFinished, run: RunHistory) -> str:
    lines = []
    if (saved := savings(run)) is not None:
        in_all = f" Saved {wording.seconds(saved.seconds)} in all." if saved.seconds > 0 else ""
        lines.append(saved_line(saved, is_over=True) + in_all)
    if (forgot := forgetting(run)) is not None:
        lines.append(f"Earlier task: {in_words(forgot)}")
    return "\n".join(lines)


_LINES: dict[type[ev.Event], Callable[[Any, RunHistory], str]] = {
    ev.RunStarted: _run_started,
    ev.ModelPrepared: _model_prepared,
    ev.DataPrepared: _data_prepared,
    ev.EarlierTaskJoined: _earlier_task_joined,
    ev.EarlierTaskScored: _earlier_task_scored,
    ev.ComputeChosen: _compute_chosen,
    ev.FrozenPartPlanned: _frozen_part_planned,
    ev.FrozenPartComputed: _frozen_part_computed,
    ev.EpochStarted: _epoch_started,
    ev.EpochFinished: _epoch_finished,
    ev.WentBack: _went_back,
    ev.RunFinished: _run_finished,
}
