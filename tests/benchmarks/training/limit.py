"""The limit: one forward pass over the data, then training the rest on what was stored."""

from __future__ import annotations

from tests.benchmarks.training.best_case import train_best
from tests.benchmarks.training.trial import Stopwatch, Trial, compete


def train(trial: Trial, watch: Stopwatch) -> None:
    """One trial."""
    train_best(trial, watch, store=True)


if __name__ == "__main__":
    compete(train)
