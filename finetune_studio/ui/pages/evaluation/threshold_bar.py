"""The threshold of one label on a slider, what it does to the figures, and the way back."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from finetune_studio.project import wording
from finetune_studio.ui.pages.evaluation.thresholds import Recounted
from finetune_studio.ui.widgets.buttons import quiet, secondary
from finetune_studio.ui.widgets.calm_slider import CalmSlider
from finetune_studio.ui.widgets.text import ElidedText, caption, number

_STEPS = 200


class ThresholdBar(QWidget):
    """A slider for the label selected above it.

    Signals:
        moved: the user moved the threshold of a label; carries label and threshold.
        reset_requested: the user wants the chosen thresholds back.
        keep_requested: predictions and exports shall use the moved thresholds.
    """

    moved = Signal(str, float)
    reset_requested = Signal()
    keep_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._label = ""
        self.title = ElidedText()
        self.slider = CalmSlider()
        self.slider.setRange(0, _STEPS)
        self.slider.setPageStep(_STEPS // 20)
        self.value = number()
        self.figures = caption(wrap=True)
        self.reset_button = quiet("Reset", "reset")
        self.reset_button.setToolTip("Back to the thresholds that were chosen on validation")
        self.keep_button = secondary("&Keep these")
        self.keep_button.setToolTip("Predictions and exports of this run use them from now on")
        self.slider.valueChanged.connect(self._on_value_changed)
        self.reset_button.clicked.connect(self.reset_requested)
        self.keep_button.clicked.connect(self.keep_requested)
        self._build()

    @property
    def label(self) -> str:
        """The label whose threshold is on the slider."""
        return self._label

    def show_label(self, label: str, threshold: float) -> None:
        """Put a label's threshold on the slider."""
        self._label = label
        self.title.setText(f"Threshold of {label}")
        self.slider.setAccessibleName(f"Threshold of {label}")
        with QSignalBlocker(self.slider):
            self.slider.setValue(round(threshold * _STEPS))
        self.value.setText(wording.share(threshold))

    def show_figures(self, found: Recounted, *, is_moved: bool, is_kept: bool) -> None:
        """Show what the thresholds come to, and whether any was moved and kept so."""
        self.figures.setText(
            f"Macro F1 {wording.share(found.macro_f1)}, micro F1 {wording.share(found.micro_f1)}, "
            f"all right {wording.share(found.all_right)}"
        )
        self.reset_button.setEnabled(is_moved)
        self.keep_button.setEnabled(not is_kept)

    def _build(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.title, 2)
        line.addWidget(self.slider, 3)
        line.addWidget(self.value)
        below = QHBoxLayout()
        below.setSpacing(8)
        below.addWidget(self.figures, 1)
        below.addWidget(self.reset_button)
        below.addWidget(self.keep_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(line)
        layout.addLayout(below)

    def _on_value_changed(self, step: int) -> None:
        threshold = step / _STEPS
        self.value.setText(wording.share(threshold))
        self.moved.emit(self._label, threshold)
