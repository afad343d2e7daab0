"""Tables sort by value, not by words, and give back the index of the row that was given."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from finetune_studio.ui.widgets.probability_bars import ProbabilityBars
from finetune_studio.ui.widgets.table import Column, ColumnKind, Table

Show = Callable[..., Any]

COLUMNS = (
    Column("Label"),
    Column("Samples", ColumnKind.BAR),
    Column("Recall", ColumnKind.SHARE),
)
ROWS = (("dog", 9, 0.5), ("cat", 1_200, math.nan), ("newt", 80, 0.75))


@pytest.fixture
def table(show: Show) -> Table:
    table = Table(COLUMNS, "Labels")
    table.show_rows(ROWS)
    return show(table, 600, 300)


def column(table: Table, index: int) -> list[str]:
    model = table.model()
    return [model.index(row, index).data() for row in range(model.rowCount())]


def test_values_are_worded_and_unknown_ones_are_dashes(table: Table) -> None:
    assert column(table, 1) == ["9", "1,200", "80"]
    assert column(table, 2) == ["50.0 %", "–", "75.0 %"]


def test_sorting_is_by_value(qtbot: QtBot, table: Table) -> None:
    table.sortByColumn(1, Qt.SortOrder.DescendingOrder)
    assert column(table, 0) == ["cat", "newt", "dog"]
    table.show_rows(ROWS[:2])
    assert column(table, 0) == ["cat", "dog"]


def test_selection_gives_the_index_among_the_rows_given(qtbot: QtBot, table: Table) -> None:
    table.sortByColumn(1, Qt.SortOrder.DescendingOrder)
    with qtbot.waitSignal(table.row_selected) as told:
        qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(30, 10))
    assert told.args == [1]
    with qtbot.waitSignal(table.row_activated) as told:
        qtbot.keyClick(table, Qt.Key.Key_Return)
    assert told.args == [1]
    with qtbot.assertNotEmitted(table.row_selected):
        table.select_row(2)


def test_the_table_is_copied_as_it_is_sorted(qtbot: QtBot, table: Table) -> None:
    table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
    qtbot.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[:2] == ["Label\tSamples\tRecall", "cat\t1,200\t–"]


def test_probabilities_are_shown_likeliest_first(show: Show) -> None:
    bars = ProbabilityBars(most=2)
    show(bars, 300, 120)
    bars.show_probabilities([("dog", 0.1), ("cat", 0.842), ("newt", 0.058)], truth="dog")
    assert bars.rows == (("cat", 0.842), ("dog", 0.1))
    assert bars.accessibleDescription() == "cat 84.2 %, dog 10.0 %"
    bars.grab()
