"""Subjects, contestants and seeds, one trial after another, and the table of their means."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.benchmarks.recipe.material import Subject, Tables, tables
from tests.benchmarks.recipe.ours import planned_epochs
from tests.benchmarks.training.contestants import Contestant
from tests.benchmarks.training.preparation import make_weights, material_in, unpacked_digits
from tests.benchmarks.training.race import Plan, keep, one_trial, outcomes_in
from tests.benchmarks.training.tasks import Material
from tests.benchmarks.training.trial import Depth, Network, Outcome, Task

_PACKAGE = "tests.benchmarks.recipe"
OURS = Contestant(
    "Finetune Studio",
    "ours",
    rival=False,
    how="`new`, `train` and `evaluate` with nothing set but the seed.",
    package=_PACKAGE,
)
TRAINER = Contestant(
    "transformers' Trainer",
    "hf_trainer",
    rival=True,
    how="every argument's default (AdamW at 5e-5, linear, batch 8); everything trains.",
)
FASTAI = Contestant(
    "fastai",
    "fastai_fine_tune",
    rival=True,
    how="`fine_tune` with its defaults (one epoch of the head, then everything, 2e-3, batch 64).",
    package=_PACKAGE,
)
# What each program's documentation gives when nothing is said: rate and batch size.
_DEFAULTS = {OURS.name: (0.0, 0), TRAINER.name: (5e-5, 8), FASTAI.name: (2e-3, 64)}
_LEAD_OVER_TRAINER = 0.01
_LONGEST_TEXT = 128
_ONCE = 1  # each seed is a task of its own, done in one whole round


def subjects(photos: Path | None, texts: Path | None, folder: Path) -> list[Subject]:
    """What is asked: as many of the five as there are data for."""
    found = [Subject("Digits, 10 of each", Network.EFFICIENTNET, unpacked_digits(folder), each=12)]
    if photos is not None:
        found.append(Subject("Photos", Network.EFFICIENTNET, photos))
    if texts is not None:
        found += [
            Subject(f"Film reviews, {count:,}", Network.MINILM, texts, texts=count)
            for count in (500, 5000)
        ]
    return found


def contest(
    own: Iterable[Subject], seeds: Iterable[int], folder: Path, lock: Path | None
) -> Iterator[Outcome]:
    """Every outcome that is not there yet, as it comes."""
    material = material_in(folder)
    make_weights(folder, material)
    plan = Plan(folder, rounds=_ONCE, whole_rounds=_ONCE, rival_epochs=1, lock=lock)
    chosen = list(own)
    for seed in seeds:
        for subject in chosen:
            divided = tables(subject, folder / subject.name.replace(" ", "-"), seed)
            yield from _one_of_each(subject, divided, seed, plan, material)


def _one_of_each(
    subject: Subject, divided: Tables, seed: int, plan: Plan, material: Material
) -> Iterator[Outcome]:
    there = {(one.trial.contestant, one.trial.task.data): one for one in outcomes_in(plan.folder)}
    epochs = 1  # ours plans its own, and the others get as many
    for contestant in (OURS, TRAINER, FASTAI):
        data = str(divided.ours if contestant is OURS else divided.theirs)
        outcome = there.get((contestant.name, data))
        if outcome is None:
            rate, size = _DEFAULTS[contestant.name]
            task = Task(
                network=subject.network,
                depth=Depth.ALL,
                epochs=epochs,
                learning_rate=rate,
                seed=seed,
                data=data,
                weights=str(material.weights[subject.network]),
                batch_size=size,
                max_tokens=_LONGEST_TEXT,
            )
            outcome = one_trial(task, contestant, _ONCE, plan)
            if outcome is None:
                return
            keep(outcome, plan.folder)
            yield outcome
        if contestant is OURS:
            epochs = planned_epochs(outcome.note)


def markdown(outcomes: Iterable[Outcome]) -> str:
    """The means over the seeds, and whether the bars are reached."""
    found: dict[str, dict[str, list[Outcome]]] = {}
    for one in outcomes:
        subject = Path(one.trial.task.data).parent.name.replace("-", " ")
        found.setdefault(subject, {}).setdefault(one.trial.contestant, []).append(one)
    names = [OURS.name, TRAINER.name, FASTAI.name]
    lines = [
        f"| Accuracy on samples nobody has seen | {' | '.join(names)} | Seeds | Ours chose | |",
        "|---|" + "--:|" * len(names) + "--:|---|---|",
        *(_row(subject, own, names) for subject, own in found.items()),
    ]
    who = "\n".join(f"- **{one.name}**: {one.how}" for one in (OURS, TRAINER, FASTAI))
    return "\n".join([*lines, "", who, "", _LEGEND])


def _row(subject: str, own: dict[str, list[Outcome]], names: list[str]) -> str:
    means = {name: _mean(outcomes) for name, outcomes in own.items()}
    cells = [f"{means[name]:.1%} ± {_spread(own[name]):.1%}" if name in means else "–"
             for name in names]  # fmt: skip
    seeds = min(len(outcomes) for outcomes in own.values())
    complete = all(name in means for name in names)
    reached = complete and (
        means[OURS.name] >= means[TRAINER.name] + _LEAD_OVER_TRAINER
        and means[OURS.name] >= means[FASTAI.name]
    )
    verdict = ("reached" if reached else "missed") if complete else ""
    note = own[OURS.name][-1].note if OURS.name in own else ""
    return f"| {subject} | {' | '.join(cells)} | {seeds} | {note} | {verdict} |"


def _mean(outcomes: list[Outcome]) -> float:
    return statistics.mean(one.epochs[-1].accuracy for one in outcomes)


def _spread(outcomes: list[Outcome]) -> float:
    return statistics.pstdev(one.epochs[-1].accuracy for one in outcomes)


_LEGEND = (
    "Mean and spread over the seeds, each of which divides the data anew, for everybody alike. "
    "Everybody learns from the same samples with the same number of epochs (ours may stop early); "
    "only ours looks at validation samples, to choose its epoch. To reach: a point above the "
    "Trainer, and no less than fastai."
)
