"""A run in words: where it stands, what it runs on, what it takes."""

from __future__ import annotations

from finetune_studio.events.descriptions import Figures
from finetune_studio.events.forgetting import forgetting, in_words, joined_words
from finetune_studio.events.history import RunHistory, RunState
from finetune_studio.events.main_figure import main_of, validation_of, value_words
from finetune_studio.events.run_words import (
    frozen_line,
    phase_words,
    stored_words,
    timed_words,
    trial_words,
    way_words,
)
from finetune_studio.events.savings import savings
from finetune_studio.project import wording
from finetune_studio.project.choices import Choice, Device, Kept, Target
from finetune_studio.ui.widgets.fact_list import Fact

_STATES = {
    RunState.PAUSED: "Paused",
    RunState.STOPPED: "Stopped",
    RunState.FAILED: "Failed",
}


def state_line(history: RunHistory) -> str:
    """Where the run stands."""
    if history.preparing:
        return history.phase or "Preparing"
    if history.state is RunState.FINISHED:
        return _finished(history)
    did = _STATES.get(history.state, "")
    if not history.epoch:
        return f"{did} before the first epoch" if did else ""
    epoch = f"epoch {history.epoch} of {history.planned_epochs}"
    return f"{did} in {epoch}" if did else epoch.capitalize()


def best_line(history: RunHistory) -> str:
    """What the big number is."""
    name = main_of(history.target).long_name
    if history.best is None:
        which = "Last" if history.keep is Kept.LAST else "Best"
        return f"{which} validation {name}, after the first epoch"
    return f"Validation {name} of the {history.keep.epoch_words} ({history.best_epoch})"


def facts(history: RunHistory) -> list[Fact]:
    """Speed, memory and the machine, as far as they are known."""
    found = []
    if history.best is not None:
        found += _more_figures(validation_of(history.best))
    if (forgot := forgetting(history)) is not None:
        help_text = joined_words(history.earlier) if history.earlier is not None else ""
        words = f"{wording.share(forgot.before)}, now {wording.share(forgot.after)}"
        value = words if forgot.epoch else in_words(forgot)
        found.append(Fact("Earlier task", value, f"Right answers before and after. {help_text}"))
    if history.samples_per_second and history.state.busy:
        speed = wording.figure(history.samples_per_second, 2)
        if history.samples_per_second >= 10:
            speed = wording.whole(history.samples_per_second)
        found.append(Fact("Speed", f"{speed} samples/s"))
    if history.memory:
        found.append(Fact("Memory", wording.size(history.memory)))
    if history.compute is not None:
        found.append(Fact("Device", _title(Device, history.compute.device)))
        found.append(Fact("Computes in", way_words(history.compute), history.compute.reason))
    found += _scaling(history)
    if history.parameters:
        trainable, total = wording.count(history.trains_now), wording.count(history.parameters)
        when = " now" if history.trains_now < history.trainable else ""
        help_text = phase_words(history.phases) or "Parameters that learn."
        found.append(Fact("Trains", f"{trainable} of {total}{when}", help_text))
    if any(history.samples):
        train, validation, test = history.samples
        found.append(
            Fact(
                "Samples",
                f"{wording.whole(train)} / {wording.whole(validation)} / {wording.whole(test)}",
                "Training / validation / test",
            )
        )
    if history.padding is not None:
        found.append(
            Fact(
                "Padding",
                wording.share(history.padding),
                "Tokens that only fill a batch up to its longest text.",
            )
        )
    return found


def _more_figures(figures: Figures) -> list[Fact]:
    """What is worth knowing of the best epoch beside the big number."""
    if figures.target is Target.NUMBER:
        rmse = value_words(figures.rmse, figures.target, figures.unit)
        return [
            Fact("RMSE", rmse, "Root of the mean squared error: large errors count more."),
            Fact("R²", f"{figures.r2:.3f}", "Share of the numbers' spread that is explained."),
        ]
    if figures.target is Target.LABELS:
        return [
            Fact("Micro F1", wording.share(figures.micro_f1), "F1 over all answers together."),
            Fact("All right", wording.share(figures.accuracy), "Samples with every label right."),
        ]
    return [
        Fact(
            "Macro F1",
            wording.share(figures.macro_f1),
            "F1 averaged over labels, so that each counts the same however rare it is.",
        )
    ]


def _scaling(history: RunHistory) -> list[Fact]:
    """What the gradient scaler does, where there is one."""
    if history.scale is None:
        return []
    skipped = f", {wording.plural(history.skipped, 'update')} skipped" if history.skipped else ""
    return [
        Fact(
            "Gradient scale",
            wording.whole(history.scale) + skipped,
            "What the loss is multiplied with so that float16 holds its gradients. Where one "
            "does not fit, its update is skipped and the scale falls; a few are normal.",
        )
    ]


def stored_line(history: RunHistory) -> str:
    """What is gained by computing the frozen layers once, or why they are not."""
    if history.frozen is None:
        return ""
    is_over = not history.state.busy
    return frozen_line(history.frozen, savings(history), is_over=is_over)


def stored_details(history: RunHistory) -> str:
    """What more there is to know of the stored layers: gain in all, room and views."""
    saved = savings(history)
    plan = next((plan for plan in reversed(history.frozen_plans) if plan.used), None)
    if plan is None:
        return ""
    parts = [plan.reason]
    if saved is not None and saved.seconds > 0:
        parts.append(f"Saved {wording.seconds(saved.seconds)} so far.")
    if plan.size:
        parts.append(f"{stored_words(plan)}.")
    if plan.views:
        views = wording.plural(plan.views, "variation")
        parts.append(f"{views} of each training picture, taken in turn.")
    return "\n".join(part for part in parts if part)


def ways(history: RunHistory) -> tuple[str, list[Fact]]:
    """The ways to compute that were timed, under a title; nothing when none was."""
    trials = history.compute.trials if history.compute is not None else ()
    title = timed_words(trials)
    return title.capitalize(), [Fact(*words) for words in trial_words(trials)] if title else []


def _finished(history: RunHistory) -> str:
    outcome = history.outcome
    if outcome is None:
        return "Finished"
    done = f"{wording.plural(outcome.epochs, 'epoch')} in {wording.seconds(outcome.seconds)}"
    if outcome.stopped_early:
        return f"{done}; stopped early, no more improvement"
    return f"Finished: {done}"


def _title(choices: type[Choice], value: str) -> str:
    name = value.partition(":")[0]
    known = {choice.value: choice.title_text for choice in choices}
    return known.get(name, value)
