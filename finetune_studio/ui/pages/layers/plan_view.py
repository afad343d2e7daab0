"""The model as a strip and as a tree, with what training at this depth costs."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from finetune_studio.events.descriptions import ModelDescription
from finetune_studio.events.estimates import estimate
from finetune_studio.project.choices import FreezePreset
from finetune_studio.project.freeze_plan import (
    FreezePlan,
    frost_line,
    plan_from_frost_line,
    trainable_paths,
)
from finetune_studio.project.problems import Problem, Severity
from finetune_studio.ui.pages.layers.cost_card import CostCard
from finetune_studio.ui.pages.layers.layer_rows import strip_blocks, tree_root
from finetune_studio.ui.pages.layers.plan_edits import (
    block_of,
    block_shares,
    head_trains,
    most_last_blocks,
    plan_from_paths,
)
from finetune_studio.ui.pages.layers.preset_bar import PresetBar
from finetune_studio.ui.widgets.block_strip import BlockStrip, Measure
from finetune_studio.ui.widgets.layer_model import LayerColumn
from finetune_studio.ui.widgets.layer_tree import LayerTree
from finetune_studio.ui.widgets.problem_card import ProblemList
from finetune_studio.ui.widgets.segmented import Option, Segmented
from finetune_studio.ui.widgets.text import caption

_SIDE_WIDTH = 288
_SHAPE_WIDTH = 132  # "32 × 112 × 112" in full
# The width of the page in pixels below which a column of the tree is left out.
_LEAST_WIDTH = {LayerColumn.KIND: 1100, LayerColumn.SHAPE: 880}
_NOTHING_TRAINS = Problem(
    what="Nothing trains.",
    why="All layers are frozen.",
    remedy="Tick at least the head.",
    severity=Severity.WARNING,
    code="nothing_trains",
    fix="Train the head",
)
_HEAD_FROZEN = Problem(
    what="The head is frozen.",
    why="It starts from random numbers, and would keep guessing your labels.",
    remedy="Tick it in the tree.",
    severity=Severity.WARNING,
    code="head_frozen",
    fix="Train the head too",
)


class PlanView(QWidget):
    """Shows a freeze plan on a described model, and lets it be edited in four places.

    Signals:
        plan_chosen: the user decided on another `FreezePlan`.
    """

    plan_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.presets = PresetBar()
        self.measure = Segmented(
            [Option(Measure.PARAMETERS.value, "Parameters"), Option(Measure.SECONDS.value, "Time")],
            "Width of a block",
        )
        self.strip = BlockStrip()
        self.tree = LayerTree()
        self.cost = CostCard()
        self.warnings = ProblemList()
        self._help = caption()
        self._model: ModelDescription | None = None
        self._plan = FreezePlan()
        self._batch_size = 1
        self._train_samples = 0
        self._build()
        self._connect()

    def show_plan(
        self, model: ModelDescription, plan: FreezePlan, batch_size: int, train_samples: int
    ) -> None:
        """Show a plan, with its cost for so many samples in batches of that size."""
        is_new = model is not self._model
        self._model, self._plan = model, plan
        self._batch_size, self._train_samples = batch_size, train_samples
        paths = trainable_paths(plan, model.block_paths)
        if is_new:
            self.strip.show_blocks(strip_blocks(model), *self._frost(plan))
            self.tree.show_tree(tree_root(model.tree), paths)
            self._arrange_columns()
        else:
            self.strip.show_frost_line(*self._frost(plan))
            self.tree.show_trainable(paths)
        self.presets.show_plan(plan, most_last_blocks(model))
        self._help.setText(plan.preset.help_text)
        self.warnings.show_problems(self._warnings(plan))
        self._show_cost(plan)

    def _warnings(self, plan: FreezePlan) -> list[Problem]:
        assert self._model is not None
        if frost_line(plan, self._model.block_paths) == len(self._model.blocks):
            return [_NOTHING_TRAINS]
        return [] if head_trains(self._model, plan) else [_HEAD_FROZEN]

    def _frost(self, plan: FreezePlan) -> tuple[int, tuple[float, ...]]:
        assert self._model is not None
        return frost_line(plan, self._model.block_paths), block_shares(self._model, plan)

    def _show_cost(self, plan: FreezePlan) -> None:
        assert self._model is not None
        cost = estimate(self._model, plan, self._batch_size)
        self.cost.show_cost(cost, self._train_samples, self._batch_size)

    def _choose(self, plan: FreezePlan) -> None:
        if self._model is None:
            return
        if plan == self._plan:  # a drag that came back to where it began
            self.show_plan(self._model, plan, self._batch_size, self._train_samples)
        else:
            self.plan_chosen.emit(plan)

    def _on_preset_chosen(self, plan: FreezePlan) -> None:
        self._choose(plan)

    def _on_plan_previewed(self, plan: FreezePlan) -> None:
        if self._model is not None:
            self.strip.show_frost_line(*self._frost(plan))
            self._show_cost(plan)

    def _on_frost_line_dragged(self, first: int) -> None:
        if self._model is not None:
            self._show_cost(plan_from_frost_line(first, len(self._model.blocks)))

    def _on_frost_line_moved(self, first: int) -> None:
        if self._model is not None:
            self._choose(plan_from_frost_line(first, len(self._model.blocks)))

    def _on_trainable_paths_changed(self, paths: tuple[str, ...]) -> None:
        if self._model is not None:
            self._choose(plan_from_paths(self._model, paths))

    def _on_fix_requested(self, code: str) -> None:
        if self._model is None:
            return
        if code == _NOTHING_TRAINS.code:
            self._choose(FreezePlan(preset=FreezePreset.HEAD))
            return
        paths = trainable_paths(self._plan, self._model.block_paths)
        self._choose(plan_from_paths(self._model, paths.union(self._model.blocks[-1].paths)))

    def _on_block_selected(self, index: int) -> None:
        if self._model is not None and 0 <= index < len(self._model.blocks):
            path = self._model.blocks[index].paths[0]
            self.tree.expand_to(path)
            self.tree.select(path)

    def _on_layer_selected(self, path: str) -> None:
        if self._model is not None:
            self.strip.select(block_of(self._model, path))

    def _on_measure_chosen(self, key: str) -> None:
        self.strip.set_measure(Measure(key))

    def _arrange_columns(self) -> None:
        """Where room is scarce, names matter more than what the tooltips tell too."""
        for column, least in _LEAST_WIDTH.items():
            self.tree.setColumnHidden(column, self.width() < least)
        self.tree.header().resizeSection(LayerColumn.SHAPE, _SHAPE_WIDTH)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange_columns()

    def _build(self) -> None:
        about = QHBoxLayout()
        about.setSpacing(12)
        about.addWidget(self._help, 1)
        about.addWidget(caption("Width by"))
        about.addWidget(self.measure)
        side = QVBoxLayout()
        side.setSpacing(12)
        side.addWidget(self.cost)
        side.addWidget(self.warnings)
        side.addStretch(1)
        for widget in (self.cost, self.warnings):
            widget.setFixedWidth(_SIDE_WIDTH)
        below = QHBoxLayout()
        below.setSpacing(16)
        below.addWidget(self.tree, 1)
        below.addLayout(side)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self.presets)
        layout.addLayout(about)
        layout.addWidget(self.strip)
        layout.addLayout(below, 1)

    def _connect(self) -> None:
        self.presets.plan_chosen.connect(self._on_preset_chosen)
        self.presets.plan_previewed.connect(self._on_plan_previewed)
        self.measure.chosen.connect(self._on_measure_chosen)
        self.strip.frost_line_dragged.connect(self._on_frost_line_dragged)
        self.strip.frost_line_moved.connect(self._on_frost_line_moved)
        self.strip.block_selected.connect(self._on_block_selected)
        self.tree.trainable_paths_changed.connect(self._on_trainable_paths_changed)
        self.tree.layer_selected.connect(self._on_layer_selected)
        self.warnings.fix_requested.connect(self._on_fix_requested)
