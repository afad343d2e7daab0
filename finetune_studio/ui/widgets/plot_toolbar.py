"""The row above a plot: its title, smoothing, and what else can be done with it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget

from finetune_studio.ui.icons import icon
from finetune_studio.ui.widgets.buttons import icon_button
from finetune_studio.ui.widgets.calm_slider import CalmSlider
from finetune_studio.ui.widgets.text import body, caption

_SMOOTHEST = 0.99
_POSITIONS = 100


class PlotToolbar(QWidget):
    """Controls of one plot.

    Signals:
        smoothing_changed: carries the factor, 0 to 0.99.
        log_toggled: whether the axis shall show powers of ten.
        reset_requested: the view shall follow the data again.
        table_toggled: whether the values shall be shown as a table.
        copy_picture_requested, copy_values_requested, save_requested: what they say.
    """

    smoothing_changed = Signal(float)
    log_toggled = Signal(bool)
    reset_requested = Signal()
    table_toggled = Signal(bool)
    copy_picture_requested = Signal()
    copy_values_requested = Signal()
    save_requested = Signal()

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.smoothing_slider = CalmSlider()
        self.smoothing_slider.setRange(0, _POSITIONS)
        self.smoothing_slider.setFixedWidth(96)
        self.smoothing_slider.setAccessibleName(f"Smoothing of {title}")
        self.smoothing_slider.setToolTip("Smooth the training curve; the values stay as measured")
        self.log_button = icon_button("log-scale", "Powers of ten on the axis", checkable=True)
        self.reset_button = icon_button("reset", "Show the whole curve again")
        self.table_button = icon_button("table", "Show as a table", checkable=True)
        self.copy_button = icon_button("copy", "Copy")
        self.save_button = icon_button("save", "Save as PNG, SVG or CSV")
        self.title = body(title, strong=True)
        self._build()
        self._connect()

    def show_title(self, title: str) -> None:
        """Call the plot otherwise."""
        self.title.setText(title)
        self.smoothing_slider.setAccessibleName(f"Smoothing of {title}")

    def show_smoothing(self, factor: float) -> None:
        """Put the slider where the factor is, without saying so."""
        self.smoothing_slider.blockSignals(True)
        self.smoothing_slider.setValue(round(factor / _SMOOTHEST * _POSITIONS))
        self.smoothing_slider.blockSignals(False)

    def _build(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(self.title)
        row.addStretch(1)
        row.addWidget(caption("Smoothing"))
        row.addSpacing(6)
        row.addWidget(self.smoothing_slider)
        row.addSpacing(8)
        for button in (
            self.log_button,
            self.reset_button,
            self.table_button,
            self.copy_button,
            self.save_button,
        ):
            row.addWidget(button)

    def _connect(self) -> None:
        self.smoothing_slider.valueChanged.connect(self._on_slider_moved)
        self.log_button.toggled.connect(self.log_toggled)
        self.reset_button.clicked.connect(self._on_reset_clicked)
        self.table_button.toggled.connect(self.table_toggled)
        self.copy_button.clicked.connect(self._on_copy_clicked)
        self.save_button.clicked.connect(self._on_save_clicked)
        self._copy_menu = QMenu(self)
        picture = self._copy_menu.addAction(icon("image", "muted"), "Copy the picture")
        values = self._copy_menu.addAction(icon("table", "muted"), "Copy the values")
        picture.triggered.connect(self._on_copy_picture)
        values.triggered.connect(self._on_copy_values)

    def _on_slider_moved(self, position: int) -> None:
        self.smoothing_changed.emit(position / _POSITIONS * _SMOOTHEST)

    def _on_reset_clicked(self) -> None:
        self.reset_requested.emit()

    def _on_save_clicked(self) -> None:
        self.save_requested.emit()

    def _on_copy_picture(self) -> None:
        self.copy_picture_requested.emit()

    def _on_copy_values(self) -> None:
        self.copy_values_requested.emit()

    def _on_copy_clicked(self) -> None:
        self._copy_menu.popup(self.copy_button.mapToGlobal(self.copy_button.rect().bottomLeft()))
