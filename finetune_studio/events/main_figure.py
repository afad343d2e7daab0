"""The one figure that stands for all: accuracy, macro F1 or the mean error, as what was learned is.

Everything that names a run's quality in one number, or draws it over time, asks here.
"""

from __future__ import annotations

from dataclasses import dataclass

from finetune_studio.events.descriptions import EvaluationReport, Figures
from finetune_studio.events.events import EpochFinished
from finetune_studio.project import wording
from finetune_studio.project.choices import Target


@dataclass(frozen=True)
class MainFigure:
    """How the main figure of a kind of target is called and shown.

    Attributes:
        name: "Accuracy".
        long_name: inside a sentence: "validation accuracy" without the first word.
        training_name: of the figure that steps tell.
        is_share: whether it lies between 0 and 1 and is shown in percent.
        more_is_better: which way is up.
        meaning: a sentence that explains it.
    """

    name: str
    long_name: str
    training_name: str
    is_share: bool
    more_is_better: bool
    meaning: str

    def title(self, unit: str = "") -> str:
        """The name with the unit the figure has."""
        return f"{self.name} ({unit})" if unit and not self.is_share else self.name


_MAIN = {
    Target.LABEL: MainFigure(
        "Accuracy", "accuracy", "Training", True, True, "The share of right answers."
    ),
    Target.LABELS: MainFigure(
        "Macro F1",
        "macro F1",
        "Training, F1 a sample",
        True,
        True,
        "F1 averaged over labels, so that each counts the same however rare it is.",
    ),
    Target.NUMBER: MainFigure(
        "Mean error",
        "mean error",
        "Training",
        False,
        False,
        "How far off the answers are on average (mean absolute error, MAE).",
    ),
}


def main_of(target: Target) -> MainFigure:
    """The main figure of a kind of target."""
    return _MAIN[target]


def main_value(figures: Figures) -> float:
    """The main figure itself."""
    return {
        Target.LABEL: figures.accuracy,
        Target.LABELS: figures.macro_f1,
        Target.NUMBER: figures.mae,
    }[figures.target]


def main_words(figures: Figures) -> str:
    """The main figure as it is shown: "84.2 %", "1.23 kg"."""
    return value_words(main_value(figures), figures.target, figures.unit)


def value_words(value: float, target: Target, unit: str = "") -> str:
    """A value of the main figure as it is shown."""
    if main_of(target).is_share:
        return wording.share(value)
    return f"{wording.figure(value)} {unit}".strip()


def sentence(figures: Figures) -> str:
    """The main figure in a sentence: "84.2 % right", "macro F1 71.0 %", "1.2 kg off on average"."""
    words = main_words(figures)
    return {
        Target.LABEL: f"{words} right",
        Target.LABELS: f"macro F1 {words}",
        Target.NUMBER: f"{words} off on average",
    }[figures.target]


def validation_of(epoch: EpochFinished) -> Figures:
    """An epoch's figures on validation; older recordings tell a few of them."""
    if epoch.validation is not None:
        return epoch.validation
    return Figures(
        loss=epoch.val_loss,
        accuracy=epoch.val_accuracy,
        macro_f1=epoch.val_macro_f1,
        weighted_f1=epoch.val_weighted_f1,
    )


def beats_baseline(report: EvaluationReport) -> bool:
    """Whether even the worse end of the interval is better than answering without looking."""
    low, high = report.interval
    if report.baseline is None or report.target is Target.LABEL:
        return low > report.baseline_accuracy
    baseline = main_value(report.baseline)
    return low > baseline if main_of(report.target).more_is_better else high < baseline
