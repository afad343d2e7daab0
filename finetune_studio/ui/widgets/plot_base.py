"""A pyqtgraph plot in our colours and type, without pyqtgraph's own buttons and menus."""

from __future__ import annotations

import html

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from finetune_studio.ui.theme import CAPTION_PX, current_theme
from finetune_studio.ui.widgets.curve import Curve, Drawn
from finetune_studio.ui.widgets.plot_axis import PlotAxis

_LEFT_WIDTH = 68
_BELOW_CURVES = -1


class PlotBase(pg.PlotWidget):
    """Axes, grid and ground of a plot; whoever draws in it adds items.

    Names and units pass through HTML inside pyqtgraph, so they are escaped here.
    """

    def __init__(
        self, x_label: str, y_label: str, *, share: bool = False, parent: QWidget | None = None
    ) -> None:
        self._axes = {
            "bottom": PlotAxis("bottom", whole=True),
            "left": PlotAxis("left", share=share),
        }
        super().__init__(parent=parent, axisItems=self._axes)
        self._labels = {"bottom": x_label, "left": y_label}
        self.setMenuEnabled(False)
        self.hideButtons()
        self.setFrameShape(pg.PlotWidget.Shape.NoFrame)
        self.viewport().setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.plotItem.setContentsMargins(0, 8, 12, 0)
        self.plotItem.disableAutoRange()
        self.setAntialiasing(True)
        self._axes["left"].setWidth(_LEFT_WIDTH)
        for axis in self._axes.values():
            axis.setZValue(_BELOW_CURVES)
        current_theme().changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def show_as(self, y_label: str, *, share: bool) -> None:
        """Call what is drawn upwards otherwise, and write it in percent or as it is."""
        self._labels["left"] = y_label
        self._axes["left"].show_shares(share)
        self._on_theme_changed()

    def show_labels(self, x_label: str, y_label: str) -> None:
        """Call both axes otherwise."""
        self._labels = {"bottom": x_label, "left": y_label}
        self._on_theme_changed()

    def show_blank(self, *, is_blank: bool) -> None:
        """Draw axes without ticks and values, as before there are data, or with them."""
        for axis in self._axes.values():
            axis.show_blank(is_blank=is_blank)

    def set_log(self, log: bool) -> None:
        """Show powers of ten upwards; values that have no logarithm become gaps."""
        self.plotItem.setLogMode(y=log)

    def _on_theme_changed(self) -> None:
        theme = current_theme()
        self.setBackground(theme.color("surface"))
        for side, axis in self._axes.items():
            axis.setTickFont(theme.number_font(CAPTION_PX))
            style = {"color": theme.tokens.muted, "font-size": f"{CAPTION_PX}px"}
            axis.setLabel(html.escape(self._labels[side]), **style)
            axis.label.setFont(theme.font(CAPTION_PX))


def is_whole(curve: Curve, *, log: bool) -> bool:
    """Whether every value of a curve can be drawn."""
    return not curve.extent.has_gaps and not (log and curve.extent.low <= 0)


def drawable(curve: Curve, *, log: bool) -> Drawn:
    """A curve's values with gaps (NaN) where nothing can be drawn: infinities, and logs of none."""
    values = curve.smooth
    if is_whole(curve, log=log):
        return values
    usable = np.isfinite(values)
    if log:
        usable &= values > 0
    return np.where(usable, values, np.nan)
