"""The schedule of a planned run in a few plain sentences."""

from __future__ import annotations

from finetune_studio.project import wording
from finetune_studio.project.block_rates import HEAD
from finetune_studio.project.choices import Schedule
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.schedule_curve import warmup_length
from finetune_studio.project.timeline import within_stretch
from finetune_studio.ui.run_plan import PartPlan, RunPlan

_HEAD = HEAD.capitalize()


def in_words(plan: RunPlan) -> str:
    """What the plot shows, and what it cannot show."""
    sentences = [_climb(plan), _fall(plan.training), _parts(plan.training, plan.parts)]
    if len(plan.restarts) > 1:
        sentences.append(f"Begins anew in epoch {_listed(plan.restarts[1:])}.")
    return " ".join(sentence for sentence in sentences if sentence)


def _listed(numbers: tuple[int, ...]) -> str:
    """``2``, ``2 and 4``, ``2, 4 and 7``."""
    *first, last = map(str, numbers)
    return f"{', '.join(first)} and {last}" if first else last


def _climb(plan: RunPlan) -> str:
    if not plan.steps_per_epoch:
        return "The shape is right; steps are counted once the data are read."
    training = plan.training
    peak = wording.rate(training.learning_rate * plan.parts[0].factor)
    _, steps = within_stretch(plan.restarts, training.epochs, plan.steps_per_epoch, 1)
    warm = warmup_length(training, steps)
    if not warm:
        return f"Starts at {peak}."
    climbs = f"Climbs to {peak} in the first {wording.plural(warm, 'step')}"
    if training.schedule in (Schedule.ONE_CYCLE, Schedule.SLANTED_TRIANGLE):
        start = training.learning_rate * plan.parts[0].factor / training.start_divisor
        return f"{climbs}, from {wording.rate(start)}."
    return f"{climbs}."


def _fall(training: Hyperparameters) -> str:
    if training.schedule is not Schedule.PLATEAU:
        return ""
    epochs = wording.plural(training.plateau_patience, "epoch")
    return (
        f"Falls to {wording.share(training.plateau_factor, 0)} whenever validation has not "
        f"improved for {epochs}; when that will be cannot be drawn."
    )


def _parts(training: Hyperparameters, parts: tuple[PartPlan, ...]) -> str:
    below = [part for part in parts if part.title != _HEAD]
    if training.rate_decay == 1 or len(below) < 2:
        return ""
    times = wording.times(training.rate_decay)
    return f"Each block below {below[0].title} learns {times} slower than the one above it."
