from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from finetune_studio.ui.theme import Scheme, current_theme
from finetune_studio.ui.widgets.wake_look import stride_of
from finetune_studio.ui.widgets.wake_timeline import WakeTimeline, with_wake

NAMES = ("Stem", "Stage 1", "Stage 2", "Head")
SPANS = ((0.0, 60.0), (64.0, 200.0), (204.0, 380.0), (384.0, 420.0))


@pytest.fixture
def timeline(show: Callable[..., Any]) -> WakeTimeline:
    widget = WakeTimeline()
    widget.show_timeline(NAMES, (0, 3, 2, 1), 8)
    widget.show_columns(SPANS)
    shown: WakeTimeline = show(widget, 520, 112)
    return shown


def at(timeline: WakeTimeline, index: int, epoch: int) -> QPoint:
    """Where a block's edge is when it wakes in an epoch."""
    area = timeline.column_area(index)
    y = area.top() + area.height() * (epoch - 1) / 8
    return QPoint(round(area.center().x()), round(min(y, area.bottom() - 1)))


def told(timeline: WakeTimeline) -> tuple[list[object], list[object]]:
    moved: list[object] = []
    dragged: list[object] = []
    timeline.wakes_moved.connect(moved.append)
    timeline.wakes_dragged.connect(dragged.append)
    return moved, dragged


def drag(qtbot: QtBot, timeline: WakeTimeline, index: int, start: int, *epochs: int) -> None:
    qtbot.mousePress(timeline, Qt.MouseButton.LeftButton, pos=at(timeline, index, start))
    for epoch in epochs:
        qtbot.mouseMove(timeline, at(timeline, index, epoch))


def test_a_drag_is_previewed_at_each_place_and_decided_once(
    qtbot: QtBot, timeline: WakeTimeline
) -> None:
    moved, dragged = told(timeline)
    drag(qtbot, timeline, 2, 2, 3, 4)
    assert timeline.is_held
    assert dragged == [(0, 3, 3, 1), (0, 4, 4, 1)]
    assert moved == []
    qtbot.mouseRelease(timeline, Qt.MouseButton.LeftButton)
    assert moved == [(0, 4, 4, 1)]


def test_a_drag_back_to_where_it_began_decides_nothing(
    qtbot: QtBot, timeline: WakeTimeline
) -> None:
    moved, _ = told(timeline)
    drag(qtbot, timeline, 1, 3, 6, 3)
    qtbot.mouseRelease(timeline, Qt.MouseButton.LeftButton)
    assert moved == []


def test_escape_takes_a_drag_back(qtbot: QtBot, timeline: WakeTimeline) -> None:
    moved, _ = told(timeline)
    drag(qtbot, timeline, 1, 3, 7)
    qtbot.keyClick(timeline, Qt.Key.Key_Escape)
    qtbot.mouseRelease(timeline, Qt.MouseButton.LeftButton)
    assert timeline.wakes == (0, 3, 2, 1)
    assert moved == []


def test_a_block_that_stays_frozen_can_be_selected_and_not_dragged(
    qtbot: QtBot, timeline: WakeTimeline
) -> None:
    moved, dragged = told(timeline)
    with qtbot.waitSignal(timeline.block_selected) as selected:
        drag(qtbot, timeline, 0, 2, 5)
    qtbot.mouseRelease(timeline, Qt.MouseButton.LeftButton)
    assert selected.args == [0]
    assert moved == dragged == []


@pytest.mark.parametrize(
    ("key", "wakes"),
    [
        (Qt.Key.Key_Down, (0, 3, 3, 1)),
        (Qt.Key.Key_Up, (0, 3, 1, 1)),
        (Qt.Key.Key_PageDown, (0, 7, 7, 1)),
        (Qt.Key.Key_End, (0, 8, 8, 1)),
        (Qt.Key.Key_Home, (0, 3, 1, 1)),
    ],
)
def test_keys_move_the_selected_block_as_one_decision(
    qtbot: QtBot, timeline: WakeTimeline, key: Qt.Key, wakes: tuple[int, ...]
) -> None:
    moved, _ = told(timeline)
    for _press in range(3):
        qtbot.keyClick(timeline, Qt.Key.Key_Right)
    qtbot.keyClick(timeline, key)
    assert moved == [wakes]


def test_the_selected_block_is_told_to_screen_readers(qtbot: QtBot, timeline: WakeTimeline) -> None:
    for _press in range(2):
        qtbot.keyClick(timeline, Qt.Key.Key_Right)
    said = timeline.accessibleDescription()
    assert said == "Stage 1: frozen in epochs 1 to 2, trains from epoch 3"


def test_showing_says_nothing(qtbot: QtBot, timeline: WakeTimeline) -> None:
    moved, dragged = told(timeline)
    timeline.show_timeline(NAMES, (4, 3, 2, 1), 5)
    timeline.select(2)
    assert moved == dragged == []


def test_blocks_keep_waking_from_the_head_down() -> None:
    assert with_wake((4, 3, 2, 1), 1, 6) == (6, 6, 2, 1)
    assert with_wake((4, 3, 2, 1), 0, 2) == (2, 2, 2, 1)
    assert with_wake((0, 3, 2, 1), 2, 5) == (0, 5, 5, 1)
    assert with_wake((4, 3, 2, 1), 1, 6, alone=True) == (4, 6, 2, 1)


def test_something_always_trains_in_the_first_epoch() -> None:
    assert with_wake((4, 3, 2, 1), 3, 2) == (4, 3, 2, 1)
    assert with_wake((1, 3, 2, 1), 3, 2, alone=True) == (1, 3, 2, 2)


@pytest.mark.parametrize("epochs", [1, 3, 8, 30, 100, 10_000])
@pytest.mark.parametrize("scheme", [Scheme.LIGHT, Scheme.DARK])
def test_any_number_of_epochs_can_be_painted(
    timeline: WakeTimeline, epochs: int, scheme: Scheme
) -> None:
    current_theme().choose(scheme)
    timeline.show_timeline(NAMES, (epochs, min(2, epochs), epochs + 4, 1), epochs)
    image = timeline.grab().toImage()
    area = timeline.column_area(1)
    x, ratio = round(area.right()) - 3, image.devicePixelRatio()

    def color(y: float) -> str:
        return image.pixelColor(round(x * ratio), round(y * ratio)).name()

    if epochs in (3, 8):
        cold, warm = color(area.top() + 7), color(area.bottom() - 7)
        assert cold != warm
    assert stride_of(epochs, 110, 5) >= 1


def test_epochs_are_numbered_no_closer_than_can_be_read() -> None:
    assert stride_of(3, 110, 15) == 1
    assert stride_of(100, 110, 15) == 20
