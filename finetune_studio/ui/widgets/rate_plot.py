"""The loss over ever higher learning rates, with rates marked to choose from."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from finetune_studio.project import wording
from finetune_studio.ui.theme import CAPTION_PX, current_theme
from finetune_studio.ui.widgets.plot_base import PlotBase

_RAW, _SMOOTH = 0, 3  # in the plot colours
_RAW_ALPHA = 90
_NEAR_PX = 14
_HEADROOM = 0.6


class RatePlot(QWidget):
    """A thin curve of losses, a thick one of their running mean, and a point a suggestion.

    Signals:
        picked: the user clicked at a learning rate; carries it.
    """

    picked = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Loss over learning rates")
        self.setMinimumHeight(220)
        self.canvas = PlotBase("Learning rate", "Loss")
        self.canvas.setMouseEnabled(x=False, y=False)
        self.canvas.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.canvas.plotItem.setLogMode(x=True)
        self._raw, self._smooth = pg.PlotDataItem(), pg.PlotDataItem()
        self._points = pg.ScatterPlotItem(size=12)
        self._line = pg.InfiniteLine(angle=90, movable=False)
        self._words = pg.TextItem(anchor=(0.5, 0))
        self._curve: tuple[tuple[float, ...], tuple[float, ...]] = ((), ())
        self._suggested: dict[str, float] = {}
        self._chosen: float | None = None
        for item in (self._raw, self._smooth, self._points, self._line, self._words):
            self.canvas.addItem(item, ignoreBounds=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.canvas)
        self.canvas.scene().sigMouseClicked.connect(self._on_clicked)
        current_theme().changed.connect(self._on_theme_changed)
        self._on_theme_changed()
        self.show_chosen(None)

    def show_losses(
        self,
        rates: Sequence[float],
        losses: Sequence[float],
        smoothed: Sequence[float],
        until: float = 0.0,
    ) -> None:
        """Show the loss at each rate as it came, and its running mean.

        There is room for rates up to ``until``, which are still to come.
        """
        self._curve = tuple(rates), tuple(smoothed)
        self._raw.setData(np.asarray(rates), np.asarray(losses))
        self._smooth.setData(np.asarray(rates), np.asarray(smoothed))
        self.canvas.show_blank(is_blank=len(rates) < 2)
        if len(rates) > 1:
            self._fit(rates, smoothed, until)

    def show_suggestions(self, suggested: Mapping[str, float]) -> None:
        """Mark rates by name; they lie on the running mean, or beside the curve's end."""
        self._suggested = dict(suggested)
        spots = [(math.log10(rate), self._height(rate)) for rate in suggested.values()]
        self._points.setData(pos=np.asarray(spots).reshape(-1, 2))
        words = (f"{name} {wording.rate(rate)}" for name, rate in suggested.items())
        self.setAccessibleDescription(", ".join(words))

    def show_chosen(self, rate: float | None) -> None:
        """Draw a line at the rate in force; none takes it away."""
        self._chosen = rate
        self._line.setVisible(rate is not None)
        self._words.setVisible(rate is not None)
        if rate is not None:
            self._line.setPos(math.log10(rate))
            self._words.setText(wording.rate(rate))
            self._place_words()

    def place_of(self, rate: float) -> QPointF:
        """Where a rate lies on the running mean, in pixels of the canvas's viewport."""
        point = QPointF(math.log10(rate), self._height(rate))
        return QPointF(self.canvas.mapFromScene(self._view.mapViewToScene(point)))

    @property
    def _view(self) -> Any:
        return self.canvas.getViewBox()

    def _fit(self, rates: Sequence[float], smoothed: Sequence[float], until: float) -> None:
        low, first = min(smoothed), smoothed[0]
        room = max(first - low, 0.05 * abs(first), 1e-6)
        self.canvas.setXRange(math.log10(rates[0]), math.log10(max(rates[-1], until)), padding=0.03)
        self.canvas.setYRange(low - 0.15 * room, first + _HEADROOM * room, padding=0)
        self._place_words()

    def _place_words(self) -> None:
        if self._chosen is None:
            return
        (left, right), (_, top) = self.canvas.viewRange()
        across = (math.log10(self._chosen) - left) / max(right - left, 1e-9)
        self._words.setAnchor((0.0 if across < 0.1 else 1.0 if across > 0.9 else 0.5, 0))
        self._words.setPos(math.log10(self._chosen), top)

    def _height(self, rate: float) -> float:
        rates, smoothed = self._curve
        if not rates:
            return 0.0
        return float(np.interp(math.log10(rate), np.log10(rates), smoothed))

    def _on_clicked(self, event: Any) -> None:
        if event.button() != Qt.MouseButton.LeftButton or not self._curve[0]:
            return
        if not self._view.sceneBoundingRect().contains(event.scenePos()):
            return
        place = self._view.mapSceneToView(event.scenePos())
        pixel = self._view.viewPixelSize()[0]
        near = [
            rate
            for rate in self._suggested.values()
            if abs(math.log10(rate) - place.x()) < _NEAR_PX * pixel
        ]
        clicked = 10.0 ** place.x()
        self.picked.emit(min(near, key=lambda rate: abs(rate - clicked)) if near else clicked)

    def _on_theme_changed(self) -> None:
        theme = current_theme()
        faint = theme.plot_color(_RAW)
        faint.setAlpha(_RAW_ALPHA)
        for item, color, width in (
            (self._raw, faint, 1),
            (self._smooth, theme.plot_color(_SMOOTH), 3),
        ):
            pen = QPen(color, width)
            pen.setCosmetic(True)
            item.setPen(pen)
        self._points.setBrush(theme.color("accent"))
        self._points.setPen(QPen(theme.color("surface"), 2))
        self._line.setPen(QPen(theme.color("accent"), 0, Qt.PenStyle.DashLine))
        self._words.setColor(theme.color("accent"))
        self._words.setFont(theme.number_font(CAPTION_PX, strong=True))
        self._words.fill = pg.mkBrush(theme.color("surface"))
