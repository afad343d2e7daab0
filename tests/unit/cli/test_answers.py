"""What the terminal says of several labels and of numbers."""

from __future__ import annotations

from rich.console import Console

from finetune_studio.cli.answers import answer_words, best_words, evaluation_lines
from finetune_studio.cli.event_lines import line_of
from finetune_studio.cli.reports import show_data, show_evaluation
from finetune_studio.events import events as ev
from finetune_studio.events.descriptions import (
    DataReport,
    EvaluationReport,
    Figures,
    LabelCount,
    LabelFigures,
    Probability,
)
from finetune_studio.events.history import RunHistory, replay
from finetune_studio.project.choices import DataKind, Target, Task
from finetune_studio.project.target import TargetReading

SEVERAL = Figures(
    target=Target.LABELS, loss=0.3, accuracy=0.5, macro_f1=0.7, weighted_f1=0.7, micro_f1=0.75
)
NUMBER = Figures(
    target=Target.NUMBER,
    loss=0.2,
    accuracy=0,
    macro_f1=0,
    weighted_f1=0,
    mae=1.25,
    rmse=2.5,
    r2=0.9,
    unit="kg",
)


def report(figures: Figures) -> EvaluationReport:
    several = figures.target is Target.LABELS
    label = LabelFigures(label="red", precision=0.5, recall=1, f1=0.667, support=4, threshold=0.3)
    return EvaluationReport(
        run="r",
        epoch=2,
        data="/d",
        split=None,
        samples=8,
        figures=figures,
        interval=(0.6, 0.8) if several else (1.0, 1.5),
        baseline_label="red" if several else "7 kg",
        baseline_accuracy=0.1,
        baseline_macro_f1=0.2,
        labels=(label,) if several else (),
        confusion=(),
        mistakes=(),
        predictions="/p",
        target=figures.target,
        baseline=figures.edited(mae=5.0),
    )


def printed(show: object, value: object) -> str:
    console = Console(record=True, width=200)
    show(value, console)  # type: ignore[operator]
    return console.export_text()


def test_an_evaluation_names_the_figures_that_count() -> None:
    several = " ".join(evaluation_lines(report(SEVERAL)))
    assert "Macro F1 0.700 (95 % interval 0.600 to 0.800) on 8 given samples" in several
    assert "Micro F1 0.750, all labels right 50.0%" in several
    assert "Threshold" in printed(show_evaluation, report(SEVERAL))
    assert "0.300" in printed(show_evaluation, report(SEVERAL))

    number = " ".join(evaluation_lines(report(NUMBER)))
    assert "Mean error (MAE) 1.25 kg (95 % interval 1.00 kg to 1.50 kg)" in number
    assert "Always answering the mean, 7 kg: mean error 5.00 kg" in number
    assert "RMSE 2.50 kg, R² 0.900" in number
    assert "Precision" not in printed(show_evaluation, report(NUMBER))


def test_an_answer_is_the_labels_over_their_threshold_or_the_number() -> None:
    def made(*shares: tuple[str, float, float], **fields: object) -> ev.PredictionMade:
        found = tuple(
            Probability(label=label, probability=share, threshold=cut)
            for label, share, cut in shares
        )
        return ev.PredictionMade(run="r", input="x", label="", probabilities=found, **fields)

    some = made(("red", 0.8, 0.9), ("big", 0.4, 0.3), target=Target.LABELS)
    assert answer_words(some) == "big 40.0%"
    none = made(("red", 0.2, 0.5), target=Target.LABELS)
    assert answer_words(none) == "none of the labels (likeliest: red 20.0%)"
    number = made(target=Target.NUMBER).edited(label="3.5 kg")
    assert answer_words(number) == "3.5 kg"


def test_epochs_and_the_best_of_them_are_told() -> None:
    def line(figures: Figures) -> str:
        prepared = ev.ModelPrepared(
            title="M",
            parameters=2,
            trainable=1,
            labels=("a",),
            target=figures.target,
            unit=figures.unit,
        )
        run = replay([ev.RunStarted(run="r", folder="/f", epochs=3), prepared])
        epoch = ev.EpochFinished(
            epoch=1,
            step=1,
            train_loss=0.5,
            train_accuracy=0.6,
            val_loss=figures.loss,
            val_accuracy=0,
            val_macro_f1=0,
            learning_rates={},
            seconds=1,
            best=True,
            validation=figures,
        )
        return f"{line_of(prepared, RunHistory())} / {line_of(epoch, run)}"

    assert "F1 a sample 60.0 %" in line(SEVERAL)
    assert "macro F1 70.0 %  micro F1 75.0 %" in line(SEVERAL)
    assert "1 labels, several each" in line(SEVERAL)
    assert "mean error 0.600 kg" in line(NUMBER)
    assert "mean error 1.25 kg  R² 0.900" in line(NUMBER)
    assert "a number in kg" in line(NUMBER)
    assert best_words(SEVERAL) == "validation macro F1 0.700, micro F1 0.750"
    assert best_words(NUMBER) == "validation mean error 1.25 kg, R² 0.900"


def test_data_say_how_they_were_understood_and_how_to_change_it() -> None:
    data = DataReport(
        path="/d.csv",
        task=Task.TEXT,
        kind=DataKind.TABLE,
        samples=3,
        labels=(LabelCount(label="a", count=2), LabelCount(label="b", count=2)),
        target=TargetReading(kind=Target.LABELS, separator="|", reason="Seen so."),
        divided=(1, 1, 1),
        unlabelled=1,
    )
    said = " ".join(printed(show_data, data).split())
    assert "3 texts, 2 labels, several each" in said
    assert "with “|” between them. Seen so. The bars add up to 4" in said
    assert "Set data.target to label, labels or number if not." in said
    decided = data.edited(target=data.target.edited(decided=True))
    assert "Set data.target" not in printed(show_data, decided)
