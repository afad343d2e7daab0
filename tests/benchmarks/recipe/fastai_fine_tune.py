"""fastai as its documentation recommends for transfer learning: `fine_tune`, all else as it comes.

One epoch trains the head, the others everything, with smaller rates for deeper layers.
"""

from __future__ import annotations

from fastai.callback.schedule import fine_tune  # noqa: F401 - adds the method to `Learner`
from fastai.torch_core import set_seed

from tests.benchmarks.training.fastai_learner import picture_learner, text_learner
from tests.benchmarks.training.trial import Stopwatch, Trial, compete


def train(trial: Trial, watch: Stopwatch) -> None:
    """One trial; only what comes after the last epoch counts."""
    task = trial.task
    watch.start()
    set_seed(task.seed)
    learner = text_learner(task) if task.network.reads_texts else picture_learner(task)
    with learner.no_bar(), learner.no_logging():
        learner.fine_tune(task.epochs - 1)
    watch.epoch(float(learner.validate()[1]))
    watch.stop()


if __name__ == "__main__":
    compete(train)
