"""One way back, one way on, and the reason when there is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from finetune_studio.ui.widgets.page_frame import PageFrame
from finetune_studio.ui.widgets.text import body

Show = Callable[..., Any]


def test_the_reason_stands_beside_a_primary_button_that_is_off(qtbot: QtBot, show: Show) -> None:
    page = PageFrame("Data", "What the model learns from.")
    show(page)
    page.set_next("Next: layers", enabled=False, reason="Choose a folder to go on")
    with qtbot.assertNotEmitted(page.next_requested):
        qtbot.mouseClick(page.next_button, Qt.MouseButton.LeftButton)
    assert page.reason == "Choose a folder to go on"
    page.set_next("Next: layers", enabled=True, reason="ignored")
    assert page.reason == ""
    with qtbot.waitSignal(page.next_requested):
        qtbot.mouseClick(page.next_button, Qt.MouseButton.LeftButton)


def test_a_primary_button_that_goes_off_hands_the_focus_to_nothing_in_sight(
    qtbot: QtBot, show: Show
) -> None:
    page = PageFrame("Export", "Where to.")
    field = QLineEdit()
    page.content.addWidget(field)
    show(page)
    page.activateWindow()
    page.next_button.setFocus()
    qtbot.waitUntil(page.next_button.hasFocus)
    page.set_next("Export", enabled=False, reason="An export is under way")
    assert not field.hasFocus()
    assert page.hasFocus()


def test_enter_presses_the_button_with_the_focus(qtbot: QtBot, show: Show) -> None:
    page = PageFrame("Data", "What the model learns from.")
    show(page)
    page.back_button.setFocus()
    with qtbot.waitSignal(page.back_requested):
        qtbot.keyClick(page.back_button, Qt.Key.Key_Return)


def test_content_keeps_its_measure_on_a_wide_screen(show: Show) -> None:
    page = PageFrame("Data", "", measure=960)
    text = body("x")
    page.content.addWidget(text)
    show(page, 1900, 800)
    assert text.width() <= 960


def test_long_content_scrolls_down_and_never_sideways(show: Show) -> None:
    page = PageFrame("Data", "")
    for _ in range(60):
        page.content.addWidget(
            body("a line of text that is long enough to be wrapped " * 4, wrap=True)
        )
    show(page, 700, 400)
    area = page.findChild(object, "page-scroll")
    assert area.verticalScrollBar().maximum() > 0
    assert area.horizontalScrollBar().maximum() == 0
