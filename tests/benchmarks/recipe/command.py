"""What `make bench` offers to choose about the defaults, and how they are put to the test."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.benchmarks.recipe.contest import contest, markdown, subjects
from tests.benchmarks.training.race import forget_outcomes, outcomes_in
from tests.benchmarks.training.trial import Outcome


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be chosen beside what the race offers."""
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--subjects", nargs="+", help="words in the names of the data to ask about")


def measured(chosen: argparse.Namespace, folder: Path) -> str:
    """Put the defaults to the test and give the table."""
    folder.mkdir(parents=True, exist_ok=True)
    if not chosen.keep:
        forget_outcomes(folder)
    own = [
        subject
        for subject in subjects(chosen.photos, chosen.texts, folder)
        if not chosen.subjects or any(word in subject.name.lower() for word in chosen.subjects)
    ]
    for outcome in contest(own, chosen.seeds, folder, chosen.lock):
        _tell(outcome)
    return markdown(outcomes_in(folder))


def _tell(outcome: Outcome) -> None:
    trial = outcome.trial
    sys.stderr.write(
        f"{Path(trial.task.data).parent.name}, seed {trial.task.seed}, {trial.contestant}: "
        f"{outcome.epochs[-1].accuracy:.1%} in {outcome.seconds:.0f} s {outcome.note}\n"
    )
