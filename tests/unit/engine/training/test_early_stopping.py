from __future__ import annotations

from finetune_studio.engine.training.early_stopping import BestEpoch, score
from finetune_studio.events.descriptions import Figures
from finetune_studio.project.choices import Kept, Metric


def watched(
    values: list[float], metric: Metric = Metric.VAL_ACCURACY, min_change: float = 0.0
) -> BestEpoch:
    best = BestEpoch()
    for epoch, value in enumerate(values, start=1):
        loss = value if metric is Metric.VAL_LOSS else 0.0
        figures = Figures(loss=loss, accuracy=value, macro_f1=value, weighted_f1=value)
        best = best.after(epoch, figures, metric, min_change)
    return best


def test_the_highest_accuracy_is_the_best_epoch() -> None:
    assert watched([0.5, 0.8, 0.7]).epoch == 2


def test_the_lowest_loss_is_the_best_epoch() -> None:
    assert watched([0.5, 0.3, 0.4], Metric.VAL_LOSS).epoch == 2


def test_of_two_equal_epochs_the_earlier_stays_the_best() -> None:
    assert watched([0.5, 0.8, 0.8]).epoch == 2


def test_of_two_equal_accuracies_the_lower_loss_is_better_but_not_worth_waiting_for() -> None:
    best = BestEpoch()
    for epoch, loss in enumerate((0.7, 0.5, 0.6), start=1):
        figures = Figures(loss=loss, accuracy=0.8, macro_f1=0.8, weighted_f1=0.8)
        best = best.after(epoch, figures, Metric.VAL_ACCURACY, 0.0)
    assert (best.epoch, best.waited) == (2, 2)


def test_waiting_is_counted_from_the_last_improvement() -> None:
    best = watched([0.5, 0.8, 0.7, 0.8])
    assert best.waited == 2
    assert not best.gives_up(3)
    assert best.gives_up(2)


def test_without_patience_nobody_gives_up() -> None:
    assert not watched([0.5] * 50).gives_up(0)


def test_a_gain_below_the_least_improvement_is_kept_but_not_waited_for() -> None:
    best = watched([0.50, 0.505, 0.509], min_change=0.01)
    assert best.epoch == 3
    assert best.waited == 2


def test_slow_gains_count_once_they_add_up() -> None:
    assert watched([0.50, 0.505, 0.512], min_change=0.01).waited == 0


def test_what_is_remembered_survives_a_checkpoint() -> None:
    best = watched([0.5, 0.8, 0.7])
    assert BestEpoch.model_validate_json(best.model_dump_json()) == best


def test_keeping_the_last_epoch_does_not_change_how_long_one_waits() -> None:
    best, usual = BestEpoch(), BestEpoch()
    for epoch, value in enumerate((0.8, 0.7, 0.6), start=1):
        figures = Figures(loss=0.0, accuracy=value, macro_f1=value, weighted_f1=value)
        best = best.after(epoch, figures, Metric.VAL_ACCURACY, 0.0, Kept.LAST)
        usual = usual.after(epoch, figures, Metric.VAL_ACCURACY, 0.0)
    assert (best.epoch, usual.epoch) == (3, 1)
    assert best.figures is not None
    assert best.figures.accuracy == 0.6
    assert (best.waited, best.bar) == (usual.waited, usual.bar)


def test_every_metric_judges_by_its_own_figure() -> None:
    figures = Figures(loss=0.1, accuracy=0.2, macro_f1=0.3, weighted_f1=0.4, balanced_accuracy=0.5)
    expected = {
        Metric.VAL_ACCURACY: 0.2,
        Metric.VAL_MACRO_F1: 0.3,
        Metric.VAL_WEIGHTED_F1: 0.4,
        Metric.VAL_BALANCED_ACCURACY: 0.5,
        Metric.VAL_LOSS: -0.1,
    }
    assert {metric: score(figures, metric) for metric in expected} == expected
