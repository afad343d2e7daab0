"""The model as a strip and as a tree, with what training at this depth costs."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from finetune_studio.events.descriptions import ModelDescription
from finetune_studio.events.run_estimate import estimate_run
from finetune_studio.project.choices import Adapters
from finetune_studio.project.freeze_plan import (
    FreezePlan,
    frost_line,
    plan_from_frost_line,
    trainable_paths,
    with_depth,
)
from finetune_studio.project.project import Project
from finetune_studio.ui.pages.layers.cost_card import CostCard
from finetune_studio.ui.pages.layers.layer_rates import rate_words
from finetune_studio.ui.pages.layers.layer_rows import strip_blocks, tree_root, wake_words
from finetune_studio.ui.pages.layers.plan_edits import (
    block_of,
    block_shares,
    most_last_blocks,
    plan_from_paths,
)
from finetune_studio.ui.pages.layers.plan_warnings import mended, warnings
from finetune_studio.ui.pages.layers.preset_bar import PresetBar
from finetune_studio.ui.pages.layers.timeline_view import TimelineView
from finetune_studio.ui.theme import CAPTION_PX
from finetune_studio.ui.widgets.block_strip import BlockStrip, Measure
from finetune_studio.ui.widgets.layer_model import LayerColumn
from finetune_studio.ui.widgets.layer_tree import LayerTree
from finetune_studio.ui.widgets.problem_card import ProblemList
from finetune_studio.ui.widgets.segmented import Option, Segmented
from finetune_studio.ui.widgets.text import ElidedText, caption
from finetune_studio.ui.widgets.wake_timeline import AXIS_WIDTH

_SIDE_WIDTH = 288
_SHAPE_WIDTH = 132  # "32 × 112 × 112" in full
# The width of the page in pixels below which a column of the tree is left out.
_LEAST_WIDTH = {LayerColumn.KIND: 1100, LayerColumn.SHAPE: 880, LayerColumn.SECONDS: 660}


class PlanView(QWidget):
    """Shows a freeze plan on a described model, and lets it be edited in six places.

    Signals:
        plan_chosen: the user decided on another `FreezePlan`.
        adapters_chosen: the user decided on `Adapters` or none.
    """

    plan_chosen = Signal(object)
    adapters_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.presets = PresetBar()
        self.measure = Segmented(
            [Option(Measure.PARAMETERS.value, "Parameters"), Option(Measure.SECONDS.value, "Time")],
            "Width of a block",
        )
        self.strip = BlockStrip()
        self.over_time = TimelineView()
        self.tree = LayerTree()
        self.cost = CostCard()
        self.warnings = ProblemList()
        self._help = ElidedText(px=CAPTION_PX, tone="muted", mode=Qt.TextElideMode.ElideNone)
        self._axis_room = caption("Blocks")
        self._axis_room.setFixedWidth(AXIS_WIDTH)
        self._model: ModelDescription | None = None
        self._project = Project()
        self._samples = (0, 0)
        self._tokens = 0.0
        self._build()
        self._connect()

    def show_project(
        self,
        model: ModelDescription,
        project: Project,
        samples: tuple[int, int],
        tokens: float = 0.0,
    ) -> None:
        """Show a project's plan, with its cost.

        Args:
            model: what the project's model is made of.
            project: recommended values filled in.
            samples: of training and of validation; 0 where they are not known.
            tokens: usual length of a text; 0 where it is not known.
        """
        is_new = model is not self._model
        self._model, self._project = model, project
        self._samples, self._tokens = samples, tokens
        plan = project.freeze
        paths = trainable_paths(plan, model.block_paths)
        if is_new:
            self.strip.show_blocks(strip_blocks(model), *self._frost(plan))
            self.tree.show_tree(tree_root(model.tree), paths)
        else:
            self.strip.show_frost_line(*self._frost(plan))
            self.tree.show_trainable(paths)
        self.presets.show_plan(plan, most_last_blocks(model))
        self._help.setText(plan.preset.help_text)
        found = warnings(model, plan, self._epochs)
        self.warnings.show_problems(found)
        self.warnings.setVisible(bool(found))
        self._show_timeline(plan)
        self.tree.show_rates(rate_words(model, project))
        self._arrange_columns()
        self._show_cost(plan)

    @property
    def _plan(self) -> FreezePlan:
        return self._project.freeze

    @property
    def _epochs(self) -> int:
        return self._project.training.epochs

    def _show_timeline(self, plan: FreezePlan) -> None:
        assert self._model is not None
        self.over_time.show_plan(self._model, plan, self._epochs)
        self._axis_room.setVisible(self.over_time.is_drawn)
        self.tree.show_wakes(wake_words(self._model, plan, self._epochs))

    def _frost(self, plan: FreezePlan) -> tuple[int, tuple[float, ...]]:
        assert self._model is not None
        return frost_line(plan, self._model.block_paths), block_shares(self._model, plan)

    def _show_cost(self, plan: FreezePlan) -> None:
        assert self._model is not None
        project = self._project.edited(freeze=plan)
        run = estimate_run(self._model, project, tokens=self._tokens)
        self.cost.show_run(run, *self._samples, project.training.batch_size)
        self._show_adapters(project)

    def _show_adapters(self, project: Project) -> None:
        assert self._model is not None
        choice = project.training.adapters
        other = Adapters.OFF if choice is Adapters.LORA else Adapters.LORA
        training = project.training.edited(adapters=other)
        deeper = frost_line(project.freeze, self._model.block_paths) < len(self._model.blocks) - 1
        estimate = estimate_run(self._model, project.edited(training=training), tokens=self._tokens)
        self.cost.show_adapters(choice, estimate if deeper else None)

    def _choose(self, plan: FreezePlan) -> None:
        if self._model is None:
            return
        if plan == self._plan:  # a drag that came back to where it began
            self.show_project(self._model, self._project, self._samples, self._tokens)
        else:
            self.plan_chosen.emit(plan)

    def _choose_depth(self, depth: FreezePlan) -> None:
        self._choose(with_depth(self._plan, depth))

    def _on_preset_chosen(self, plan: FreezePlan) -> None:
        self._choose_depth(plan)

    def _on_plan_previewed(self, plan: FreezePlan) -> None:
        if self._model is not None:
            plan = with_depth(self._plan, plan)
            self.strip.show_frost_line(*self._frost(plan))
            self._show_cost(plan)

    def _on_frost_line_dragged(self, first: int) -> None:
        if self._model is not None:
            depth = plan_from_frost_line(first, len(self._model.blocks))
            self._show_cost(with_depth(self._plan, depth))

    def _on_frost_line_moved(self, first: int) -> None:
        if self._model is not None:
            self._choose_depth(plan_from_frost_line(first, len(self._model.blocks)))

    def _on_trainable_paths_changed(self, paths: tuple[str, ...]) -> None:
        if self._model is not None:
            self._choose_depth(plan_from_paths(self._model, paths))

    def _on_wakes_chosen(self, plan: FreezePlan) -> None:
        self._choose(plan)

    def _on_wakes_previewed(self, plan: FreezePlan) -> None:
        if self._model is not None:
            self._show_cost(plan)

    def _on_strip_arranged(self) -> None:
        areas = [self.strip.block_area(index) for index in range(self.strip.count)]
        self.over_time.timeline.show_columns([(area.left(), area.right()) for area in areas])

    def _on_fix_requested(self, code: str) -> None:
        if self._model is not None:
            self._choose(mended(self._model, self._plan, self._epochs, code))

    def _on_block_selected(self, index: int) -> None:
        if self._model is not None and 0 <= index < len(self._model.blocks):
            path = self._model.blocks[index].paths[0]
            self.tree.expand_to(path)
            self.tree.select(path)
            self.strip.select(index)
            self.over_time.timeline.select(index)

    def _on_layer_selected(self, path: str) -> None:
        if self._model is not None:
            self.strip.select(block_of(self._model, path))
            self.over_time.timeline.select(block_of(self._model, path))

    def _on_measure_chosen(self, key: str) -> None:
        self.strip.set_measure(Measure(key))

    def _arrange_columns(self) -> None:
        """Where room is scarce, names matter more than what the tooltips tell too."""
        more = sum(
            self.tree.header().sectionSize(column)
            for column in (LayerColumn.RATE, LayerColumn.WAKES)
            if not self.tree.isColumnHidden(column)
        )
        room = self.width() - more
        self.tree.leave_out([column for column, least in _LEAST_WIDTH.items() if room < least])
        self.tree.header().resizeSection(LayerColumn.SHAPE, _SHAPE_WIDTH)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange_columns()

    def _build(self) -> None:
        depth = QHBoxLayout()
        depth.setSpacing(12)
        depth.addWidget(self.presets)
        depth.addWidget(self._help, 1)
        depth.addWidget(caption("Width by"))
        depth.addWidget(self.measure)
        strip = QHBoxLayout()
        strip.setSpacing(0)
        strip.addWidget(self._axis_room)
        strip.addWidget(self.strip, 1)
        below = QHBoxLayout()
        below.setSpacing(16)
        below.addWidget(self.tree, 1)
        below.addWidget(self._side())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(depth)
        layout.addLayout(strip)
        layout.addWidget(self.over_time)
        layout.addSpacing(4)
        layout.addLayout(below, 1)

    def _side(self) -> QScrollArea:
        """The warnings and the cost, which on a small screen may be longer than the page."""
        column = QWidget()
        column.setObjectName("scroll-content")
        layout = QVBoxLayout(column)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self.warnings)
        layout.addWidget(self.cost)
        layout.addStretch(1)
        area = QScrollArea()
        area.setWidget(column)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFixedWidth(_SIDE_WIDTH)
        return area

    def _connect(self) -> None:
        self.presets.plan_chosen.connect(self._on_preset_chosen)
        self.presets.plan_previewed.connect(self._on_plan_previewed)
        self.measure.chosen.connect(self._on_measure_chosen)
        self.strip.frost_line_dragged.connect(self._on_frost_line_dragged)
        self.strip.frost_line_moved.connect(self._on_frost_line_moved)
        self.strip.block_selected.connect(self._on_block_selected)
        self.strip.arranged.connect(self._on_strip_arranged)
        self.over_time.plan_chosen.connect(self._on_wakes_chosen)
        self.over_time.plan_previewed.connect(self._on_wakes_previewed)
        self.over_time.block_selected.connect(self._on_block_selected)
        self.tree.trainable_paths_changed.connect(self._on_trainable_paths_changed)
        self.tree.layer_selected.connect(self._on_layer_selected)
        self.warnings.fix_requested.connect(self._on_fix_requested)
        self.cost.adapters.chosen.connect(self.adapters_chosen)
