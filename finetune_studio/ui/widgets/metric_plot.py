"""Curves that grow while a model trains: training thin, validation thick with points."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QFileDialog, QStackedWidget, QVBoxLayout, QWidget

from finetune_studio.project import wording
from finetune_studio.ui.problem_dialog import ProblemDialog
from finetune_studio.ui.widgets import plot_export
from finetune_studio.ui.widgets.curve_table import CurveTable, rows_of
from finetune_studio.ui.widgets.focus_ring import FocusRing
from finetune_studio.ui.widgets.legend import Legend
from finetune_studio.ui.widgets.plot_canvas import COLOR_INDEX, WIDTHS, Kind, PlotCanvas
from finetune_studio.ui.widgets.plot_remarks import Remark
from finetune_studio.ui.widgets.plot_toolbar import PlotToolbar

__all__ = ["Kind", "MetricPlot"]

_REDRAW_MS = 40
_REFILL_MS = 1_000
_KEY_STEPS = 100


class MetricPlot(QWidget):
    """Curves over the steps of a run, with everything one wants to do with them.

    The view follows the data until the user zooms or pans; the reset button makes it follow again.
    With the keyboard: left and right move the crosshair, plus and minus zoom, 0 resets.

    Signals:
        saved: the plot was written to disk; carries the ``Path``.
    """

    saved = Signal(object)

    def __init__(
        self,
        title: str,
        y_label: str,
        x_label: str = "Step",
        *,
        share: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(title)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._title, self._x_label, self._share = title, x_label, share
        self._linked: list[MetricPlot] = []
        self._epochs: tuple[float, ...] = ()
        self._cursor: float | None = None
        self._smoothing = 0.0
        self._table: CurveTable | None = None
        self.toolbar = PlotToolbar(title)
        self.legend = Legend()
        self.canvas = PlotCanvas(x_label, y_label, share=share)
        self._stack = QStackedWidget()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._build()
        self._connect()

    @property
    def title(self) -> str:
        """What the plot is called."""
        return self._title

    def show_as(self, title: str, y_label: str, *, share: bool) -> None:
        """Show another figure from now on; the curves there are have to be cleared before."""
        self._title, self._share = title, share
        self.setAccessibleName(title)
        self.toolbar.show_title(title)
        self.canvas.show_as(y_label, share=share)

    def add_curve(
        self, name: str, kind: Kind, color_index: int | None = None, *, listed: bool = True
    ) -> None:
        """Add an empty curve under a name; the name is shown as plain text.

        One that is not ``listed`` is drawn and in the table, but not in the legend.
        """
        index = COLOR_INDEX[kind] if color_index is None else color_index
        self.canvas.add_curve(name, kind, index)
        self._smooth(name)
        if listed:
            self.legend.add_entry(name, index, WIDTHS[kind], has_points=kind.has_points)
        self._forget_table()

    def add_entry(self, words: str, kind: Kind) -> None:
        """Say in the legend what several curves are that are not listed."""
        index, width = COLOR_INDEX[kind], WIDTHS[kind]
        self.legend.add_entry(words, index, width, has_points=kind.has_points)

    def append(self, name: str, x: float, y: float) -> None:
        """Add one point to a curve."""
        self.extend(name, (x,), (y,))

    def extend(self, name: str, xs: Iterable[float], ys: Iterable[float]) -> None:
        """Add points to a curve; drawn within 40 ms, together with whatever else came."""
        self.canvas.drawn[name].curve.extend(xs, ys)
        self._schedule()

    def set_curve(self, name: str, xs: Iterable[float], ys: Iterable[float]) -> None:
        """Replace all points of a curve."""
        self.canvas.drawn[name].curve.clear()
        self.extend(name, xs, ys)

    def clear(self) -> None:
        """Take all curves and marks away, and follow the data again."""
        self.canvas.remove_curves()
        self.legend.clear()
        self.mark_epochs(())
        self.clear_best()
        self.mark_remarks(())
        self._forget_table()
        self.reset_view()

    def mark_epochs(self, xs: Sequence[float]) -> None:
        """Mark where epochs end, in ascending steps."""
        self._epochs = tuple(xs)
        self.canvas.marks.show_epochs(self._epochs)

    def mark_best(self, x: float, y: float, text: str) -> None:
        """Mark the best epoch at a point, with words such as "epoch 6, 84.2 %"."""
        if self.canvas.marks.best != (x, y, text):
            self.canvas.marks.show_best((x, y, text))

    def clear_best(self) -> None:
        """Take the mark of the best epoch away."""
        self.canvas.marks.show_best(None)

    def mark_remarks(self, remarks: Sequence[Remark]) -> None:
        """Show these remarks at their steps, and no others."""
        self.canvas.remarks.show(remarks)

    def set_smoothing(self, factor: float) -> None:
        """Smooth the training curves by a factor from 0 (not at all) to 0.99."""
        self.toolbar.show_smoothing(factor)
        self._on_smoothing_changed(factor)

    def set_log(self, log: bool) -> None:
        """Show powers of ten upwards."""
        self.toolbar.log_button.setChecked(log)

    def reset_view(self) -> None:
        """Show the whole of every curve, and keep doing so as they grow."""
        for plot in (self, *self._linked):
            plot.canvas.reset_view()

    def link_time_axis(self, other: MetricPlot) -> None:
        """Move both plots sideways together, crosshair included."""
        other.canvas.setXLink(self.canvas)
        self._linked.append(other)
        other._linked.append(self)

    def show_cursor(self, x: float | None) -> None:
        """Put the crosshair at ``x`` and show the values there; ``None`` shows the latest."""
        self._cursor = x
        self.canvas.marks.show_cursor(x)
        self._show_values()

    def table(self) -> tuple[list[str], list[list[float | None]]]:
        """Every value as measured: a header, and one row for each x at which there is any."""
        drawn = self.canvas.drawn.items()
        curves = {name: one.curve for name, one in drawn if len(one.curve)}
        return [self._x_label, *curves], rows_of(curves)

    def save(self, path: Path) -> None:
        """Write the plot as PNG, SVG or CSV, as the name of the file says.

        Raises:
            ValueError: the name ends otherwise.
            OSError: the file cannot be written.
        """
        self.refresh()
        if path.suffix == ".csv":
            path.write_text(plot_export.as_csv(*self.table()), encoding="utf-8")
        elif path.suffix == ".svg":
            plot_export.save_svg(self._figure, path)
        elif path.suffix == ".png":
            plot_export.save_png(self._figure, path)
        else:
            raise ValueError(f"{path.name} ends in none of {', '.join(plot_export.SUFFIXES)}")
        self.saved.emit(path)

    @property
    def is_due(self) -> bool:
        """Whether something has come that is not drawn yet."""
        return self._timer.isActive()

    def refresh(self) -> None:
        """Draw what has come since the last time, now."""
        self._timer.stop()
        self.canvas.redraw()
        self._show_values()
        if self.toolbar.table_button.isChecked():
            self._fill_table()

    def _build(self) -> None:
        self._figure = QWidget()
        figure = QVBoxLayout(self._figure)
        figure.setContentsMargins(0, 0, 0, 0)
        figure.setSpacing(2)
        figure.addWidget(self.legend)
        figure.addWidget(self.canvas, 1)
        self._stack.addWidget(self._figure)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.toolbar)
        layout.addWidget(self._stack, 1)
        self.canvas.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        FocusRing(self)

    def _connect(self) -> None:
        self._timer.timeout.connect(self._on_timeout)
        self.canvas.cursor_moved.connect(self._on_cursor_moved)
        self.canvas.view_taken.connect(self._on_view_taken)
        bar = self.toolbar
        bar.smoothing_changed.connect(self._on_smoothing_changed)
        bar.log_toggled.connect(self.canvas.set_log)
        bar.reset_requested.connect(self.reset_view)
        bar.table_toggled.connect(self._on_table_toggled)
        bar.copy_picture_requested.connect(self._on_copy_picture)
        bar.copy_values_requested.connect(self._on_copy_values)
        bar.save_requested.connect(self._on_save)

    def _schedule(self) -> None:
        if self.isVisible() and not self._timer.isActive():
            # A table is read, not watched.
            is_table = self.toolbar.table_button.isChecked()
            self._timer.start(_REFILL_MS if is_table else _REDRAW_MS)

    def _on_timeout(self) -> None:
        # Moving one time axis repaints the others too, so those that are due come along.
        for plot in (self, *(plot for plot in self._linked if plot.is_due)):
            plot.refresh()

    def _smooth(self, name: str) -> None:
        drawn = self.canvas.drawn[name]
        if drawn.kind is Kind.TRAINING:
            drawn.curve.set_smoothing(self._smoothing)

    def _show_values(self) -> None:
        at = self._cursor
        values = {}
        for name, drawn in self.canvas.drawn.items():
            point = drawn.curve.at(float("inf") if at is None else at)
            if point is not None:
                values[name] = wording.share(point[1]) if self._share else wording.figure(point[1])
        self.legend.show_values("" if at is None else self._place_words(at), values)
        self.setAccessibleDescription(
            ", ".join(f"{name} {value}" for name, value in values.items())
        )

    def _place_words(self, x: float) -> str:
        words = f"{self._x_label} {wording.whole(round(x))}"
        if not self._epochs:
            return words
        epoch = min(int(np.searchsorted(self._epochs, x)), len(self._epochs) - 1) + 1
        return f"{words}, epoch {epoch}"

    def _on_cursor_moved(self, x: float | None) -> None:
        extent = self.canvas.x_extent()
        place = None if x is None or extent is None else min(max(x, extent[0]), extent[1])
        for plot in (self, *self._linked):
            plot.show_cursor(place)

    def _on_view_taken(self) -> None:
        for plot in self._linked:
            plot.canvas.follows_x = False

    def _on_smoothing_changed(self, factor: float) -> None:
        self._smoothing = factor
        for name in self.canvas.drawn:
            self._smooth(name)
        self.refresh()

    def _on_table_toggled(self, shown: bool) -> None:
        if shown:
            self._fill_table()
        self._stack.setCurrentIndex(1 if shown else 0)

    def _fill_table(self) -> None:
        curves = {name: drawn.curve for name, drawn in self.canvas.drawn.items()}
        if self._table is None:
            header, name = [self._x_label, *curves], f"Values of {self._title}"
            self._table = CurveTable(header, name, share=self._share)
            self._stack.addWidget(self._table)
        self._table.show_curves(curves)

    def _forget_table(self) -> None:
        self.toolbar.table_button.setChecked(False)
        if self._table is not None:
            self._stack.removeWidget(self._table)
            self._table.deleteLater()
            self._table = None

    def _on_copy_picture(self) -> None:
        plot_export.copy_picture(self._figure)

    def _on_copy_values(self) -> None:
        plot_export.copy_values(*self.table())

    def _on_save(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self, "Save the plot", f"{self._title}.png", plot_export.FILE_FILTER
        )
        if not name:
            return
        path = Path(name) if Path(name).suffix in plot_export.SUFFIXES else Path(f"{name}.png")
        try:
            self.save(path)
        except OSError as error:
            ProblemDialog(plot_export.not_written(path, error), self).open()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        zooms = {"+": 1, "=": 1, "-": -1}.get(event.text(), 0)
        if steps:
            self._step_cursor(steps)
        elif zooms:
            self.canvas.zoom(zooms)
        elif event.text() == "0":
            self.reset_view()
        else:
            super().keyPressEvent(event)

    def _step_cursor(self, steps: int) -> None:
        extent = self.canvas.x_extent()
        if extent is None:
            return
        size = max(1.0, (extent[1] - extent[0]) / _KEY_STEPS)
        self._on_cursor_moved((extent[1] if self._cursor is None else self._cursor) + steps * size)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()
