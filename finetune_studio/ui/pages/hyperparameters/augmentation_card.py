"""What augmentation makes of the user's own pictures, while it is decided."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from finetune_studio.events.descriptions import VariedPicture
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.problems import Problem
from finetune_studio.project.project import DataChoice, SplitChoice
from finetune_studio.project.variation import PreviewChoice, Variation, variation_of
from finetune_studio.ui import wishes
from finetune_studio.ui.pages.hyperparameters.varied_picture_dialog import VariedPictureDialog
from finetune_studio.ui.snapshot import Activity, Snapshot
from finetune_studio.ui.widgets.at_top import at_top
from finetune_studio.ui.widgets.busy import BusyBar
from finetune_studio.ui.widgets.buttons import quiet
from finetune_studio.ui.widgets.card import Card
from finetune_studio.ui.widgets.empty_state import EmptyState
from finetune_studio.ui.widgets.picture_grid import GridPicture, PictureGrid
from finetune_studio.ui.widgets.problem_card import ProblemCard
from finetune_studio.ui.widgets.text import caption

_PICTURES = 4
_VARIATIONS = 3
_AFTER_MS = 40
_HEADS = ("As it is", "As training may see it")


class _Question(NamedTuple):
    """What the pictures on show depend on."""

    folder: Path | None
    variation: Variation | None
    seed: int
    data: DataChoice | None
    split: SplitChoice
    previews: str
    show: PreviewChoice


class AugmentationCard(Card):
    """A few training pictures beside what training would make of them.

    It asks only while it is seen, and only when the answer would be another.

    Signals:
        requested: a wish from `ui/wishes.py`.
    """

    requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Varied pictures", parent=parent)
        self.grid = PictureGrid("Training pictures, and variations of each")
        self.empty = EmptyState("image", "")
        self.busy = BusyBar(narrow=True)
        self.problem_card = ProblemCard(Problem(what=""))
        self.others_button = quiet("Other pictures")
        self.again_button = quiet("Vary again")
        self.line = caption(wrap=True)
        self._which = self._chance = 0
        self._training = Hyperparameters()
        self._snapshot = Snapshot()
        self._varied: tuple[VariedPicture, ...] = ()
        self._asked: _Question | None = None
        self._was_cancelled = False
        self._later = QTimer(self, singleShot=True, interval=_AFTER_MS)
        self._later.timeout.connect(self._on_later)
        self.grid.picked.connect(self._on_picked)
        self.others_button.clicked.connect(self._on_others_clicked)
        self.again_button.clicked.connect(self._on_again_clicked)
        self.busy.cancel_requested.connect(self._on_cancel_requested)
        self.empty.action_requested.connect(self._on_retry_requested)
        self.problem_card.fix_requested.connect(self._on_retry_requested)
        self._build()

    def show_plan(self, snapshot: Snapshot, training: Hyperparameters) -> None:
        """Show what is known, and find out what the settings in force would do."""
        self._snapshot, self._training = snapshot, training
        self._show_pictures(snapshot.varied)
        self._show_state()
        self._look_again()

    def show_moved(self, training: Hyperparameters) -> None:
        """Follow a slider that is not let go yet."""
        self._training = training
        self._show_state()
        self._look_again()

    def _build(self) -> None:
        heads = QHBoxLayout()
        heads.setSpacing(6)
        for text, columns in zip(_HEADS, (1, _VARIATIONS), strict=True):
            heads.addWidget(caption(text), columns)
        buttons = QHBoxLayout()
        buttons.setSpacing(4)
        buttons.addWidget(self.others_button)
        buttons.addWidget(self.again_button)
        buttons.addStretch(1)
        shown = QWidget()
        inside = QVBoxLayout(shown)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(8)
        inside.addLayout(heads)
        inside.addWidget(self.grid)
        inside.addWidget(self.line)
        inside.addLayout(buttons)
        inside.addStretch(1)
        self._stack = QStackedWidget()
        self._busy_page, self._problem_page = at_top(self.busy), at_top(self.problem_card)
        for page in (shown, self.empty, self._busy_page, self._problem_page):
            self._stack.addWidget(page)
        self._shown = shown
        self.body.addWidget(self._stack, 1)

    @property
    def _question(self) -> _Question:
        snapshot, project = self._snapshot, self._snapshot.project
        report = snapshot.data_report
        show = PreviewChoice(
            pictures=_PICTURES,
            variations=_VARIATIONS,
            which=self._which,
            chance=self._chance,
            side=snapshot.model.input_size if snapshot.model else 0,
        )
        return _Question(
            snapshot.folder,
            variation_of(self._training),
            self._training.seed,
            project.data,
            project.split,
            report.previews if report else "",
            show,
        )

    def _show_pictures(self, varied: tuple[VariedPicture, ...]) -> None:
        if varied == self._varied:
            return
        self._varied = varied
        self.grid.show_pictures(
            [
                [
                    GridPicture(picture.path, f"{picture.label}: {picture.where}"),
                    *(
                        GridPicture(path, f"{picture.label}: variation {number}")
                        for number, path in enumerate(picture.varied, start=1)
                    ),
                ]
                for picture in varied
            ]
        )

    def _show_state(self) -> None:
        activity = self._snapshot.activity("vary")
        if variation_of(self._training) is None:
            self._show_empty(
                "Pictures are not varied",
                "Choose an augmentation to see here what it makes of your pictures.",
            )
        elif not self._snapshot.facts.train_samples:
            self._show_empty("No pictures yet", "They appear once the data are read.")
        elif activity is not None and activity.problem is not None:
            self._show_problem(activity.problem)
        elif not self._varied and self._was_cancelled:
            self._show_empty("No pictures were varied", "", "Vary some")
        elif not self._varied:
            self._show_busy(activity)
        else:
            self._stack.setCurrentWidget(self._shown)
            self.line.setText(
                "Drawn anew for each picture in each epoch. Validation pictures are never varied."
            )

    def _show_empty(self, title: str, sentence: str, action: str = "") -> None:
        self.empty.show_state(title, sentence, action)
        self._stack.setCurrentWidget(self.empty)

    def _show_busy(self, activity: Activity | None) -> None:
        phase = (activity.phase if activity else "") or "Varying some of your pictures"
        if activity is None or activity.share is None:
            self.busy.show_busy(phase)
        else:
            self.busy.show_progress(phase, activity.share, 1.0, activity.seconds_left)
        self._stack.setCurrentWidget(self._busy_page)

    def _show_problem(self, problem: Problem) -> None:
        shown = problem if problem.fix else problem.edited(fix="Try again")
        if self.problem_card.problem != shown:
            self.problem_card.show_problem(shown)
        self._stack.setCurrentWidget(self._problem_page)

    def _look_again(self) -> None:
        """Ask soon, unless the answer is there or on its way."""
        question = self._question
        can_ask = self.isVisible() and question.variation and self._snapshot.facts.train_samples
        if can_ask and question != self._asked and not self._later.isActive():
            self._later.start()

    def _on_later(self) -> None:
        self._asked = self._question
        self.requested.emit(wishes.PreviewAugmentation(self._training, self._asked.show))

    def _on_others_clicked(self) -> None:
        self._which += 1
        self._look_again()

    def _on_again_clicked(self) -> None:
        self._chance += 1
        self._look_again()

    def _on_cancel_requested(self) -> None:
        self._was_cancelled = True
        self.requested.emit(wishes.CancelActivity("vary"))

    def _on_retry_requested(self) -> None:
        self._asked = None
        self._was_cancelled = False
        self._show_state()
        self._look_again()

    def _on_picked(self, row: int, column: int) -> None:
        dialog = VariedPictureDialog(self._varied[row], max(0, column - 1), self)
        dialog.exec()
        dialog.deleteLater()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._look_again()
