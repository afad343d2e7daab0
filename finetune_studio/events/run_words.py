"""What a run says of how it computes: sentences that the window and the command line share."""

from __future__ import annotations

from collections.abc import Sequence

from finetune_studio.events.descriptions import PhaseDescription, Trial
from finetune_studio.events.events import ComputeChosen, FrozenPartPlanned
from finetune_studio.events.savings import Savings
from finetune_studio.project import wording
from finetune_studio.project.choices import Precision

_PLACES = {"memory": "in memory", "disk": "on disk"}


def frozen_line(plan: FrozenPartPlanned, saved: Savings | None, *, is_over: bool = False) -> str:
    """What became of the frozen layers: computed once and what that gains, or why not."""
    if not plan.used:
        return _earlier_saved(plan, saved)
    earlier = saved is not None and saved.first < plan.first_epoch and not is_over
    if saved is None or earlier:
        work = f", {wording.share(plan.share, 0)} of a forward pass," if plan.share else ""
        room = f" They take {stored_words(plan)}." if plan.size else ""
        return f"The frozen layers{work} are computed once and stored.{room}"
    room = f" {wording.size(saved.size)} stored." if saved.size else ""
    return f"{saved_line(saved, is_over=is_over)}{room}"


def saved_line(saved: Savings, *, is_over: bool = False) -> str:
    """What storing the frozen layers means for an epoch, as a sentence."""
    when = f" in epochs {saved.first} to {saved.last}" if saved.last else ""
    if saved.first == saved.last:
        when = f" in epoch {saved.first}"
    return f"Frozen layers computed once: {epoch_words(saved, is_over=is_over)}{when}."


def _earlier_saved(plan: FrozenPartPlanned, saved: Savings | None) -> str:
    """Why nothing is stored now, after what was gained while something was."""
    if saved is None or not plan.reason:
        return plan.reason
    reason = plan.reason[0].lower() + plan.reason[1:]
    return f"{saved_line(saved, is_over=True)} From epoch {plan.first_epoch} on: {reason}"


def epoch_words(saved: Savings, *, is_over: bool = False) -> str:
    """How long an epoch takes, and without: ``an epoch takes 0.4 s instead of 31 s``."""
    verb = "took" if is_over else "takes"
    plain = wording.seconds(saved.plain_epoch)
    # Both in seconds, so that they compare at a glance.
    in_ms = saved.epoch < 1 <= saved.plain_epoch
    epoch = f"{wording.figure(saved.epoch, 1)} s" if in_ms else wording.seconds(saved.epoch)
    return f"an epoch {verb} {epoch} instead of {plain}"


def stored_words(plan: FrozenPartPlanned) -> str:
    """How much is stored, and where: ``14 MB in memory``."""
    return f"{wording.size(plan.size)} {_PLACES.get(plan.place, '')}".rstrip()


def phase_words(phases: Sequence[PhaseDescription]) -> str:
    """What trains from which epoch on: ``Head from epoch 1, Stage 4 from epoch 2``."""
    return ", ".join(
        f"{listed(phase.woken)} from epoch {phase.first_epoch}" for phase in phases if phase.woken
    )


def woken_words(phases: Sequence[PhaseDescription], epoch: int, parameters: int) -> str:
    """What begins to train with an epoch after the first; empty when nothing does."""
    phase = next((one for one in phases if 1 < one.first_epoch == epoch), None)
    if phase is None:
        return ""
    share = f"{wording.count(phase.trainable)} of {wording.count(parameters)} parameters"
    verb = "trains" if len(phase.woken) == 1 else "train"
    return f"From epoch {epoch} on {listed(phase.woken)} {verb} too: {share}"


def listed(names: Sequence[str]) -> str:
    """A few names with "and"; of many the first two."""
    if len(names) > 3:
        names = (*names[:2], wording.plural(len(names) - 2, "more block"))
    *more, last = names
    return f"{', '.join(more)} and {last}" if more else last


def way_words(way: ComputeChosen | Trial) -> str:
    """A way to compute: ``bfloat16, channels last``."""
    known = {precision.value: precision.title_text for precision in Precision}
    parts = [known.get(way.precision, way.precision)]
    if way.memory_format == "channels_last":
        parts.append("channels last")
    if way.compiled:
        parts.append("compiled")
    if way.micro_batch:
        parts.append(f"{wording.whole(way.micro_batch)} at once")
    return ", ".join(parts)


def trial_words(trials: Sequence[Trial]) -> list[tuple[str, str]]:
    """Each timed way, the fastest first, with the time of a step or why it has none."""
    threads_differ = len({trial.threads for trial in trials}) > 1
    in_order = sorted(trials, key=lambda t: (t.seconds is None, t.seconds or 0.0))
    return [(_trial_name(trial, threads_differ), _trial_result(trial)) for trial in in_order]


def timed_words(trials: Sequence[Trial]) -> str:
    """How many ways it was chosen from: ``chosen from 4 timed ways``; empty without a choice."""
    return f"chosen from {len(trials)} timed ways" if len(trials) > 1 else ""


def _trial_name(trial: Trial, threads_differ: bool) -> str:
    threads = f", {wording.plural(trial.threads, 'thread')}" if threads_differ else ""
    return way_words(trial) + threads


def _trial_result(trial: Trial) -> str:
    time = wording.seconds(trial.seconds) if trial.seconds is not None else ""
    remark = "chosen" if trial.chosen else trial.note
    return ", ".join(part for part in (time, remark) if part)
