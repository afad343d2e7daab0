"""Cells are read, chosen and counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from finetune_studio.ui.widgets.confusion_matrix import ConfusionMatrix
from finetune_studio.ui.widgets.matrix_grid import readable_on
from finetune_studio.ui.widgets.table import Table

Show = Callable[..., Any]

LABELS = ("cat", "dog", "newt")
COUNTS = ((30, 10, 0), (2, 48, 0), (0, 0, 5))


@pytest.fixture
def matrix(show: Show) -> ConfusionMatrix:
    matrix = ConfusionMatrix()
    matrix.show_matrix(LABELS, COUNTS)
    return show(matrix, 600, 500)


def test_a_click_tells_true_and_predicted_label(qtbot: QtBot, matrix: ConfusionMatrix) -> None:
    with qtbot.waitSignal(matrix.cell_selected) as told:
        place = matrix.grid.cell_area(0, 1).center().toPoint()
        qtbot.mouseClick(matrix.grid, Qt.MouseButton.LeftButton, pos=place)
    assert told.args == ["cat", "dog"]


def test_the_cell_under_the_pointer_is_put_into_words(
    qtbot: QtBot, matrix: ConfusionMatrix
) -> None:
    qtbot.mouseMove(matrix.grid, matrix.grid.cell_area(0, 1).center().toPoint())
    assert matrix.readout == "10 of 40 samples of cat taken for dog (25.0 %)."
    qtbot.mouseMove(matrix.grid, matrix.grid.cell_area(2, 2).center().toPoint())
    assert matrix.readout == "5 of 5 samples of newt recognised (100.0 %)."


def test_the_keyboard_walks_and_chooses(qtbot: QtBot, matrix: ConfusionMatrix) -> None:
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Left):
        qtbot.keyClick(matrix.grid, key)
    with qtbot.waitSignal(matrix.cell_selected) as told:
        qtbot.keyClick(matrix.grid, Qt.Key.Key_Return)
    assert told.args == ["newt", "cat"]


def test_selecting_by_name_says_nothing(qtbot: QtBot, matrix: ConfusionMatrix) -> None:
    with qtbot.assertNotEmitted(matrix.cell_selected):
        matrix.select("dog", "cat")
    assert matrix.grid.chosen == (1, 0)


def test_the_table_lists_mistakes_first_and_chooses_too(
    qtbot: QtBot, matrix: ConfusionMatrix
) -> None:
    qtbot.mouseClick(matrix.table_button, Qt.MouseButton.LeftButton)
    table = matrix.findChild(Table)
    assert table.isVisible()
    assert table.as_text().splitlines()[1].split("\t") == ["cat", "dog", "10", "25.0 %"]
    with qtbot.waitSignal(matrix.cell_selected) as told:
        qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(20, 50))
    assert told.args == ["dog", "cat"]


@pytest.mark.parametrize("count", [0, 1, 2, 50])
def test_any_number_of_labels_can_be_drawn(show: Show, count: int) -> None:
    matrix = ConfusionMatrix()
    show(matrix, 700, 500)
    matrix.show_matrix([f"label {i}" for i in range(count)], np.eye(count, dtype=int).tolist())
    matrix.grab()
    if count:
        assert matrix.grid.cell_area(0, 0).width() >= 16


def test_numbers_can_be_read_on_any_shade() -> None:
    assert readable_on(QColor("#3B5BDB")) == QColor("#FFFFFF")
    assert readable_on(QColor("#8DA2FF")) == QColor("#10131A")
