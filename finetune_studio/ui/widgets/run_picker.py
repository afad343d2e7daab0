"""Which run is looked at: the usable ones, newest first, with their figures."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QSizePolicy, QWidget

from finetune_studio.events.main_figure import main_words
from finetune_studio.runs.summary import RunSummary
from finetune_studio.ui.widgets.calm_combo import CalmCombo

_CHARACTERS = 22


class RunPicker(CalmCombo):
    """A list of runs by name, with the main figure each reached on validation.

    Signals:
        run_chosen: the user chose a run; carries its name (empty for ``none_text``).
    """

    run_chosen = Signal(str)

    def __init__(
        self, accessible_name: str, none_text: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._none_text = none_text
        self._runs: tuple[RunSummary, ...] | None = None
        self.setAccessibleName(accessible_name)
        self.setMinimumContentsLength(_CHARACTERS)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.activated.connect(self._on_activated)

    @property
    def run(self) -> str:
        """The name of the run in force; empty for none."""
        return str(self.currentData() or "")

    def show_runs(self, runs: Sequence[RunSummary], chosen: str) -> None:
        """Show the usable ones of these runs, with one in force."""
        usable = tuple(run for run in runs if run.usable)
        if usable != self._runs:
            self._runs = usable
            self.clear()
            if self._none_text:
                self.addItem(self._none_text, "")
            for run in usable:
                self.addItem(_words(run), run.name)
                self.setItemData(self.count() - 1, run.model_title, Qt.ItemDataRole.ToolTipRole)
        self.setCurrentIndex(self.findData(chosen))
        self.setEnabled(self.count() > 1)

    def _on_activated(self) -> None:
        self.run_chosen.emit(self.run)


def _words(run: RunSummary) -> str:
    return f"{run.name}, {main_words(run.figures)}" if run.figures else run.name
