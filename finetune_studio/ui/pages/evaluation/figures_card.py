"""The headline of an evaluation: accuracy with its interval, the baseline, and the F1 figures."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from finetune_studio.events.descriptions import EvaluationReport, Figures
from finetune_studio.events.forgetting import Forgetting, in_words
from finetune_studio.events.main_figure import (
    beats_baseline,
    main_of,
    main_value,
    main_words,
    sentence,
    value_words,
)
from finetune_studio.project import wording
from finetune_studio.project.choices import Split, Target
from finetune_studio.ui.pages.evaluation.interval_bar import IntervalBar
from finetune_studio.ui.widgets.card import Card
from finetune_studio.ui.widgets.text import Text, big_number, caption, number

_BAR_WIDTH = (220, 460)


class FiguresCard(Card):
    """One big number, how sure it is, what it must beat, and three smaller ones."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.setAccessibleName("Accuracy")
        self.accuracy = big_number()
        self.data = caption(wrap=True)
        self.bar = IntervalBar()
        self.bar.setMinimumWidth(_BAR_WIDTH[0])
        self.bar.setMaximumWidth(_BAR_WIDTH[1])
        self.interval = caption(wrap=True)
        self.verdict = caption(wrap=True)
        self.forgetting = caption(wrap=True)
        self.macro_f1, self.weighted_f1, self.loss = (number(px=20, strong=True) for _ in range(3))
        self._build()
        self.show_forgetting(None)

    def show_report(self, report: EvaluationReport) -> None:
        """Show the headline of a report."""
        figures = report.figures
        self.setAccessibleName(main_of(report.target).name)
        self.accuracy.setText(main_words(figures))
        verb = _SAYS[report.target]
        self.data.setText(f"{verb} {data_words(report)}, epoch {report.epoch}")
        self._show_interval(report)
        columns = zip(self._small, small_figures(figures), strict=True)
        for (figure, below), (name, meaning, words) in columns:
            figure.setText(words)
            figure.setAccessibleName(name)
            below.setText(name)
            for text in (figure, below):
                text.setToolTip(meaning)
        self._show_verdict(report)

    def show_forgetting(self, found: Forgetting | None) -> None:
        """Say what the run made its model forget, where there is an earlier task."""
        words = "" if found is None else f"Earlier task: {in_words(found)}"
        self.forgetting.setText(words)
        self.forgetting.setVisible(bool(words))

    def _show_interval(self, report: EvaluationReport) -> None:
        def words(value: float) -> str:
            return value_words(value, report.target, report.figures.unit)

        value, (low, high) = main_value(report.figures), report.interval
        baseline = _baseline(report)
        most = 1.0 if main_of(report.target).is_share else 1.1 * max(high, baseline)
        self.bar.show_figures(value, report.interval, baseline, most=most, words=words)
        self.interval.setText(f"95 % interval: {words(low)} to {words(high)}")

    def _show_verdict(self, report: EvaluationReport) -> None:
        if report.target is not Target.LABEL:
            self._show_other_verdict(report)
            return
        always = f"always saying “{report.baseline_label}”"
        beats = report.interval[0] > report.baseline_accuracy
        share = wording.share(report.baseline_accuracy)
        self.verdict.set_tone("muted" if beats else "warning")
        self.verdict.setText(
            f"Baseline: {always} would be right for {share}."
            if beats
            else f"Not clearly better than {always} ({share})."
        )

    def _show_other_verdict(self, report: EvaluationReport) -> None:
        """Of several labels, or of numbers."""
        beats, words = beats_baseline(report), sentence(report.baseline or report.figures)
        always = (
            f"always giving “{report.baseline_label}”"
            if report.target is Target.LABELS
            else f"always answering the mean ({report.baseline_label})"
        )
        self.verdict.set_tone("muted" if beats else "warning")
        self.verdict.setText(
            f"Baseline: {always} would be {words}."
            if report.target is Target.NUMBER and beats
            else f"Baseline: {always} has {words}."
            if beats
            else f"Not clearly better than {always} ({words})."
        )

    def _build(self) -> None:
        first = QVBoxLayout()
        first.setSpacing(0)
        first.addWidget(self.accuracy)
        first.addWidget(self.data)
        first.addStretch(1)
        middle = QVBoxLayout()
        middle.setSpacing(2)
        middle.addWidget(self.bar)
        middle.addWidget(self.interval)
        middle.addWidget(self.verdict)
        middle.addWidget(self.forgetting)
        middle.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(32)
        row.addLayout(first, 2)
        row.addLayout(middle, 4)
        row.addLayout(self._small_figures(), 3)
        self.body.addLayout(row)

    def _small_figures(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(0)
        figures = (self.macro_f1, self.weighted_f1, self.loss)
        self._small: list[tuple[Text, Text]] = [(figure, caption("")) for figure in figures]
        for column, (figure, below) in enumerate(self._small):
            grid.addWidget(figure, 0, column)
            grid.addWidget(below, 1, column)
        grid.setRowStretch(2, 1)
        return grid


_LOSS = "Cross entropy in nats; also counts how sure the model is."
_SAYS = {
    Target.LABEL: "right",
    Target.LABELS: "macro F1",
    Target.NUMBER: "off on average (MAE),",
}


def small_figures(figures: Figures) -> tuple[tuple[str, str, str], ...]:
    """The three smaller figures: name, meaning and value in words."""
    if figures.target is Target.NUMBER:
        rmse = value_words(figures.rmse, figures.target, figures.unit)
        return (
            ("RMSE", "Root of the mean squared error: large errors count more.", rmse),
            ("R²", "Share of the numbers' spread that is explained.", f"{figures.r2:.3f}"),
            ("Loss", "Squared error, in spreads of the numbers.", wording.figure(figures.loss)),
        )
    macro = ("Macro F1", "F1 averaged over labels: each counts the same.")
    loss = ("Loss", _LOSS, wording.figure(figures.loss))
    if figures.target is Target.LABELS:
        return (
            ("Micro F1", "F1 over all answers together.", wording.share(figures.micro_f1)),
            ("All right", "Samples with every label right.", wording.share(figures.accuracy)),
            loss,
        )
    weighted = ("Weighted F1", "F1 averaged over samples.", wording.share(figures.weighted_f1))
    return ((*macro, wording.share(figures.macro_f1)), weighted, loss)


def _baseline(report: EvaluationReport) -> float:
    known = report.baseline if report.target is not Target.LABEL else None
    return main_value(known) if known is not None else report.baseline_accuracy


def data_words(report: EvaluationReport) -> str:
    """What a report was made on: "on 64 test samples"."""
    names = {Split.TEST: "test ", Split.VALIDATION: "validation ", Split.TRAIN: "training "}
    kind = names[report.split] if report.split is not None else ""
    words = f"on {wording.plural(report.samples, f'{kind}sample')}"
    return words if report.split is not None else f"{words} of {report.data}"
