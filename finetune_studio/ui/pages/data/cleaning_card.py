"""How texts are cleaned before the model reads them, and what that does to the user's own."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from finetune_studio.events.differences import CleaningEffect
from finetune_studio.project import wording
from finetune_studio.project.cleaning import (
    Cleaning,
    CleaningStep,
    active,
    arranged,
    moved,
    recommended,
    with_step,
)
from finetune_studio.project.handing_on import about_cleaning, cleaning_of
from finetune_studio.project.project import ModelChoice, Project
from finetune_studio.ui import wishes
from finetune_studio.ui.pages.data.cleaning_row import CleaningRow
from finetune_studio.ui.preview_card import PreviewCard
from finetune_studio.ui.snapshot import Snapshot
from finetune_studio.ui.widgets.buttons import quiet
from finetune_studio.ui.widgets.difference_list import DifferenceList
from finetune_studio.ui.widgets.ordered_rows import OrderedRows
from finetune_studio.ui.widgets.text import caption

_LIST_WIDTH = 372
_WHAT = (
    "Done in this order to every text the model reads: in training, in prediction and in an "
    "export. Your files stay as they are."
)


class CleaningCard(PreviewCard):
    """The steps in their order at the left, the user's texts as a difference at the right.

    Signals:
        cleaning_chosen: the steps as they should be.
    """

    cleaning_chosen = Signal(object)

    activity = "clean"
    waiting = "Looking at your texts"
    cancelled = "No texts were looked at"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Text cleaning", _WHAT, icon="text", parent=parent)
        self.rows = {step.kind: CleaningRow(step) for step in arranged(())}
        self.list = OrderedRows("Steps of cleaning, in their order")
        self.recommended_button = quiet("Use the recommended steps", "reset")
        self.differences = DifferenceList("Your texts, before and after cleaning")
        self.origin = caption(wrap=True)
        self.line = caption(wrap=True)
        self._steps: Cleaning = ()
        self._model: ModelChoice | None = None
        self._handed_on: Cleaning | None = None
        self.list.moved.connect(self._on_moved)
        self.recommended_button.clicked.connect(self._on_recommended_clicked)
        for row in self.rows.values():
            row.step_chosen.connect(self._on_step_chosen)
        self._build()

    def show_cleaning(self, snapshot: Snapshot) -> None:
        """Show what is decided and what is known of its effect."""
        self._snapshot = snapshot
        self._show_steps(arranged(snapshot.project.cleaning))
        self._show_origin(snapshot.project)
        self._show_effect(snapshot.cleaning_effect)
        self._show_state()
        self._look_again()

    def _show_steps(self, steps: Cleaning) -> None:
        if steps != self._steps:
            self._steps = steps
            for step in steps:
                self.rows[step.kind].show_step(step)
            self.list.show_rows(
                [self.rows[step.kind] for step in steps], [step.kind.title_text for step in steps]
            )
        self.recommended_button.setVisible(recommended(steps) != steps)

    def _show_origin(self, project: Project) -> None:
        """Say how the model's own texts were cleaned; a model's record is read once."""
        if project.model != self._model:
            self._model = project.model
            self._handed_on = cleaning_of(project.model)
        self.origin.setText(about_cleaning(project, self._handed_on))
        self.origin.setVisible(bool(self.origin.text()))

    def _show_effect(self, effect: CleaningEffect | None) -> None:
        effects = {step.kind: step for step in effect.steps} if effect else {}
        for kind, row in self.rows.items():
            row.show_effect(effects.get(kind), effect.looked_at if effect else 0)

    def _nothing(self) -> tuple[str, str] | None:
        if self._snapshot.data_report is not None and not self._snapshot.previews:
            return "No texts to look at", "They appear once some can be read."
        return None

    def _show_answer(self) -> bool:
        effect = self._snapshot.cleaning_effect
        if effect is None:
            return False
        if not effect.changed:
            self._show_empty(*_nothing_changes(self._steps, effect))
            return True
        self.line.setText(_summary(effect))
        self.line.set_tone("warning" if effect.emptied else "muted")
        self.differences.show_texts([text for text in effect.texts if text.changed])
        self._pages.setCurrentWidget(self._shown)
        return True

    def _question(self) -> tuple[object, ...] | None:
        snapshot = self._snapshot
        if not snapshot.previews:
            return None
        return (snapshot.folder, snapshot.project.cleaning, snapshot.previews)

    def _wish(self) -> wishes.PreviewCleaning:
        return wishes.PreviewCleaning()

    def _on_step_chosen(self, step: CleaningStep) -> None:
        self.cleaning_chosen.emit(with_step(self._steps, step))

    def _on_moved(self, place: int, to: int) -> None:
        grip = self.list.grips[place]
        self.cleaning_chosen.emit(moved(self._steps, place, to))
        grip.setFocus()

    def _on_recommended_clicked(self) -> None:
        self.cleaning_chosen.emit(recommended(self._steps))

    def _build(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(4)
        head = QHBoxLayout()
        head.addWidget(caption("Drag to change the order"))
        head.addStretch(1)
        head.addWidget(caption("Texts changed"))
        left.addLayout(head)
        left.addWidget(self.list)
        row = QHBoxLayout()
        row.addWidget(self.recommended_button)
        row.addStretch(1)
        left.addLayout(row)
        left.addWidget(self.origin)
        left.addStretch(1)
        self.list.setFixedWidth(_LIST_WIDTH)
        self._inside.setSpacing(4)
        self._inside.addWidget(self.line)
        self._inside.addWidget(self.differences, 1)
        columns = QHBoxLayout()
        columns.setSpacing(24)
        columns.addLayout(left)
        columns.addWidget(self._pages, 1)
        self.body.addLayout(columns)


def _summary(effect: CleaningEffect) -> str:
    looked = wording.plural(effect.looked_at, "text")
    said = f"{wording.whole(effect.changed)} of {looked} looked at change."
    if effect.emptied:
        said += (
            f" Nothing is left of {wording.whole(effect.emptied)}, which cannot be learned from."
        )
    return said


def _nothing_changes(steps: Cleaning, effect: CleaningEffect) -> tuple[str, str]:
    looked = wording.plural(effect.looked_at, "text")
    if active(steps):
        return "Nothing changes", f"None of {looked} looked at holds what these steps clean."
    return (
        "Texts are learned as they are",
        f"The numbers say how many of {looked} each step would change. Switch one on to see how.",
    )
