"""The left of the page: a run's curves, its epochs, and the runs of the project."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget

from finetune_studio.events.history import RunHistory
from finetune_studio.ui.pages.training.curves import Curves
from finetune_studio.ui.pages.training.epoch_table import EpochTable
from finetune_studio.ui.pages.training.run_list import RunList
from finetune_studio.ui.widgets.buttons import quiet
from finetune_studio.ui.widgets.card import Card
from finetune_studio.ui.widgets.segmented import Option, Segmented
from finetune_studio.ui.widgets.text import ElidedText

_LEARNING, _MACHINE, _EPOCHS, _RUNS = "learning", "machine", "epochs", "runs"


class RunViews(Card):
    """Four views behind one switch, and a line when another run than the current is shown.

    Signals:
        return_requested: the user wants to see the current run again.
    """

    return_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.setAccessibleName("Curves")
        self.curves = Curves(self)
        self.epochs = EpochTable()
        self.runs = RunList()
        self.views = Segmented(
            (
                Option(_LEARNING, "Curves", "chart"),
                Option(_MACHINE, "Rate and speed", "sliders"),
                Option(_EPOCHS, "Epochs", "table"),
                Option(_RUNS, "Runs", "clock"),
            ),
            "View",
        )
        self._pages = {
            _LEARNING: self.curves.learning,
            _MACHINE: self.curves.machine,
            _EPOCHS: self.epochs,
            _RUNS: self.runs,
        }
        self.looked_at = ElidedText(tone="accent")
        self.return_button = quiet("Back to the current run", "chevron-left")
        self._history: RunHistory | None = None
        self.views.chosen.connect(self._on_view_chosen)
        self.return_button.clicked.connect(self.return_requested)
        self._build()
        self.show_looked_at("")

    def show_history(self, history: RunHistory) -> None:
        """Draw a run, or what has been added to it."""
        if history is self._history:
            return
        self._history = history
        self.curves.show_history(history)
        self._show_epochs()

    def show_looked_at(self, text: str) -> None:
        """Say that this is not the current run; an empty text says nothing."""
        self.looked_at.setText(text)
        self.looked_at.setVisible(bool(text))
        self.return_button.setVisible(bool(text))

    def open_curves(self) -> None:
        """Turn to the curves."""
        self.views.choose(_LEARNING)
        self._on_view_chosen(_LEARNING)

    def _build(self) -> None:
        self._stack = QStackedWidget()
        for page in self._pages.values():
            self._stack.addWidget(page)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.views)
        head.addWidget(self.looked_at, 1)
        head.addWidget(self.return_button)
        head.addStretch(0)
        self.body.addLayout(head)
        self.body.addWidget(self._stack, 1)

    def _show_epochs(self) -> None:
        # Filling a table that nobody looks at takes time from what somebody does look at.
        if self._history is not None and self._stack.currentWidget() is self.epochs:
            now = self._history
            self.epochs.show_epochs(now.epochs, now.best_epoch, now.keep, now.earlier_scores)

    def _on_view_chosen(self, key: str) -> None:
        self._stack.setCurrentWidget(self._pages[key])
        self._show_epochs()
