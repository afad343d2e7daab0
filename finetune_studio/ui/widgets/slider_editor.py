"""A number as a slider, where the whole range is worth seeing."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from finetune_studio.ui.widgets.calm_slider import CalmSlider
from finetune_studio.ui.widgets.field_declaration import Declaration, number_text
from finetune_studio.ui.widgets.text import number

_DIGITS = 9
_WIDEST_VALUE = 44


class SliderEditor(QWidget):
    """A slider from the least to the most, with its value beside it.

    Signals:
        moved: the user drags; carries the value under the pointer.
        committed: the user let go, or moved it with a key; carries the new value.
    """

    moved = Signal(object)
    committed = Signal(object)

    def __init__(self, declaration: Declaration, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        least, most = declaration.bounds.least, declaration.bounds.most
        if least is None or most is None:
            raise ValueError(f"{declaration.name} has no bounds a slider could run between")
        self._least, self._step = least, declaration.step
        self._value = 0.0
        self.slider = CalmSlider()
        self.slider.setRange(0, round((most - least) / declaration.step))
        self.slider.setPageStep(max(1, self.slider.maximum() // 4))
        self.slider.setAccessibleName(declaration.title)
        self._text = number()
        self._text.setFixedWidth(_WIDEST_VALUE)
        self._text.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setFocusProxy(self.slider)
        self.setAccessibleName(declaration.title)
        self.slider.valueChanged.connect(self._on_value_changed)
        self.slider.sliderReleased.connect(self._commit)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.slider, 1)
        layout.addWidget(self._text)

    @property
    def value(self) -> float:
        """The last value that was decided."""
        return self._value

    def show_value(self, value: Any) -> None:
        """Show a value that was decided elsewhere; a slider that is being dragged stays."""
        if self.slider.isSliderDown():
            return
        self._value = float(value)
        self.slider.blockSignals(True)
        self.slider.setValue(round((self._value - self._least) / self._step))
        self.slider.blockSignals(False)
        self._write(self._value)

    def setAccessibleDescription(self, description: str) -> None:
        super().setAccessibleDescription(description)
        self.slider.setAccessibleDescription(description)

    @property
    def _at(self) -> float:
        return round(self._least + self.slider.value() * self._step, _DIGITS)

    def _write(self, value: float) -> None:
        self._text.setText(number_text(value))

    def _on_value_changed(self) -> None:
        self._write(self._at)
        if self.slider.isSliderDown():
            self.moved.emit(self._at)
        else:
            self._commit()

    def _commit(self) -> None:
        if self._at != self._value:
            self._value = self._at
            self.committed.emit(self._value)
