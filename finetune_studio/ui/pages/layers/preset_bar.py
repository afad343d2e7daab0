"""The presets of a freeze plan: four segments, and a slider for how many last blocks."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from finetune_studio.project import wording
from finetune_studio.project.choices import FreezePreset
from finetune_studio.project.freeze_plan import FreezePlan
from finetune_studio.ui.widgets.calm_slider import CalmSlider
from finetune_studio.ui.widgets.segmented import Option, Segmented
from finetune_studio.ui.widgets.text import number

_SLIDER_WIDTH = 140
_COUNT_WIDTH = 64


class PresetBar(QWidget):
    """Chooses how deep training goes by rule.

    Signals:
        plan_chosen: the user took a `FreezePlan`.
        plan_previewed: the user is moving the slider over a `FreezePlan`.
    """

    plan_chosen = Signal(object)
    plan_previewed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.segments = Segmented(
            [
                Option(preset.value, preset.title_text, help=preset.help_text)
                for preset in FreezePreset
            ],
            "Preset",
        )
        self.slider = CalmSlider()
        self.slider.setAccessibleName("Blocks before the head that train")
        self.slider.setTracking(False)
        self.slider.setPageStep(1)
        self.slider.setFixedWidth(_SLIDER_WIDTH)
        self._count = number()
        self._count.setMinimumWidth(_COUNT_WIDTH)
        self._plan = FreezePlan()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self.segments)
        layout.addWidget(self.slider)
        layout.addWidget(self._count)
        self.segments.chosen.connect(self._on_segment_chosen)
        self.slider.sliderMoved.connect(self._on_slider_moved)
        self.slider.valueChanged.connect(self._on_slider_changed)

    @property
    def count_text(self) -> str:
        """What stands beside the slider; empty while it is hidden."""
        return "" if self._count.isHidden() else self._count.text()

    def show_plan(self, plan: FreezePlan, most_last_blocks: int) -> None:
        """Show a plan for a model of which so many blocks can train before the head."""
        self._plan = plan
        self.segments.choose(plan.preset.value)
        self.segments.set_option_enabled(
            FreezePreset.LAST_BLOCKS.value,
            most_last_blocks > 0,
            "" if most_last_blocks else "This model has no blocks between its first and its head.",
        )
        is_custom = plan.preset is FreezePreset.CUSTOM
        self.segments.set_option_enabled(
            FreezePreset.CUSTOM.value, is_custom, "" if is_custom else "Tick layers in the tree."
        )
        self._show_slider(plan, most_last_blocks)

    def _show_slider(self, plan: FreezePlan, most: int) -> None:
        shown = plan.preset is FreezePreset.LAST_BLOCKS and most > 0
        self.slider.setVisible(shown)
        self._count.setVisible(shown)
        self.slider.blockSignals(True)
        self.slider.setRange(1, max(1, most))
        self.slider.setValue(min(plan.last_blocks, max(1, most)))
        self.slider.blockSignals(False)
        self._count.setText(wording.plural(self.slider.value(), "block"))

    def _on_segment_chosen(self, key: str) -> None:
        preset = next(preset for preset in FreezePreset if preset.value == key)
        self.plan_chosen.emit(FreezePlan(preset=preset, last_blocks=self._plan.last_blocks))

    def _on_slider_moved(self, count: int) -> None:
        self._count.setText(wording.plural(count, "block"))
        self.plan_previewed.emit(self._last_blocks(count))

    def _on_slider_changed(self, count: int) -> None:
        self._count.setText(wording.plural(count, "block"))
        self.plan_chosen.emit(self._last_blocks(count))

    def _last_blocks(self, count: int) -> FreezePlan:
        return FreezePlan(preset=FreezePreset.LAST_BLOCKS, last_blocks=count)
