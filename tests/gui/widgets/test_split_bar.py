"""The split is dragged or stepped, and always sums to one."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from finetune_studio.ui.widgets.split_bar import SplitBar

Show = Callable[..., Any]


def test_showing_a_split_says_nothing(qtbot: QtBot, show: Show) -> None:
    bar = SplitBar()
    show(bar, 600, 80)
    with qtbot.assertNotEmitted(bar.fractions_changed):
        bar.show_fractions(7, 2, 1, total=422)
    assert bar.fractions == (0.7, 0.2, 0.1)
    assert bar.accessibleDescription() == "Training 70 %, Validation 20 %, Test 10 %"


def test_known_counts_are_shown_until_a_boundary_moves(qtbot: QtBot, show: Show) -> None:
    bar = SplitBar()
    show(bar, 600, 80)
    bar.show_fractions(0.7, 0.15, 0.15, total=422, counts=(294, 64, 64))
    assert bar.counts == (294, 64, 64)
    qtbot.keyClick(bar.handles[1], Qt.Key.Key_Right)
    assert bar.counts == (295, 68, 59)
    assert sum(bar.counts) == 422


def test_the_arrow_keys_move_a_boundary_by_one_percent(qtbot: QtBot, show: Show) -> None:
    bar = SplitBar()
    show(bar, 600, 80)
    bar.show_fractions(0.7, 0.15, 0.15)
    with qtbot.waitSignal(bar.fractions_changed) as told:
        qtbot.keyClick(bar.handles[0], Qt.Key.Key_Right)
    assert told.args == pytest.approx([0.71, 0.14, 0.15])


def test_dragging_tells_once_where_it_ended(qtbot: QtBot, show: Show) -> None:
    bar = SplitBar()
    show(bar, 600, 80)
    bar.show_fractions(0.7, 0.15, 0.15)
    told: list[tuple[float, ...]] = []
    bar.fractions_changed.connect(lambda *fractions: told.append(fractions))
    handle = bar.handles[1]
    start = handle.rect().center()
    qtbot.mousePress(handle, Qt.MouseButton.LeftButton, pos=start)
    for x in (540, 570):
        qtbot.mouseMove(handle, handle.mapFrom(bar, QPoint(x, start.y())))
    qtbot.mouseRelease(handle, Qt.MouseButton.LeftButton, pos=handle.rect().center())
    assert told == [pytest.approx((0.7, 0.25, 0.05), abs=0.02)]
    assert sum(told[0]) == pytest.approx(1.0)


def test_test_may_be_empty_but_training_and_validation_may_not(qtbot: QtBot, show: Show) -> None:
    bar = SplitBar()
    show(bar, 600, 80)
    bar.show_fractions(0.7, 0.15, 0.15)
    qtbot.keyClick(bar.handles[1], Qt.Key.Key_End)
    assert bar.fractions[2] == 0
    qtbot.keyClick(bar.handles[0], Qt.Key.Key_End)
    assert bar.fractions[1] == pytest.approx(0.01)
    qtbot.keyClick(bar.handles[0], Qt.Key.Key_Home)
    assert bar.fractions[0] == pytest.approx(0.10)


def test_a_split_that_the_data_brings_is_only_shown(show: Show) -> None:
    bar = SplitBar()
    show(bar, 600, 80)
    bar.set_locked(True)
    assert not any(handle.isVisible() for handle in bar.handles)


@pytest.mark.parametrize("fractions", [(0.98, 0.01, 0.01), (0.1, 0.01, 0.89), (1, 0, 0)])
def test_words_never_run_into_each_other(show: Show, fractions: tuple[float, float, float]) -> None:
    bar = SplitBar()
    show(bar, 520, 80)
    bar.show_fractions(*fractions, total=10_072)
    bar.grab()
    lefts = bar._word_lefts([0.0, *(cut * 520 for cut in bar._cuts), 520.0])
    assert all(b - a > 100 for a, b in pairwise(lefts))
