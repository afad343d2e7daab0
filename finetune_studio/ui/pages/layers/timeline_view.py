"""When blocks wake: drawn under the strip, chosen by rule, and told in words."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from finetune_studio.events.descriptions import ModelDescription
from finetune_studio.project.freeze_plan import FreezePlan
from finetune_studio.project.timeline import in_words, phases, waking_epochs, with_wakes
from finetune_studio.ui.pages.layers.unfreezing_bar import UnfreezingBar
from finetune_studio.ui.widgets.wake_timeline import WakeTimeline


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
        self.bar = UnfreezingBar()
        self._model: ModelDescription | None = None
        self._plan = FreezePlan()
        self._epochs = 1
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.timeline)
        layout.addWidget(self.bar)
        self.timeline.wakes_dragged.connect(self._on_wakes_dragged)
        self.timeline.wakes_moved.connect(self._on_wakes_moved)
        self.timeline.block_selected.connect(self.block_selected)
        self.bar.plan_chosen.connect(self.plan_chosen)

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

    def _tell(self, plan: FreezePlan) -> None:
        assert self._model is not None
        names = [block.name for block in self._model.blocks]
        words = in_words(plan, self._model.block_paths, names, self._epochs)
        if words:
            self.bar.help.setText(words)

    def _on_wakes_dragged(self, wakes: tuple[int, ...]) -> None:
        plan = self._with_wakes(wakes)
        self._tell(plan)
        self.plan_previewed.emit(plan)

    def _on_wakes_moved(self, wakes: tuple[int, ...]) -> None:
        self.plan_chosen.emit(self._with_wakes(wakes))

    def _with_wakes(self, wakes: tuple[int, ...]) -> FreezePlan:
        assert self._model is not None
        return with_wakes(self._plan, self._model.block_paths, wakes, self._epochs)
