"""The side list says where one is and leads where one may go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from finetune_studio.ui.widgets.step_list import Step, StepList, StepState

Show = Callable[..., Any]

STEPS = (
    Step("Model", "ResNet-18", StepState.DONE),
    Step("Data", "422 pictures, 7 labels", StepState.ATTENTION),
    Step("Layers", state=StepState.DISABLED, reason="Choose data first"),
    Step("Training", "Epoch 3 of 8", StepState.RUNNING, 0.37),
)


def rows(steps: StepList) -> list[QAbstractButton]:
    return steps.findChildren(QAbstractButton)


def test_a_click_asks_for_the_step_and_showing_never_does(qtbot: QtBot, show: Show) -> None:
    steps = StepList()
    asked: list[int] = []
    steps.step_requested.connect(asked.append)
    steps.show_steps(STEPS, 0)
    show(steps, 240, 400)
    qtbot.mouseClick(rows(steps)[1], Qt.MouseButton.LeftButton)
    qtbot.mouseClick(rows(steps)[2], Qt.MouseButton.LeftButton)
    steps.show_steps(STEPS, 1)
    qtbot.mouseClick(rows(steps)[1], Qt.MouseButton.LeftButton)
    assert asked == [1]


def test_the_arrow_keys_skip_what_cannot_be_opened(qtbot: QtBot, show: Show) -> None:
    steps = StepList()
    steps.show_steps(STEPS, 1)
    show(steps, 240, 400)
    rows(steps)[1].setFocus()
    asked: list[int] = []
    steps.step_requested.connect(asked.append)
    QTest.keyClick(rows(steps)[1], Qt.Key.Key_Down)
    assert asked == [3]
    QTest.keyClick(rows(steps)[3], Qt.Key.Key_Up)
    assert asked == [3]  # already at 1, where one still is


def test_a_screen_reader_hears_number_name_decision_and_state(show: Show) -> None:
    steps = StepList()
    steps.show_steps(STEPS, 0)
    show(steps, 240, 400)
    row = rows(steps)[3]
    assert row.accessibleName() == "Step 4, Training"
    assert row.accessibleDescription() == "Epoch 3 of 8, 37 %"
    assert "Choose data first" in rows(steps)[2].toolTip()


def test_fewer_steps_leave_no_row_behind(qtbot: QtBot, show: Show) -> None:
    steps = StepList()
    show(steps, 240, 400)
    steps.show_steps(STEPS, 0)
    steps.show_steps(STEPS[:2], 1)
    qtbot.waitUntil(lambda: len(rows(steps)) == 2)
    assert steps.current == 1
