"""The drawing area of a metric plot: curves, marks, and a view that follows the data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Signal
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QWidget

from finetune_studio.ui.theme import current_theme
from finetune_studio.ui.widgets.curve import Curve
from finetune_studio.ui.widgets.plot_base import PlotBase, drawable, is_whole
from finetune_studio.ui.widgets.plot_marks import PlotMarks
from finetune_studio.ui.widgets.plot_remarks import PlotRemarks

_PADDING_X, _PADDING_Y = 0.02, 0.05
_ZOOM = 0.8
_MOST_POINTS = 150


class Kind(StrEnum):
    """What a curve measures on, which decides how it is drawn."""

    TRAINING = "training"
    VALIDATION = "validation"
    EARLIER = "earlier"
    RATE = "rate"
    QUIET_RATE = "quiet_rate"

    @property
    def has_points(self) -> bool:
        """Whether its values are few and far between."""
        return self in (Kind.VALIDATION, Kind.EARLIER)


WIDTHS = {
    Kind.TRAINING: 1.2,
    Kind.VALIDATION: 2.4,
    Kind.EARLIER: 1.8,
    Kind.RATE: 1.8,
    Kind.QUIET_RATE: 0.9,
}
COLOR_INDEX = {
    Kind.TRAINING: 0,
    Kind.VALIDATION: 3,
    Kind.EARLIER: 2,
    Kind.RATE: 0,
    Kind.QUIET_RATE: 5,
}


@dataclass(frozen=True)
class Drawn:
    """A curve, how it looks, and the item that draws it."""

    curve: Curve
    kind: Kind
    color_index: int
    item: pg.PlotDataItem

    def show_points(self) -> None:
        """Show every point of an epoch's curve unless they would run into each other."""
        few = self.kind.has_points and len(self.curve) <= _MOST_POINTS
        symbol = "o" if few else None
        if self.item.opts["symbol"] != symbol:
            self.item.setSymbol(symbol)

    def restyle(self) -> None:
        """Take the colours in force."""
        color = current_theme().plot_color(self.color_index)
        pen = QPen(color, WIDTHS[self.kind])
        pen.setCosmetic(True)
        self.item.setPen(pen)
        if self.kind.has_points:
            self.item.setSymbolBrush(color)
            self.item.setSymbolPen(None)


class PlotCanvas(PlotBase):
    """Curves over steps. The view follows the data until the user takes it.

    Attributes:
        remarks: what was noticed or done, at its step.

    Signals:
        cursor_moved: the pointer is at this x (a float), or nowhere (``None``).
        view_taken: the user zoomed or panned.
    """

    cursor_moved = Signal(object)
    view_taken = Signal()

    def __init__(
        self, x_label: str, y_label: str, *, share: bool = False, parent: QWidget | None = None
    ) -> None:
        self._marks: PlotMarks | None = None
        super().__init__(x_label, y_label, share=share, parent=parent)
        self.drawn: dict[str, Drawn] = {}
        self.follows_x = self.follows_y = True
        self._share = share
        self._log = False
        self._marks = PlotMarks(self)
        self.remarks = PlotRemarks(self)
        self.setClipToView(True)
        self.setDownsampling(auto=True, mode="peak")
        view = self.plotItem.getViewBox()
        view.sigRangeChangedManually.connect(self._on_view_taken)
        view.sigRangeChanged.connect(self._on_range_changed)
        self.scene().sigMouseMoved.connect(self._on_mouse_moved)

    @property
    def marks(self) -> PlotMarks:
        """Epochs, best epoch and crosshair."""
        assert self._marks is not None  # set in the constructor, once the plot can take items
        return self._marks

    def add_curve(self, name: str, kind: Kind, color_index: int) -> None:
        """Add an empty curve in one of the plot colours."""
        # Peaks are kept, so one stretch a pixel is as good as more.
        item = pg.PlotDataItem(autoDownsampleFactor=1.0)
        if kind.has_points:
            item.setSymbolSize(7)
            item.setZValue(5)
        self.addItem(item)
        self.drawn[name] = Drawn(Curve(), kind, color_index, item)
        self.drawn[name].restyle()

    def remove_curves(self) -> None:
        """Take all curves away."""
        for drawn in self.drawn.values():
            self.removeItem(drawn.item)
        self.drawn.clear()

    def redraw(self) -> None:
        """Draw the curves as they are now, and follow them with the view."""
        for drawn in self.drawn.values():
            drawn.show_points()
            whole = is_whole(drawn.curve, log=self._log)
            drawn.item.setData(
                drawn.curve.x,
                drawable(drawn.curve, log=self._log),
                connect="all" if whole else "finite",
                skipFiniteCheck=whole,
            )
        self.follow()

    def follow(self) -> None:
        """Move the view to the data where the user has not taken it."""
        x_range, y_range = self.x_extent(), self._y_extent()
        self.show_blank(is_blank=x_range is None)
        wanted = {}
        if self.follows_x and x_range is not None:
            wanted["xRange"] = _padded(x_range, _PADDING_X)
        if self.follows_y and y_range is not None:
            wanted["yRange"] = _padded(y_range, _PADDING_Y)
        if wanted:
            self.plotItem.getViewBox().setRange(padding=0.0, disableAutoRange=False, **wanted)
        self.marks.keep_inside()

    def x_extent(self) -> tuple[float, float] | None:
        """The first and the last x of all curves; ``None`` while there are no points."""
        ends = [(d.curve.x[0], d.curve.x[-1]) for d in self.drawn.values() if len(d.curve)]
        if not ends:
            return None
        low, high = min(end[0] for end in ends), max(end[1] for end in ends)
        return float(min(low, 0.0)), float(high if high > low else low + 1)

    def show_as(self, y_label: str, *, share: bool) -> None:
        """Call what is drawn upwards otherwise, and write it in percent or as it is."""
        self._share = share
        super().show_as(y_label, share=share)

    def set_log(self, log: bool) -> None:
        """Show powers of ten upwards."""
        self._log = log
        super().set_log(log)
        self.marks.set_log(log)
        self.follows_y = True
        self.redraw()

    def reset_view(self) -> None:
        """Follow the data again."""
        self.follows_x = self.follows_y = True
        self.follow()

    def zoom(self, steps: int) -> None:
        """Zoom in (positive) or out around the middle, as the user's own doing."""
        self.plotItem.getViewBox().scaleBy(x=_ZOOM**steps, y=1.0)
        self._on_view_taken()

    def _y_extent(self) -> tuple[float, float] | None:
        extents = [drawn.curve.extent for drawn in self.drawn.values()]
        lows = [extent.lowest_positive if self._log else extent.low for extent in extents]
        low, high = min(lows, default=np.inf), max((e.high for e in extents), default=-np.inf)
        if low > high:
            return None
        if self._log:
            low, high = float(np.log10(low)), float(np.log10(high))
        elif not self._share:
            low = min(low, 0.0) if low < 0.3 * high else low
        if high - low < 1e-9:
            low, high = low - 0.5 * max(abs(low), 1e-3), high + 0.5 * max(abs(high), 1e-3)
        return low, high

    def _on_view_taken(self) -> None:
        self.follows_x = self.follows_y = False
        self.view_taken.emit()

    def _on_range_changed(self) -> None:
        # pyqtgraph would do this while it paints, and then paint a second time.
        self.plotItem.getViewBox().updateMatrix()
        self.marks.keep_inside()

    def _on_mouse_moved(self, place: QPointF) -> None:
        view = self.plotItem.getViewBox()
        inside = view.sceneBoundingRect().contains(place)
        self.cursor_moved.emit(view.mapSceneToView(place).x() if inside else None)

    def _on_theme_changed(self) -> None:
        super()._on_theme_changed()
        if self._marks is not None:
            self._marks.restyle()
            self.remarks.restyle()
            for drawn in self.drawn.values():
                drawn.restyle()

    def leaveEvent(self, event: object) -> None:
        super().leaveEvent(event)
        self.cursor_moved.emit(None)


def _padded(ends: tuple[float, float], share: float) -> tuple[float, float]:
    room = share * (ends[1] - ends[0])
    return ends[0] - room, ends[1] + room
