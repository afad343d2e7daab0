"""A loop tuned by hand: pixels in memory, the faster numbers, no stored features."""

from __future__ import annotations

from tests.benchmarks.training.best_case import train_best
from tests.benchmarks.training.trial import Stopwatch, Trial, compete


def train(trial: Trial, watch: Stopwatch) -> None:
    """One trial."""
    train_best(trial, watch, store=False)


if __name__ == "__main__":
    compete(train)
