"""The dialog in which a learning rate is found: a live plot, suggestions, and taking one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from finetune_studio.events.events import RatesSuggested, RateTried
from finetune_studio.project import wording
from finetune_studio.project.problems import Problem
from finetune_studio.ui.snapshot import Activity, RateTrial
from finetune_studio.ui.widgets.busy import BusyBar
from finetune_studio.ui.widgets.buttons import Button, primary, secondary
from finetune_studio.ui.widgets.problem_card import ProblemCard
from finetune_studio.ui.widgets.rate_plot import RatePlot
from finetune_studio.ui.widgets.text import caption, muted, plain_tooltip

_SIZE = (760, 560)
_SENTENCE = (
    "A copy of the model is trained for a few steps, each at a higher rate, and thrown away. "
    "A good rate lies where the loss falls fast, well before it rises again."
)
_FLAT = (
    "The loss hardly fell at any rate, so none is suggested. More samples, another optimizer or "
    "more layers that train may show more."
)
_KINDS = {
    "valley": ("Valley", "Halfway down the longest fall of the loss; a safe choice."),
    "steepest": ("Steepest", "Where the loss falls fastest; more careful."),
    "minimum": ("Minimum over 10", "A tenth of the rate with the lowest loss."),
}


class RateDialog(QDialog):
    """Shows a search for a learning rate.

    Signals:
        rate_taken: the user wants this rate; the dialog is closed.
        search_requested: the user wants to search, again or for the first time.
        cancel_requested: the user does not want to wait.
    """

    rate_taken = Signal(float)
    search_requested = Signal()
    cancel_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Find a learning rate")
        self.resize(*_SIZE)
        self.plot = RatePlot()
        self.buttons = {name: _suggestion(*texts) for name, texts in _KINDS.items()}
        self.busy = BusyBar()
        self.problem_card = ProblemCard(Problem(what=""))
        self.again_button = secondary("Search again", "refresh")
        self.close_button = secondary("Close")
        self.use_button = primary("&Use this rate")
        self.use_button.setDefault(True)
        self._line = caption(wrap=True)
        self._rates: dict[str, float] = {}
        self._chosen: float | None = None
        self._is_busy = False
        self._shown: tuple[RateTrial | None, Activity | None] | None = None
        self._build()
        self._connect()
        self._choose(None)
        self.show_search(None, None)

    @property
    def chosen(self) -> float | None:
        """The rate that would be taken now."""
        return self._chosen

    @property
    def line(self) -> str:
        """What is said below the plot."""
        return self._line.text()

    def show_search(self, trial: RateTrial | None, activity: Activity | None) -> None:
        """Show how far a search is and what it found."""
        if (trial, activity) == self._shown:
            return
        self._shown = trial, activity
        tried = trial.tried if trial else ()
        self.plot.show_losses(
            [one.rate for one in tried],
            [one.loss for one in tried],
            [one.smoothed for one in tried],
            until=_highest(tried) if trial and trial.suggested is None else 0.0,
        )
        self._show_suggestions(trial.suggested if trial else None)
        self._show_activity(activity)

    def _show_suggestions(self, found: RatesSuggested | None) -> None:
        rates = {name: getattr(found, name) for name in _KINDS} if found else {}
        known = {name: rounded(rate) for name, rate in rates.items() if rate}
        is_new, self._rates = known != self._rates, known
        for name, button in self.buttons.items():
            button.setEnabled(name in known)
            title = _KINDS[name][0]
            button.setText(f"{title}: {wording.rate(known[name])}" if name in known else title)
        self.plot.show_suggestions({_KINDS[name][0]: rate for name, rate in known.items()})
        self._line.setText(_in_words(found) if found else "")
        if is_new:
            self._choose(known.get("valley"))

    def _show_activity(self, activity: Activity | None) -> None:
        self._is_busy = activity is not None and activity.busy
        problem = activity.problem if activity else None
        self.problem_card.setVisible(problem is not None)
        if problem is not None and self.problem_card.problem != problem:
            self.problem_card.show_problem(problem)
        self.again_button.setVisible(not self._is_busy)
        if activity is None or not activity.busy:
            self.busy.clear()
        elif activity.share is None:
            self.busy.show_busy(activity.phase)
        else:
            left = activity.seconds_left
            self.busy.show_progress(activity.phase, activity.share, 1.0, left)

    def _choose(self, rate: float | None) -> None:
        self._chosen = rate
        self.plot.show_chosen(rate)
        for name, button in self.buttons.items():
            button.setChecked(rate is not None and self._rates.get(name) == rate)
        self.use_button.setEnabled(rate is not None)
        self.use_button.setText(f"&Use {wording.rate(rate)}" if rate else "&Use this rate")

    def _build(self) -> None:
        suggestions, footer = QHBoxLayout(), QHBoxLayout()
        suggestions.setSpacing(8)
        for button in self.buttons.values():
            suggestions.addWidget(button)
        suggestions.addStretch(1)
        footer.setSpacing(8)
        footer.addWidget(self.again_button)
        footer.addStretch(1)
        footer.addWidget(self.close_button)
        footer.addWidget(self.use_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 20)
        layout.setSpacing(12)
        layout.addWidget(muted(_SENTENCE, wrap=True))
        layout.addWidget(self.plot, 1)
        layout.addLayout(suggestions)
        layout.addWidget(self._line)
        layout.addWidget(self.problem_card)
        layout.addWidget(self.busy)
        layout.addLayout(footer)

    def _connect(self) -> None:
        for button in self.buttons.values():
            button.clicked.connect(self._on_suggestion_clicked)
        self.plot.picked.connect(self._on_picked)
        self.busy.cancel_requested.connect(self.cancel_requested)
        self.problem_card.fix_requested.connect(self.search_requested)
        self.again_button.clicked.connect(self.search_requested)
        self.close_button.clicked.connect(self.reject)
        self.use_button.clicked.connect(self._on_use_clicked)

    def _on_suggestion_clicked(self) -> None:
        sender = self.sender()
        name = next(name for name, button in self.buttons.items() if button is sender)
        self._choose(self._rates[name])

    def _on_picked(self, rate: float) -> None:
        self._choose(rounded(rate))

    def _on_use_clicked(self) -> None:
        if self._chosen is not None:
            self.rate_taken.emit(self._chosen)
            self.accept()

    def reject(self) -> None:
        """Close; what is still searching stops."""
        if self._is_busy:
            self.cancel_requested.emit()
        super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closing the window is closing the dialog."""
        self.reject()
        super().closeEvent(event)


def rounded(rate: float) -> float:
    """A learning rate in two figures, which is more than it can be known to."""
    return float(f"{rate:.1e}")


def _highest(tried: Sequence[RateTried]) -> float:
    """The rate a search ends with unless the loss shoots up; 0 while that cannot be told."""
    if len(tried) < 2:
        return 0.0
    factor = tried[1].rate / tried[0].rate
    return float(tried[0].rate * factor ** (tried[0].steps - 1))


def _suggestion(title: str, explanation: str) -> Button:
    button = Button(title, kind="secondary")
    button.setCheckable(True)
    button.setToolTip(plain_tooltip(explanation))
    button.setAccessibleDescription(explanation)
    return button


def _in_words(found: RatesSuggested) -> str:
    if found.valley is None:
        return _FLAT
    rates = wording.plural(found.tried, "rate")
    if found.diverged:
        return f"{rates} tried, until the loss shot up. Click in the plot to take another."
    return f"{rates} tried. Click in the plot to take another."
