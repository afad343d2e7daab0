"""Remarks in a plot: a thin upright line where something was noticed or done, with a few words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QPen

from finetune_studio.ui.theme import CAPTION_PX, current_theme
from finetune_studio.ui.widgets.plot_base import PlotBase

_TEXT_GROUND_ALPHA = 210
# From the top, one below the other, so that neighbours do not cover each other's words.
_HEIGHTS = (0.92, 0.76, 0.6)


@dataclass(frozen=True)
class Remark:
    """Words at a step; ``tone`` is a colour role."""

    x: float
    text: str = ""
    tone: str = "warning"


class PlotRemarks:
    """Draws remarks into a plot; they move with the view and never stretch it."""

    def __init__(self, plot: PlotBase) -> None:
        self._plot = plot
        self._remarks: tuple[Remark, ...] = ()
        self._lines: list[pg.InfiniteLine] = []

    @property
    def shown(self) -> tuple[Remark, ...]:
        """The remarks on show."""
        return self._remarks

    def show(self, remarks: Sequence[Remark]) -> None:
        """Show these remarks and no others."""
        if tuple(remarks) == self._remarks:
            return
        self._remarks = tuple(remarks)
        self.restyle()

    def restyle(self) -> None:
        """Draw them in the colours in force."""
        view = self._plot.getViewBox()
        for line in self._lines:
            view.removeItem(line)
        self._lines = [
            _line(remark, _HEIGHTS[place % len(_HEIGHTS)])
            for place, remark in enumerate(self._remarks)
        ]
        for line in self._lines:
            view.addItem(line, ignoreBounds=True)


def _line(remark: Remark, height: float) -> pg.InfiniteLine:
    theme = current_theme()
    color = theme.color(remark.tone)
    pen = QPen(color, 0, Qt.PenStyle.DotLine)
    line = pg.InfiniteLine(pos=remark.x, angle=90, movable=False, pen=pen)
    line.setZValue(-5)
    if remark.text:
        ground = theme.color("surface")
        ground.setAlpha(_TEXT_GROUND_ALPHA)
        # The words are a format for pyqtgraph: braces in them would be taken for places.
        label = pg.InfLineLabel(
            line,
            text=remark.text.replace("{", "{{").replace("}", "}}"),
            position=height,
            anchors=[(0, 0.5), (1, 0.5)],
            color=color,
            fill=pg.mkBrush(ground),
        )
        label.setFont(theme.number_font(CAPTION_PX, strong=True))
    return line
