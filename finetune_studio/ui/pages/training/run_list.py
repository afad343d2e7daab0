"""The runs of the project with their figures, to look at again."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QVBoxLayout, QWidget

from finetune_studio.events.finding import FindingKind
from finetune_studio.events.main_figure import sentence
from finetune_studio.events.run_words import epoch_words
from finetune_studio.project import wording
from finetune_studio.project.choices import Target
from finetune_studio.runs.summary import RunSummary
from finetune_studio.ui.widgets.buttons import secondary
from finetune_studio.ui.widgets.table import Column, ColumnKind, Table
from finetune_studio.ui.widgets.text import ElidedText

_FIRST = (
    Column("Run", tooltip="The day it was started, and a number"),
    Column("State", ColumnKind.NUMBER),
)
_ACCURACY = (
    Column("Accuracy", ColumnKind.NUMBER, wording.share, "Validation accuracy of the kept epoch"),
    Column("Macro F1", ColumnKind.NUMBER, wording.share, "Validation macro F1 of the kept epoch"),
)
_OF_SEVERAL_LABELS = (
    Column("Macro F1", ColumnKind.NUMBER, wording.share, "Validation F1, averaged over labels"),
    Column("Micro F1", ColumnKind.NUMBER, wording.share, "Validation F1, over all answers"),
)
_OF_NUMBERS = (
    Column("Error", ColumnKind.NUMBER, wording.figure, "Validation mean error, best epoch"),
    Column("R²", ColumnKind.NUMBER, wording.figure, "Share of the spread that is explained"),
)
_MIXED = (
    Column("Best", ColumnKind.NUMBER, str, "Main figure of the best epoch on validation"),
    Column("Macro F1", ColumnKind.NUMBER, wording.share, "Validation macro F1 of the best epoch"),
)
_FIGURES = {
    Target.LABEL: _ACCURACY,
    Target.LABELS: _OF_SEVERAL_LABELS,
    Target.NUMBER: _OF_NUMBERS,
    None: _MIXED,
}
_LAST = (
    Column("Epochs", ColumnKind.NUMBER, tooltip="Finished, of those planned"),
    Column("Time", ColumnKind.NUMBER, wording.seconds),
    Column("Saved", ColumnKind.NUMBER, wording.seconds, "By computing frozen layers once"),
    Column("Notes", tooltip="What stood out in the run; more below when it is selected"),
)

# The name tells runs apart and is whole in the smallest window; what is left is for the notes.
_WIDTHS = (120, 68, 72, 72, 64, 90, 90)


class RunList(QWidget):
    """A table of runs, newest first, and what can be done with the selected one.

    Signals:
        curves_requested: the user wants to see the curves of a run; carries its name.
        evaluation_requested: the user wants to evaluate a run; carries its name.
        continuation_requested: the user wants to go on from a run's model; carries its name.
    """

    curves_requested = Signal(str)
    evaluation_requested = Signal(str)
    continuation_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runs: tuple[RunSummary, ...] = ()
        self._selected = ""
        self.table = Table((*_FIRST, *_ACCURACY, *_LAST), "Runs")
        self._set_widths()
        self.curves_button = secondary("Show its curves", "chart")
        self.evaluate_button = secondary("Evaluate it", "target")
        self.continue_button = secondary("Continue from it", "chevron-right")
        self.continue_button.setToolTip(
            "A new project whose model is this run's, and which remembers its data"
        )
        self.hint = ElidedText(tone="muted")
        self.table.row_selected.connect(self._on_row_selected)
        self.table.row_activated.connect(self._on_row_activated)
        self.curves_button.clicked.connect(self._on_curves_clicked)
        self.evaluate_button.clicked.connect(self._on_evaluate_clicked)
        self.continue_button.clicked.connect(self._on_continue_clicked)
        self._build()
        self._show_selection()

    def show_runs(self, runs: Sequence[RunSummary]) -> None:
        """Show these runs; the selection stays where its run still exists."""
        if tuple(runs) == self._runs:
            return
        self._runs = tuple(runs)
        learned = _learned(runs)
        if self.table.show_columns((*_FIRST, *_FIGURES[learned], *_LAST)):
            self._set_widths()
        self.table.show_rows([_row(run, learned) for run in runs])
        names = [run.name for run in runs]
        self._selected = self._selected if self._selected in names else ""
        self.table.select_row(names.index(self._selected) if self._selected else -1)
        self._show_selection()

    def _set_widths(self) -> None:
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        for column, width in enumerate(_WIDTHS):
            self.table.setColumnWidth(column, width)
        header.setSectionResizeMode(len(_WIDTHS), QHeaderView.ResizeMode.Stretch)

    def _build(self) -> None:
        actions = QHBoxLayout()
        actions.setSpacing(8)
        actions.addWidget(self.curves_button)
        actions.addWidget(self.evaluate_button)
        actions.addWidget(self.continue_button)
        actions.addWidget(self.hint, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.table, 1)
        layout.addLayout(actions)

    def _show_selection(self) -> None:
        run = next((run for run in self._runs if run.name == self._selected), None)
        self.curves_button.setEnabled(run is not None)
        self.evaluate_button.setEnabled(run is not None and run.usable)
        self.continue_button.setEnabled(run is not None and run.usable)
        self.hint.setText(_remark(run))

    def _on_row_selected(self, index: int) -> None:
        self._selected = self._runs[index].name
        self._show_selection()

    def _on_row_activated(self, index: int) -> None:
        self.curves_requested.emit(self._runs[index].name)

    def _on_curves_clicked(self) -> None:
        self.curves_requested.emit(self._selected)

    def _on_evaluate_clicked(self) -> None:
        self.evaluation_requested.emit(self._selected)

    def _on_continue_clicked(self) -> None:
        self.continuation_requested.emit(self._selected)


def _learned(runs: Sequence[RunSummary]) -> Target | None:
    """What all of the runs learned; ``None`` where they differ."""
    kinds = {run.figures.target for run in runs if run.figures is not None}
    return kinds.pop() if len(kinds) == 1 else None if kinds else Target.LABEL


def _row(run: RunSummary, learned: Target | None) -> tuple[object, ...]:
    return (
        run.name,
        run.state.value,
        *_figures(run, learned),
        f"{run.epochs}/{run.planned_epochs}",
        run.seconds,
        run.savings.seconds if run.savings else None,
        _mark(run),
    )


def _mark(run: RunSummary) -> str:
    """What stood out, in a word: the gravest, and how many more."""
    if not run.findings:
        return ""
    first = min(run.findings, key=lambda finding: list(FindingKind).index(finding.kind))
    more = len(run.findings) - 1
    return first.kind.words.capitalize() + (f", {more} more" if more else "")


def _figures(run: RunSummary, learned: Target | None) -> tuple[object, object]:
    """The two that say most, as the columns name them; in words where runs learned other things."""
    figures = run.figures
    if figures is None:
        return None, None
    if learned is None:
        macro_f1 = None if figures.target is Target.NUMBER else figures.macro_f1
        return sentence(figures), macro_f1
    return {
        Target.LABEL: (figures.accuracy, figures.macro_f1),
        Target.LABELS: (figures.macro_f1, figures.micro_f1),
        Target.NUMBER: (figures.mae, figures.r2),
    }[learned]


def _remark(run: RunSummary | None) -> str:
    """What is worth saying beside the buttons of the selected run."""
    if run is None:
        return "Select a run to look at it again."
    if not run.usable:
        return "It has no finished epoch to evaluate."
    if run.findings:
        return " ".join(f"{finding.what} {finding.why}" for finding in run.findings)
    if run.savings is None:
        return ""
    return f"Stored layers: {epoch_words(run.savings, is_over=True)}"
