"""What text variation makes of the user's own texts, while it is decided."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.problems import Problem
from finetune_studio.project.text_variation import text_variation_of
from finetune_studio.ui import wishes
from finetune_studio.ui.snapshot import Snapshot
from finetune_studio.ui.widgets.at_top import at_top
from finetune_studio.ui.widgets.busy import BusyBar
from finetune_studio.ui.widgets.buttons import quiet
from finetune_studio.ui.widgets.card import Card
from finetune_studio.ui.widgets.difference_list import DifferenceList
from finetune_studio.ui.widgets.empty_state import EmptyState
from finetune_studio.ui.widgets.problem_card import ProblemCard
from finetune_studio.ui.widgets.text import caption

_ACTIVITY = "vary_texts"
_AFTER_MS = 60


class TextVariationCard(Card):
    """A few training texts as an epoch would see them.

    It asks only while it is seen, and only when the answer would be another.

    Signals:
        requested: a wish from `ui/wishes.py`.
    """

    requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Varied texts", parent=parent)
        self.differences = DifferenceList("Training texts, as they are and as they are varied")
        self.again_button = quiet("Next epoch", "refresh")
        self.line = caption(wrap=True)
        self.empty = EmptyState("text", "")
        self.busy = BusyBar(narrow=True)
        self.problem_card = ProblemCard(Problem(what=""))
        self._epoch = 1
        self._training = Hyperparameters()
        self._snapshot = Snapshot()
        self._asked: tuple[object, ...] | None = None
        self._later = QTimer(self, singleShot=True, interval=_AFTER_MS)
        self._later.timeout.connect(self._on_later)
        self.again_button.clicked.connect(self._on_again_clicked)
        self.busy.cancel_requested.connect(self._on_cancel_requested)
        self.problem_card.fix_requested.connect(self._on_retry_requested)
        self._build()

    def show_plan(self, snapshot: Snapshot, training: Hyperparameters) -> None:
        """Show what is known, and find out what the settings in force would do."""
        self._snapshot, self._training = snapshot, training
        self._show_state()
        self._later.start()

    def show_moved(self, training: Hyperparameters) -> None:
        """Follow a number that is not let go yet."""
        self._training = training
        self._show_state()
        self._later.start()

    def _show_state(self) -> None:
        activity, varied = self._snapshot.activity(_ACTIVITY), self._snapshot.varied_texts
        if text_variation_of(self._training) is None:
            self.empty.show_state(
                "Texts are not varied",
                "Raise word dropout, word swap or spelling noise to see what an epoch would learn "
                "from. Validation always sees texts as they are.",
            )
            self._pages.setCurrentWidget(self.empty)
        elif not self._previews:
            self.empty.show_state("No texts yet", "They appear once the data are read.")
            self._pages.setCurrentWidget(self.empty)
        elif activity is not None and activity.problem is not None:
            self.problem_card.show_problem(activity.problem.edited(fix="Try again"))
            self._pages.setCurrentWidget(self._problem_page)
        elif varied is None:
            self.busy.show_busy("Varying texts")
            self._pages.setCurrentWidget(self._busy_page)
        else:
            self.line.setText(f"As epoch {varied.epoch} may see some of your training texts.")
            self.differences.show_texts(varied.texts)
            self._pages.setCurrentWidget(self._shown)

    @property
    def _previews(self) -> str:
        report = self._snapshot.data_report
        return report.previews if report else ""

    @property
    def _question(self) -> tuple[object, ...]:
        """What the texts on show depend on."""
        project, report = self._snapshot.project, self._snapshot.data_report
        how = text_variation_of(self._training)
        seed = self._training.seed
        return (self._snapshot.folder, project.cleaning, how, seed, self._epoch, id(report))

    def _ask(self) -> None:
        self._asked = self._question
        self.requested.emit(wishes.PreviewTextVariation(self._training, self._epoch))

    def _on_later(self) -> None:
        if not self.isVisible() or not self._previews:
            return
        if text_variation_of(self._training) is not None and self._question != self._asked:
            self._ask()

    def _on_again_clicked(self) -> None:
        self._epoch += 1
        self._ask()

    def _on_cancel_requested(self) -> None:
        self.requested.emit(wishes.CancelActivity(_ACTIVITY))

    def _on_retry_requested(self, code: str) -> None:
        self._ask()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._later.start()

    def _build(self) -> None:
        self._shown = QWidget()
        inside = QVBoxLayout(self._shown)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(8)
        inside.addWidget(self.line)
        inside.addWidget(self.differences, 1)
        buttons = QHBoxLayout()
        buttons.addWidget(self.again_button)
        buttons.addStretch(1)
        inside.addLayout(buttons)
        self._pages = QStackedWidget()
        self._busy_page, self._problem_page = at_top(self.busy), at_top(self.problem_card)
        for page in (self._shown, self.empty, self._busy_page, self._problem_page):
            self._pages.addWidget(page)
        self.body.addWidget(self._pages, 1)
