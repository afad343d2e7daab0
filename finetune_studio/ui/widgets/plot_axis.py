"""An axis of a plot: its ticks in our words, and a faint grid."""

from __future__ import annotations

import math
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from finetune_studio.project import wording
from finetune_studio.ui.theme import CAPTION_PX, current_theme

_LABELLED_LEVELS = 2
_MOST_DECIMALS = 4  # more would run into the name of the axis
_LARGE = 1e5  # as would these, written out
_GRID_SHARE = 0.28
_GRID_GAP_PX = 20
_TEXT_GAP_PX = 5
_FULLEST = 0.7
_APART_PX = 4
_OVERHANG_PX = 8
_NIL = 1e-6  # of the distance between ticks
_ALIGNED = {
    "left": Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
    "bottom": Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop,
}


class PlotAxis(pg.AxisItem):
    """The left or the bottom axis.

    pyqtgraph draws axes in milliseconds, which is most of the time of a plot that grows, so they
    are drawn here: texts straight to the screen, lines as opaque pixels under the curves.
    """

    def __init__(self, side: str, *, share: bool = False, whole: bool = False) -> None:
        super().__init__(side)
        self._finest = 1.0
        self.picture: Any = None
        self._lines: list[tuple[QRect, QColor]] = []
        self._texts: list[tuple[QRectF, str]] = []
        self._share = share
        self._whole = whole
        self._is_blank = False
        self.enableAutoSIPrefix(False)
        self.setStyle(tickLength=0)
        self.setGrid(1)  # what it is beside 0 is decided here

    def show_shares(self, share: bool) -> None:
        """Write values in percent, or as they are."""
        self._share = share
        self.picture = None
        self.update()

    def show_fractions(self) -> None:
        """Write values that are no counts as they are."""
        self._whole = False

    def show_blank(self, *, is_blank: bool) -> None:
        """Draw the line alone, or ticks and values too; without data they would measure nothing."""
        if is_blank != self._is_blank:
            self._is_blank = is_blank
            self.picture = None
            self.update()

    def paint(self, painter: QPainter, _option: object, _widget: object) -> None:
        """Draw grid, line and texts."""
        if self.picture is None:  # so pyqtgraph says that something changed
            self.picture = True
            self._plan()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        for line, color in self._lines:
            painter.fillRect(line, color)
        painter.setFont(current_theme().number_font(CAPTION_PX))
        painter.setPen(current_theme().color("muted"))
        flags = int(_ALIGNED[self.orientation] | Qt.TextFlag.TextDontClip)
        for area, text in self._texts:
            painter.drawText(area, flags, text)
        painter.restore()

    def tickValues(
        self, low: float, high: float, size: float
    ) -> list[tuple[float | None, list[float]]]:
        """Where there are ticks: those whose values are written, and those between."""
        levels: list[tuple[float | None, list[float]]] = super().tickValues(low, high, size)
        levels = levels[:_LABELLED_LEVELS]  # lines that nothing says the value of are only noise
        labelled = (spacing for spacing, _ in levels if spacing)
        self._finest = min(labelled, default=1.0)
        return levels

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """The values as they are written."""
        values = [0.0 if abs(v) < _NIL * spacing else v for v in values]  # rounding leaves -1e-17
        if self.logMode:
            return [_power_words(10**value) for value in values]
        if self._share:
            digits = _decimals(self._finest * 100)
            return [f"{value * 100:.{digits}f} %" for value in values]
        if self._whole:
            return [wording.whole(v) if v == round(v) else wording.figure(v) for v in values]
        digits = _decimals(self._finest)
        if digits > _MOST_DECIMALS or max(map(abs, values), default=0) >= _LARGE:
            return [wording.rate(value) for value in values]
        return [f"{value:,.{digits}f}" for value in values]

    def _plan(self) -> None:
        """Find the place of every line and text, once for each view."""
        view = self.linkedView()
        own = self.mapRectFromParent(self.geometry())
        grid: QRectF = view.mapRectToItem(self, view.boundingRect())
        upright = self.orientation == "left"
        length = own.height() if upright else own.width()
        (low, high), self._lines, self._texts = self.range, [], []
        if high <= low or length <= 0:
            return
        theme = current_theme()
        levels = [] if self._is_blank else self.tickValues(low, high, length)
        for depth, (spacing, values) in enumerate(levels):
            places = [_place(value, low, high, own, upright=upright) for value in values]
            share = _GRID_SHARE / (depth + 1) * min(1.0, length / _GRID_GAP_PX / (len(places) + 1))
            color = _mixed(theme.color("border"), theme.color("surface"), share)
            # Finer lines lie under coarser ones.
            self._lines[:0] = [(_hairline(place, grid, upright=upright), color) for place in places]
            self._write(places, self.tickStrings(values, 1.0, spacing or 1.0), own)
        edge = own.right() - 1 if upright else own.top()
        self._lines.append((_hairline(edge, own, upright=not upright), theme.color("border")))

    def _write(self, places: list[float], words: list[str], own: QRectF) -> None:
        """Write a level's values unless that would be too much."""
        metrics = QFontMetricsF(current_theme().number_font(CAPTION_PX))
        upright = self.orientation == "left"
        height = metrics.height()
        areas = []
        for place, text in zip(places, words, strict=True):
            width = metrics.horizontalAdvance(text)
            if upright:
                areas.append(
                    QRectF(own.right() - _TEXT_GAP_PX - width, place - height / 2, width, height)
                )
            else:
                areas.append(QRectF(place - width / 2, own.top() + _TEXT_GAP_PX, width, height))
        taken = sum(a.height() if upright else a.width() for a in (*areas, *self._areas))
        if self._texts and taken > _FULLEST * (own.height() if upright else own.width()):
            return
        room = own.adjusted(-_OVERHANG_PX, -_OVERHANG_PX, _OVERHANG_PX, _OVERHANG_PX)
        for area, text in zip(areas, words, strict=True):
            spaced = area.adjusted(-_APART_PX, 1, _APART_PX, -1)
            if room.contains(area) and not any(spaced.intersects(other) for other in self._areas):
                self._texts.append((area, text))

    @property
    def _areas(self) -> list[QRectF]:
        return [area for area, _ in self._texts]


def _place(value: float, low: float, high: float, area: QRectF, *, upright: bool) -> float:
    """Where a value lies along the axis, in pixels."""
    share = (value - low) / (high - low)
    return area.bottom() - share * area.height() if upright else area.left() + share * area.width()


def _hairline(place: float, area: QRectF, *, upright: bool) -> QRect:
    """The pixels of a line across an area, one wide: level beside an upright axis."""
    pixel = math.floor(place)
    whole = area.toAlignedRect()
    if upright:
        return QRect(whole.left(), pixel, whole.width(), 1)
    return QRect(pixel, whole.top(), 1, whole.height())


def _mixed(color: QColor, ground: QColor, share: float) -> QColor:
    """What a colour looks like on a ground that shines through it."""
    return QColor.fromRgbF(
        share * color.redF() + (1 - share) * ground.redF(),
        share * color.greenF() + (1 - share) * ground.greenF(),
        share * color.blueF() + (1 - share) * ground.blueF(),
    )


def _decimals(spacing: float) -> int:
    """How many decimals set apart ticks that lie so far apart."""
    return max(0, math.ceil(-math.log10(max(spacing, 1e-9)) - 1e-9))


def _power_words(value: float) -> str:
    return f"{value:,g}" if 1e-3 <= value < 1e5 else wording.rate(value)
