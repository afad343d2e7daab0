"""The figures of each label; of several labels with thresholds that can be moved."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from finetune_studio.events.descriptions import EvaluationReport
from finetune_studio.project.choices import Target
from finetune_studio.ui.pages.evaluation.label_table import LabelTable
from finetune_studio.ui.pages.evaluation.predictions_file import first_samples
from finetune_studio.ui.pages.evaluation.threshold_bar import ThresholdBar
from finetune_studio.ui.pages.evaluation.thresholds import Answered, answered, recounted

_MOST_COUNTED = 20_000


class LabelPanel(QWidget):
    """A table of the labels, and below it the threshold of the selected one.

    Signals:
        keep_requested: predictions and exports shall use other thresholds than those chosen;
            carries them by label, all of them or none.
    """

    keep_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = LabelTable()
        self.bar = ThresholdBar()
        self._report: EvaluationReport | None = None
        self._answers: Answered | None = None
        self._chosen: dict[str, float] = {}
        self._now: dict[str, float] = {}
        self._kept: dict[str, float] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.bar)
        self.table.row_selected.connect(self._on_row_selected)
        self.bar.moved.connect(self._on_moved)
        self.bar.reset_requested.connect(self._on_reset_requested)
        self.bar.keep_requested.connect(self._on_keep_requested)

    @property
    def thresholds(self) -> Mapping[str, float]:
        """The thresholds in force here, by label."""
        return dict(self._now)

    def show_report(self, report: EvaluationReport, chosen: Mapping[str, float]) -> None:
        """Show a report.

        Args:
            report: of any kind.
            chosen: the thresholds that were chosen on validation, where they are known; the
                report's own may have been moved before it was made.
        """
        self._report = report
        several = report.target is Target.LABELS
        self.table.show_labels(report.labels, thresholds=several)
        self.bar.setVisible(several and bool(report.labels))
        self._answers = None  # read when somebody moves a threshold
        self._now = {label.label: label.threshold for label in report.labels}
        self._chosen = {**self._now, **chosen}
        self._kept = dict(self._now)
        if several and report.labels:
            self.bar.show_label(report.labels[0].label, report.labels[0].threshold)
            self._show_counts()

    def _show_counts(self) -> None:
        answers = self._known_answers()
        found = recounted(answers, self._now)
        self.table.show_labels(found.labels, thresholds=True)
        self.table.select_row(list(self._now).index(self.bar.label))
        self.bar.show_figures(
            found, is_moved=self._now != self._chosen, is_kept=self._now == self._kept
        )

    def _known_answers(self) -> Answered:
        if self._answers is None:
            assert self._report is not None
            labels = [label.label for label in self._report.labels]
            samples = first_samples(Path(self._report.predictions), _MOST_COUNTED)
            self._answers = answered(labels, samples)
        return self._answers

    def _on_row_selected(self, row: int) -> None:
        label = self.table.label(row)
        if label in self._now:
            self.bar.show_label(label, self._now[label])

    def _on_moved(self, label: str, threshold: float) -> None:
        self._now[label] = threshold
        self._show_counts()

    def _on_reset_requested(self) -> None:
        self._now = dict(self._chosen)
        self.bar.show_label(self.bar.label, self._now[self.bar.label])
        self._show_counts()

    def _on_keep_requested(self) -> None:
        self._kept = dict(self._now)
        self._show_counts()
        moved = {k: v for k, v in self._now.items() if v != self._chosen[k]}
        self.keep_requested.emit(moved)
