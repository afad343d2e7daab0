"""The frost line is dragged or stepped; blocks are selected; none is too narrow to see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from finetune_studio.ui.widgets.block_look import block_widths
from finetune_studio.ui.widgets.block_strip import Block, BlockStrip, Measure

Show = Callable[..., Any]

BLOCKS = (
    Block("stem", 900, 0.004),
    Block("stage 1", 50_000, 0.001),
    Block("stage 2", 2_000_000, 0.001),
    Block("head", 7_000, 0.0001),
)


@pytest.fixture
def strip(show: Show) -> BlockStrip:
    strip = BlockStrip()
    strip.show_blocks(BLOCKS, 3)
    return show(strip, 800, 90)


def test_showing_says_nothing(qtbot: QtBot, strip: BlockStrip) -> None:
    with (
        qtbot.assertNotEmitted(strip.frost_line_moved),
        qtbot.assertNotEmitted(strip.block_selected),
    ):
        strip.show_frost_line(2)
        strip.select(1)
    assert (strip.first_trainable, strip.selected) == (2, 1)


def test_the_frost_line_is_dragged_to_the_nearest_boundary(qtbot: QtBot, strip: BlockStrip) -> None:
    moved: list[int] = []
    dragged: list[int] = []
    strip.frost_line_moved.connect(moved.append)
    strip.frost_line_dragged.connect(dragged.append)
    target = strip.handle.mapFrom(strip, QPoint(round(strip.block_area(1).left()) + 3, 40))
    qtbot.mousePress(strip.handle, Qt.MouseButton.LeftButton, pos=strip.handle.rect().center())
    qtbot.mouseMove(strip.handle, target)
    qtbot.mouseRelease(strip.handle, Qt.MouseButton.LeftButton)
    assert (dragged, moved) == ([1], [1])


def test_the_frost_line_is_stepped_by_keys_and_stops_at_the_ends(
    qtbot: QtBot, strip: BlockStrip
) -> None:
    moved: list[int] = []
    strip.frost_line_moved.connect(moved.append)
    qtbot.keyClick(strip.handle, Qt.Key.Key_Left)
    qtbot.keyClick(strip.handle, Qt.Key.Key_End)
    qtbot.keyClick(strip.handle, Qt.Key.Key_Right)
    qtbot.keyClick(strip.handle, Qt.Key.Key_Home)
    assert moved == [2, 4, 0]
    assert strip.handle.accessibleDescription() == "4 of 4 blocks train, from stem on"


def test_blocks_are_selected_by_click_and_keys_and_space_trains_from_there(
    qtbot: QtBot, strip: BlockStrip
) -> None:
    selected: list[int] = []
    strip.block_selected.connect(selected.append)
    place = strip.block_area(2).center().toPoint()
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=place)
    qtbot.keyClick(strip, Qt.Key.Key_Left)
    assert selected == [2, 1]
    with qtbot.waitSignal(strip.frost_line_moved) as told:
        qtbot.keyClick(strip, Qt.Key.Key_Space)
    assert told.args == [1]
    assert strip.accessibleDescription().startswith("stage 1")


def test_small_blocks_stay_visible_and_large_ones_are_wider() -> None:
    widths = block_widths([900, 50_000, 2_000_000, 7_000], 780)
    assert sum(widths) == pytest.approx(780)
    assert min(widths) >= 32
    assert widths[2] == max(widths)


def test_the_grip_before_all_blocks_leaves_the_first_one_legible(strip: BlockStrip) -> None:
    strip.show_frost_line(0)
    first = strip.block_area(0)
    assert first.right() - strip.handle.geometry().right() >= 15  # as wide as the flame


def test_many_blocks_share_what_room_there_is() -> None:
    widths = block_widths([1.0] * 200, 600)
    assert sum(widths) == pytest.approx(600)
    assert block_widths([], 600) == []
    assert block_widths([0, 0], 100) == [50, 50]


def test_widths_can_stand_for_time(strip: BlockStrip) -> None:
    before = strip.block_area(0).width()
    strip.set_measure(Measure.SECONDS)
    assert strip.block_area(0).width() > before * 3
    strip.grab()
