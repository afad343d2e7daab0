"""Curves are kept whole, smoothed for the eye only, and can leave the window."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QBrush, QColor, QGuiApplication, QImage, QPainter
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from finetune_studio.ui.problem_dialog import ProblemDialog
from finetune_studio.ui.theme import Scheme, current_theme
from finetune_studio.ui.widgets.curve import Curve
from finetune_studio.ui.widgets.epoch_lines import EpochLines
from finetune_studio.ui.widgets.focus_ring import FocusRing
from finetune_studio.ui.widgets.metric_plot import Kind, MetricPlot
from finetune_studio.ui.widgets.plot_axis import PlotAxis
from finetune_studio.ui.widgets.schedule_plot import RateCurve, SchedulePlot, rate_colors
from finetune_studio.ui.widgets.smoothing import moving_average
from finetune_studio.ui.widgets.table import Table
from finetune_studio.ui.widgets.text import Text

Show = Callable[..., Any]

TRAIN, VALID = "Training", "Validation"


@pytest.fixture
def plot(show: Show) -> MetricPlot:
    plot = MetricPlot("Loss", "Loss")
    plot.add_curve(TRAIN, Kind.TRAINING)
    plot.add_curve(VALID, Kind.VALIDATION)
    plot.extend(TRAIN, range(1, 101), [100 / step for step in range(1, 101)])
    plot.extend(VALID, (50, 100), (3.0, 2.0))
    plot.mark_epochs((50, 100))
    return show(plot, 800, 400)


def test_a_curve_grows_without_losing_a_point() -> None:
    curve = Curve()
    for start in range(0, 5000, 100):
        curve.extend(range(start, start + 100), range(start, start + 100))
    assert len(curve) == 5000
    assert np.array_equal(curve.y, np.arange(5000.0))


def test_smoothing_is_an_average_without_the_bias_of_its_start() -> None:
    curve = Curve()
    curve.set_smoothing(0.9)
    curve.extend(range(4), (1.0, 1.0, math.nan, 1.0))
    assert np.isnan(curve.smooth[2])
    assert curve.smooth[[0, 1, 3]] == pytest.approx([1.0, 1.0, 1.0])
    curve.extend((4,), (2.0,))
    assert 1.0 < curve.smooth[-1] < 2.0
    assert curve.y[-1] == 2.0


@pytest.mark.parametrize("step", [1, 6, 12, 50, 86, 93, 100])
@pytest.mark.parametrize("words", ["best", "last: epoch 5, 76.7 %"])
def test_the_words_beside_the_best_epoch_stay_inside(
    plot: MetricPlot, step: int, words: str
) -> None:
    plot.resize(420, 400)
    plot.mark_best(step, 3.0, words)
    plot.canvas.grab()
    box = plot.canvas.getViewBox()
    text = next(
        item
        for item in box.allChildItems()
        if isinstance(item, pg.TextItem) and item.toPlainText() == words
    )
    shown = text.mapRectToScene(text.boundingRect())
    room = box.sceneBoundingRect()
    assert room.left() - 1 <= shown.left()
    assert shown.right() <= room.right() + 1


def test_points_that_come_one_by_one_smooth_like_points_that_come_at_once() -> None:
    values = np.sin(np.arange(300.0))
    slowly, at_once = Curve(), Curve()
    for curve in (slowly, at_once):
        curve.set_smoothing(0.7)
    for x, y in enumerate(values):
        slowly.extend((x,), (y,))
    at_once.extend(range(300), values)
    assert slowly.smooth == pytest.approx(at_once.smooth)


def test_the_view_follows_the_data_until_the_user_takes_it(qtbot: QtBot, plot: MetricPlot) -> None:
    assert plot.canvas.viewRange()[0][1] == pytest.approx(100, abs=5)
    plot.append(TRAIN, 200, 0.5)
    plot.refresh()
    assert plot.canvas.viewRange()[0][1] == pytest.approx(200, abs=8)
    qtbot.keyClicks(plot, "+")
    taken = plot.canvas.viewRange()[0]
    plot.append(TRAIN, 400, 0.5)
    plot.refresh()
    assert plot.canvas.viewRange()[0] == taken
    qtbot.mouseClick(plot.toolbar.reset_button, Qt.MouseButton.LeftButton)
    assert plot.canvas.viewRange()[0][1] == pytest.approx(400, abs=16)


def test_points_are_drawn_a_moment_after_they_came(qtbot: QtBot, plot: MetricPlot) -> None:
    plot.append(VALID, 150, 1.5)
    qtbot.waitUntil(lambda: plot.legend.values[VALID] == "1.50", timeout=1000)


def test_the_crosshair_reads_every_curve_and_the_epoch(qtbot: QtBot, plot: MetricPlot) -> None:
    plot.canvas.cursor_moved.emit(60.2)
    assert plot.legend.place == "Step 60, epoch 2"
    assert plot.legend.values == {TRAIN: "1.67", VALID: "3.00"}
    qtbot.keyClick(plot, Qt.Key.Key_Left)
    assert plot.legend.place == "Step 59, epoch 2"
    plot.canvas.cursor_moved.emit(None)
    assert plot.legend.place == ""
    assert plot.legend.values[VALID] == "2.00"


def test_the_logarithm_leaves_gaps_where_there_is_none(plot: MetricPlot) -> None:
    plot.extend(TRAIN, (101, 102, 103), (0.0, -1.0, math.inf))
    plot.mark_best(100, 2.0, "best, epoch 2")
    plot.toolbar.log_button.click()
    plot.grab()
    low, high = plot.canvas.viewRange()[1]
    assert -1 < low < 0.2
    assert 2 <= high < 2.5
    assert len(plot.table()[1]) == 103


def test_linked_plots_share_their_steps_and_their_crosshair(show: Show, plot: MetricPlot) -> None:
    other = MetricPlot("Accuracy", "Accuracy", share=True)
    other.add_curve(TRAIN, Kind.TRAINING)
    other.extend(TRAIN, (1, 100), (0.2, 0.8))
    show(other, 800, 400)
    plot.link_time_axis(other)
    plot.canvas.setXRange(10, 20, padding=0)
    assert other.canvas.viewRange()[0] == pytest.approx([10, 20], abs=0.5)
    plot.canvas.cursor_moved.emit(99)
    assert other.legend.values[TRAIN] == "80.0 %"


def test_names_are_letters_and_never_markup(plot: MetricPlot) -> None:
    plot.add_curve("<b>run</b>", Kind.TRAINING, 4)
    plot.append("<b>run</b>", 1, 1)
    plot.refresh()
    assert plot.legend.values["<b>run</b>"] == "1.00"
    evil = MetricPlot("<i>x</i>", "<i>y</i>")
    assert "&lt;i&gt;" in evil.canvas.plotItem.getAxis("left").labelString()


def test_the_table_has_every_value_as_measured(qtbot: QtBot, plot: MetricPlot) -> None:
    plot.set_smoothing(0.9)
    header, rows = plot.table()
    assert header == ["Step", TRAIN, VALID]
    assert rows[49] == [50.0, 2.0, 3.0]
    assert rows[0] == [1.0, 100.0, None]
    qtbot.mouseClick(plot.toolbar.table_button, Qt.MouseButton.LeftButton)
    table = plot.findChild(Table)
    assert table.isVisible()
    assert table.model().rowCount() == 100
    plot.append(TRAIN, 101, 0.5)
    plot.refresh()
    assert table.model().rowCount() == 101


def test_the_table_writes_shares_as_the_axis_does(qtbot: QtBot, show: Show) -> None:
    plot = MetricPlot("Accuracy", "Accuracy", share=True)
    show(plot)
    plot.add_curve("Validation", Kind.VALIDATION)
    plot.append("Validation", 19, 0.625)
    qtbot.mouseClick(plot.toolbar.table_button, Qt.MouseButton.LeftButton)
    assert plot.findChild(Table).model().index(0, 1).data() == "62.5 %"
    assert plot.table()[1] == [[19.0, 0.625]]


def test_saved_as_png_svg_and_csv(plot: MetricPlot, tmp_path: Path) -> None:
    for suffix in ("png", "svg", "csv"):
        plot.save(tmp_path / f"loss.{suffix}")
    assert QImage(str(tmp_path / "loss.png")).width() == (plot.canvas.width() + 32) * 2
    svg = ET.parse(tmp_path / "loss.svg").getroot()
    assert len(list(svg.iter())) > 50
    lines = (tmp_path / "loss.csv").read_text(encoding="utf-8").splitlines()
    assert lines[:2] == ["Step,Training,Validation", "1.0,100.0,"]
    with pytest.raises(ValueError, match=r"loss\.gif"):
        plot.save(tmp_path / "loss.gif")


def test_the_save_button_asks_for_a_name_and_adds_what_is_missing(
    qtbot: QtBot, plot: MetricPlot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = str(tmp_path / "curve")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args: (name, ""))
    with qtbot.waitSignal(plot.saved) as told:
        qtbot.mouseClick(plot.toolbar.save_button, Qt.MouseButton.LeftButton)
    assert told.args == [tmp_path / "curve.png"]


def test_a_place_where_nothing_can_be_written_is_told(
    qtbot: QtBot, plot: MetricPlot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for suffix in ("png", "svg", "csv"):
        name = str(tmp_path / "missing" / f"curve.{suffix}")
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args, name=name: (name, ""))
        qtbot.mouseClick(plot.toolbar.save_button, Qt.MouseButton.LeftButton)
    dialogs = plot.findChildren(ProblemDialog)
    told = [dialog.card.problem.what for dialog in dialogs]
    assert told == [f"curve.{suffix} could not be written." for suffix in ("png", "svg", "csv")]
    for dialog in dialogs:
        dialog.close()


def test_values_are_copied_for_a_spreadsheet(plot: MetricPlot) -> None:
    plot.toolbar.copy_values_requested.emit()
    assert QGuiApplication.clipboard().text().splitlines()[50] == "50.0\t2.0\t3.0"


def test_clearing_leaves_nothing_and_starts_anew(plot: MetricPlot) -> None:
    plot.mark_best(50, 3.0, "best")
    plot.clear()
    assert plot.table() == (["Step"], [])
    assert plot.canvas.marks.best is None
    plot.add_curve(TRAIN, Kind.TRAINING)
    plot.append(TRAIN, 1, 1.0)
    plot.refresh()
    assert len(plot.table()[1]) == 1


def test_a_change_of_theme_recolours_curves(plot: MetricPlot) -> None:
    def color() -> str:
        return plot.canvas.drawn[TRAIN].item.opts["pen"].color().name().upper()

    light = color()
    current_theme().choose(Scheme.DARK)
    assert color() != light
    assert color() == current_theme().plot_color(0).name().upper()


def test_a_run_of_eight_hours_is_thinned_before_it_is_drawn(plot: MetricPlot) -> None:
    rng = np.random.default_rng(0)
    plot.set_curve(TRAIN, np.arange(288_000.0), rng.random(288_000))
    plot.refresh()
    plot.canvas.grab()
    plot.append(TRAIN, 288_000, 1.0)
    plot.refresh()
    drawn = max(len(item.getData()[0]) for item in plot.canvas.plotItem.listDataItems())
    assert drawn < 20_000  # thinned before it is painted


def test_the_schedule_says_where_the_rate_goes(show: Show) -> None:
    schedule = SchedulePlot()
    show(schedule, 400, 160)
    schedule.show_curves([RateCurve("", (0, 10, 100), (1e-5, 1e-3, 0))], (50, 100))
    schedule.grab()
    assert schedule.accessibleDescription() == "from 1e-5 over 1e-3 to 0"
    schedule.show_curves([])


def test_every_part_of_a_schedule_has_a_curve_and_a_colour_of_its_own(show: Show) -> None:
    schedule = SchedulePlot()
    show(schedule, 400, 160)
    curves = [RateCurve(name, (1, 9), (rate, 0)) for name, rate in (("Head", 1e-2), ("Stem", 1e-4))]
    schedule.show_curves(curves)
    assert schedule.accessibleDescription() == (
        "Head from 1e-2 over 1e-2 to 0; Stem from 1e-4 over 1e-4 to 0"
    )
    colors = rate_colors(14)
    assert len({color.name() for color in colors}) == 14
    schedule.show_curves(curves[:1])
    assert "Stem" not in schedule.accessibleDescription()


def test_a_million_values_smooth_like_one_after_another() -> None:
    values = np.sin(np.arange(5000.0))
    expected, mean = [], 0.3
    for value in values:
        mean = 0.97 * mean + 0.03 * value
        expected.append(mean)
    assert moving_average(values, 0.97, 0.3) == pytest.approx(expected)


def test_a_long_table_shows_its_end_and_says_so(qtbot: QtBot, plot: MetricPlot) -> None:
    plot.extend(TRAIN, range(101, 3001), range(101, 3001))
    qtbot.mouseClick(plot.toolbar.table_button, Qt.MouseButton.LeftButton)
    table = plot.findChild(Table)
    assert table.model().rowCount() == 2000
    assert table.model().index(1999, 0).data() == "3,000"
    notes = [text.text() for text in plot.findChildren(Text) if text.isVisible()]
    assert "The latest 2,000 of 3,000 rows. Copying and saving take all of them." in notes
    assert len(plot.table()[1]) == 3000


def test_a_curve_that_begins_later_has_its_column_from_the_start(qtbot: QtBot, show: Show) -> None:
    plot = MetricPlot("Loss", "Loss")
    plot.add_curve(TRAIN, Kind.TRAINING)
    plot.add_curve(VALID, Kind.VALIDATION)
    plot.append(TRAIN, 1, 2.0)
    show(plot, 800, 400)
    qtbot.mouseClick(plot.toolbar.table_button, Qt.MouseButton.LeftButton)
    plot.append(VALID, 1, 1.5)
    plot.refresh()
    assert plot.findChild(Table).model().index(0, 2).data() == "1.50"


def test_growth_is_painted_once_in_every_plot(
    qtbot: QtBot, plot: MetricPlot, show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = MetricPlot("Accuracy", "Accuracy")
    other.add_curve(TRAIN, Kind.TRAINING)
    plot.link_time_axis(other)
    show(other, 800, 400)
    qtbot.wait(100)
    painted: list[object] = []
    for one in (plot, other):
        monkeypatch.setattr(
            one.canvas.plotItem.vb, "paint", lambda *_, one=one: painted.append(one)
        )
    for one in (plot, other):
        one.append(TRAIN, 200, 0.5)
    qtbot.waitUntil(lambda: not plot.is_due and not other.is_due)
    qtbot.wait(100)
    assert painted in ([plot, other], [other, plot])


def test_ten_thousand_epochs_are_marked_no_closer_than_the_eye_can_tell(
    plot: MetricPlot,
) -> None:
    plot.extend(TRAIN, range(101, 10_001), [1.0] * 9_900)
    plot.mark_epochs(range(1, 10_001))
    plot.refresh()
    lines = next(i for i in plot.canvas.scene().items() if isinstance(i, EpochLines))
    image = QImage(plot.canvas.size(), QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.setTransform(lines.sceneTransform())
    lines.paint(painter, None, None)
    painter.end()
    marked = [x for x in range(image.width()) if _differs_from_white(image, x)]
    assert 20 < len(marked) < 40
    assert min(b - a for a, b in itertools.pairwise(marked)) >= 19


def test_marks_of_epochs_are_the_pattern_that_they_are_copied_from(plot: MetricPlot) -> None:
    image = QImage(40, 60, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    filled, lines, brush = image.copy(), EpochLines(), QBrush(Qt.BrushStyle.Dense5Pattern)
    brush.setColor(QColor("red"))
    lines.set_color(QColor("red"))
    on_copy, on_filled = QPainter(image), QPainter(filled)
    for x, top, height in ((3, 5, 30), (12, 0, 17), (21, 7, 50)):
        lines._paint_line(on_copy, QRect(x, top, 1, height))
        on_filled.fillRect(QRect(x, top, 1, height), brush)
    on_copy.end()
    on_filled.end()
    assert image == filled
    assert _differs_from_white(image, 21)


def _differs_from_white(image: QImage, x: int) -> bool:
    return any(image.pixelColor(x, y) != QColor("white") for y in range(image.height()))


def test_an_axis_has_room_for_the_losses_of_a_run_that_diverges(
    qtbot: QtBot, plot: MetricPlot
) -> None:
    plot.add_curve("Training", Kind.TRAINING)
    plot.extend("Training", range(20), [2.0] * 19 + [3.9e10])
    plot.refresh()
    axis = plot.canvas.getAxis("left")
    qtbot.waitUntil(lambda: any("e10" in text for _, text in axis._texts))


def test_the_keyboard_sees_where_it_is(qtbot: QtBot, plot: MetricPlot) -> None:
    ring = plot.findChild(FocusRing)
    assert not ring.isVisible()
    plot.setFocus()
    qtbot.waitUntil(ring.isVisible)
    assert ring.geometry() == plot.rect()
    plot.clearFocus()
    assert not ring.isVisible()


def test_no_axis_says_minus_nothing() -> None:
    axis = PlotAxis("left")
    axis.tickValues(-0.1, 0.1, 300)
    assert axis.tickStrings([-0.05, -1e-18, 0.05], 1.0, 0.05) == ["-0.05", "0.00", "0.05"]
    counts = PlotAxis("bottom", whole=True)
    assert counts.tickStrings([-1e-15, 20.0], 1.0, 20.0) == ["0", "20"]


def test_a_plot_without_data_measures_nothing(plot: MetricPlot) -> None:
    def written() -> int:
        plot.grab()
        return sum(len(plot.canvas.getAxis(side)._texts) for side in ("left", "bottom"))

    assert written() > 0
    plot.clear()
    assert written() == 0
    plot.add_curve(TRAIN, Kind.TRAINING)
    plot.extend(TRAIN, (1, 2), (3.0, 4.0))
    plot.refresh()
    assert written() > 0
