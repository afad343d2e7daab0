"""Which epoch is the best, and when to give up waiting for a better one. Plain figures."""

from __future__ import annotations

from finetune_studio.events.descriptions import Figures
from finetune_studio.project.choices import Kept, Metric
from finetune_studio.project.value import Value


class BestEpoch(Value):
    """What is remembered between epochs; part of every checkpoint.

    Attributes:
        epoch: the best one; 0 before the first.
        figures: of the best epoch on validation.
        bar: the score that the next improvement is measured against; ``None`` before the first.
        waited: epochs since the last improvement that counted.
    """

    epoch: int = 0
    figures: Figures | None = None
    bar: float | None = None
    waited: int = 0

    def after(
        self,
        epoch: int,
        figures: Figures,
        metric: Metric,
        min_change: float,
        keep: Kept = Kept.BEST,
    ) -> BestEpoch:
        """What is remembered once another epoch was validated.

        The best epoch is the one with the highest score; of equal ones that with the lower loss,
        for on a few samples many epochs are equal, and the loss also says how sure the model is.
        Waiting starts anew only at a gain of more than ``min_change``: slow progress may still
        make a better model, but not one worth waiting for. With ``keep`` the last epoch stands in
        for the best one, and waiting is the same.
        """
        new = score(figures, metric)
        improved = self.bar is None or new > self.bar + min_change
        last = keep is Kept.LAST
        best = last or self.figures is None or _rank(figures, metric) > _rank(self.figures, metric)
        return BestEpoch(
            epoch=epoch if best else self.epoch,
            figures=figures if best else self.figures,
            bar=new if improved else self.bar,
            waited=0 if improved else self.waited + 1,
        )

    def gives_up(self, patience: int) -> bool:
        """Whether waiting any longer is pointless; never with a patience of 0."""
        return 0 < patience <= self.waited


def score(figures: Figures, metric: Metric) -> float:
    """The figure that decides, so that more is better."""
    return {
        Metric.VAL_ACCURACY: figures.accuracy,
        Metric.VAL_MACRO_F1: figures.macro_f1,
        Metric.VAL_WEIGHTED_F1: figures.weighted_f1,
        Metric.VAL_BALANCED_ACCURACY: figures.balanced_accuracy,
        Metric.VAL_LOSS: -figures.loss,
        Metric.VAL_MICRO_F1: figures.micro_f1,
        Metric.VAL_MAE: -figures.mae,
        Metric.VAL_RMSE: -figures.rmse,
    }[metric]


def _rank(figures: Figures, metric: Metric) -> tuple[float, float]:
    return score(figures, metric), -figures.loss
