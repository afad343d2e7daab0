"""When blocks wake: drawn under the strip, told as a line, and chosen by rule."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from finetune_studio.events.descriptions import ModelDescription
from finetune_studio.project.freeze_plan import FreezePlan
from finetune_studio.project.timeline import in_words, phases, waking_epochs, with_wakes
from finetune_studio.ui.pages.layers.unfreezing_bar import UnfreezingBar
from finetune_studio.ui.widgets.text import ElidedText
from finetune_studio.ui.widgets.wake_timeline import WakeTimeline

_AT_ONCE = "All from epoch 1"


class TimelineView(QWidget):
    """The timeline of a plan, with the rules beside it.

    Signals:
        plan_chosen: the user decided on another `FreezePlan`.
        plan_previewed: the user is dragging a block over a `FreezePlan`.
        block_selected: the user selected a block; carries its index.
    """

    plan_chosen = Signal(object)
    plan_previewed = Signal(object)
    block_selected = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.timeline = WakeTimeline()
        self.line = ElidedText()
        self.bar = UnfreezingBar()
        self._model: ModelDescription | None = None
        self._plan = FreezePlan()
        self._epochs = 1
        self._beside = QHBoxLayout()
        self._beside.setSpacing(12)
        self._beside.addWidget(self.line, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.timeline)
        layout.addLayout(self._beside)
        layout.addWidget(self.bar)
        self.timeline.wakes_dragged.connect(self._on_wakes_dragged)
        self.timeline.wakes_moved.connect(self._on_wakes_moved)
        self.timeline.block_selected.connect(self.block_selected)
        self.bar.plan_chosen.connect(self.plan_chosen)

    def add_beside_line(self, widget: QWidget) -> None:
        """Put a widget right of the line in words."""
        self._beside.addWidget(widget)

    @property
    def is_drawn(self) -> bool:
        """Whether there is a timeline: one block alone has nothing to wait for."""
        return not self.timeline.isHidden()

    def show_plan(self, model: ModelDescription, plan: FreezePlan, epochs: int) -> None:
        """Show a plan for a run of so many epochs."""
        self._model, self._plan, self._epochs = model, plan, epochs
        wakes = waking_epochs(plan, model.block_paths, epochs)
        many_train = sum(wake > 0 for wake in wakes) > 1
        count = len(phases(plan, model.block_paths, epochs))
        self.timeline.show_timeline([block.name for block in model.blocks], wakes, epochs)
        self.timeline.setVisible(many_train)
        self.bar.show_plan(plan, many_train=many_train, phases=count)
        self._tell(plan)
        if not many_train:
            self.line.setText("")

    def _tell(self, plan: FreezePlan) -> None:
        assert self._model is not None
        names = [block.name for block in self._model.blocks]
        words = in_words(plan, self._model.block_paths, names, self._epochs)
        self.line.setText(words or _AT_ONCE)

    def _on_wakes_dragged(self, wakes: tuple[int, ...]) -> None:
        plan = self._with_wakes(wakes)
        self._tell(plan)
        self.plan_previewed.emit(plan)

    def _on_wakes_moved(self, wakes: tuple[int, ...]) -> None:
        self.plan_chosen.emit(self._with_wakes(wakes))

    def _with_wakes(self, wakes: tuple[int, ...]) -> FreezePlan:
        assert self._model is not None
        return with_wakes(self._plan, self._model.block_paths, wakes, self._epochs)
