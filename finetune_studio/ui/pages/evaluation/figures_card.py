"""The headline of an evaluation: accuracy with its interval, the baseline, and the F1 figures."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from finetune_studio.events.descriptions import EvaluationReport
from finetune_studio.project import wording
from finetune_studio.project.choices import Split
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
        self.macro_f1, self.weighted_f1, self.loss = (number(px=20, strong=True) for _ in range(3))
        self._build()

    def show_report(self, report: EvaluationReport) -> None:
        """Show the headline of a report."""
        figures = report.figures
        self.accuracy.setText(wording.share(figures.accuracy))
        self.data.setText(f"right {data_words(report)}, epoch {report.epoch}")
        self.bar.show_figures(figures.accuracy, report.interval, report.baseline_accuracy)
        low, high = (wording.share(end) for end in report.interval)
        self.interval.setText(f"95 % interval: {low} to {high}")
        self.macro_f1.setText(wording.share(figures.macro_f1))
        self.weighted_f1.setText(wording.share(figures.weighted_f1))
        self.loss.setText(wording.figure(figures.loss))
        self._show_verdict(report)

    def _show_verdict(self, report: EvaluationReport) -> None:
        always = f"always saying “{report.baseline_label}”"
        beats = report.interval[0] > report.baseline_accuracy
        share = wording.share(report.baseline_accuracy)
        self.verdict.set_tone("muted" if beats else "warning")
        self.verdict.setText(
            f"Baseline: {always} would be right for {share}."
            if beats
            else f"Not clearly better than {always} ({share})."
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
        for column, (figure, name, meaning) in enumerate(
            (
                (self.macro_f1, "Macro F1", "F1 averaged over labels: each counts the same."),
                (self.weighted_f1, "Weighted F1", "F1 averaged over samples."),
                (self.loss, "Loss", "Cross entropy in nats; also counts how sure the model is."),
            )
        ):
            below: Text = caption(name)
            for text in (figure, below):
                text.setToolTip(meaning)
            figure.setAccessibleName(name)
            grid.addWidget(figure, 0, column)
            grid.addWidget(below, 1, column)
        grid.setRowStretch(2, 1)
        return grid


def data_words(report: EvaluationReport) -> str:
    """What a report was made on: "on 64 test samples"."""
    names = {Split.TEST: "test ", Split.VALIDATION: "validation ", Split.TRAIN: "training "}
    kind = names[report.split] if report.split is not None else ""
    words = f"on {wording.plural(report.samples, f'{kind}sample')}"
    return words if report.split is not None else f"{words} of {report.data}"
