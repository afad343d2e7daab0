"""Buttons, cards, switches, chips, toasts, progress: small things that are pressed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QPaintEvent
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from finetune_studio.ui.icons import icon
from finetune_studio.ui.theme import Scheme, current_theme
from finetune_studio.ui.widgets import buttons
from finetune_studio.ui.widgets.badge import Badge
from finetune_studio.ui.widgets.busy import BusyBar
from finetune_studio.ui.widgets.card import Card, ChoiceCard
from finetune_studio.ui.widgets.chip import RecommendedChip
from finetune_studio.ui.widgets.progress_bar import ProgressBar
from finetune_studio.ui.widgets.segmented import Option, Segmented
from finetune_studio.ui.widgets.text import ElidedText, Text
from finetune_studio.ui.widgets.toast import Toaster

Show = Callable[..., Any]

LEFT = Qt.MouseButton.LeftButton


def test_a_busy_button_is_off_and_says_so_and_comes_back(qtbot: QtBot, show: Show) -> None:
    button = buttons.primary("Check")
    show(button)
    button.set_busy(True, "Checking")
    assert (button.text(), button.isEnabled()) == ("Checking", False)
    button.set_busy(False)
    assert (button.text(), button.isEnabled()) == ("Check", True)


def test_an_icon_button_has_a_name_for_those_who_do_not_see_it(show: Show) -> None:
    button = buttons.icon_button("copy", "Copy the values")
    show(button)
    assert button.accessibleName() == button.toolTip() == "Copy the values"


def test_a_card_is_chosen_by_click_and_by_key_but_not_by_being_shown(
    qtbot: QtBot, show: Show
) -> None:
    card = ChoiceCard("resnet", "ResNet-18", "Robust, quick to train.", "layers")
    chosen: list[str] = []
    card.chosen.connect(chosen.append)
    card.setChecked(True)
    card.setChecked(False)
    show(card, 300, 100)
    assert chosen == []
    qtbot.mouseClick(card, LEFT)
    card.setFocus()
    qtbot.keyClick(card, Qt.Key.Key_Return)
    assert chosen == ["resnet", "resnet"]


def test_a_card_without_heading_takes_no_room_for_one(show: Show) -> None:
    plain, named = Card(), Card("Speed", "Measured here.")
    assert plain.sizeHint().height() < named.sizeHint().height()


def test_the_switch_has_one_segment_in_force_and_arrows_move_along(
    qtbot: QtBot, show: Show
) -> None:
    switch = Segmented([Option("cards", "Cards"), Option("table", "Table")], "View")
    show(switch, 300, 40)
    chosen: list[str] = []
    switch.chosen.connect(chosen.append)
    switch.choose("table")
    assert (switch.key, chosen) == ("table", [])
    first, second = switch.findChildren(QPushButton)
    qtbot.keyClick(second, Qt.Key.Key_Left)
    assert (switch.key, chosen) == ("cards", ["cards"])
    qtbot.mouseClick(first, LEFT)
    assert (first.isChecked(), chosen) == (True, ["cards"])


def test_the_focus_follows_the_segment_in_force(qtbot: QtBot, show: Show) -> None:
    switch = Segmented([Option("cards", "Cards"), Option("table", "Table")], "View")
    show(switch, 300, 40)
    first, second = switch.findChildren(QPushButton)
    switch.choose("table")
    assert not first.hasFocus()
    assert not second.hasFocus()
    second.setFocus()
    qtbot.waitUntil(second.hasFocus)
    switch.choose("cards")  # as undoing does
    assert first.hasFocus()


def test_a_forbidden_segment_is_skipped_and_says_why(qtbot: QtBot, show: Show) -> None:
    options = [Option("a", "A"), Option("b", "B"), Option("c", "C")]
    switch = Segmented(options, "Order")
    show(switch, 300, 40)
    switch.set_option_enabled("b", enabled=False, reason="Not measured")
    qtbot.keyClick(switch.findChildren(QPushButton)[0], Qt.Key.Key_Right)
    assert switch.key == "c"
    assert "Not measured" in switch.findChildren(QPushButton)[1].toolTip()


def test_the_recommended_chip_offers_the_way_back(qtbot: QtBot, show: Show) -> None:
    chip = RecommendedChip()
    show(chip, 240, 30)
    chip.show_recommendation("1e-3", is_used=False)
    button = chip.findChild(QPushButton)
    assert button.isVisible()
    with qtbot.waitSignal(chip.reset_requested):
        qtbot.mouseClick(button, LEFT)
    chip.show_recommendation("1e-3", is_used=True)
    assert not button.isVisible()


def test_a_toast_goes_away_by_itself_and_its_action_is_told(qtbot: QtBot, show: Show) -> None:
    host = QWidget()
    show(host)
    toaster = Toaster(host)
    toaster.show_toast("Saved to R&D", "good", "Undo R&D", milliseconds=30)
    assert toaster.text == "Saved to R&D"
    qtbot.waitUntil(lambda: toaster.text == "", timeout=2000)
    toaster.show_toast("Left out 12 rows", action="Undo R&D", milliseconds=0)
    button = next(b for b in host.findChildren(QPushButton) if b.text() == "Undo R&&D")
    with qtbot.waitSignal(toaster.action_requested) as told:
        qtbot.mouseClick(button, LEFT)
    assert told.args == ["Undo R&D"]
    assert toaster.text == ""


def test_a_toast_stays_inside_its_host(show: Show) -> None:
    host = QWidget()
    show(host, 420, 300)
    toaster = Toaster(host)
    toaster.show_toast(
        "A sentence that is much longer than the window is wide " * 3, milliseconds=0
    )
    toast = host.findChild(QWidget, "toast")
    assert host.rect().contains(toast.geometry())


def test_progress_says_how_far_and_how_long_and_can_be_cancelled(qtbot: QtBot, show: Show) -> None:
    bar = BusyBar()
    show(bar, 500, 60)
    bar.clear()
    assert bar.text == ""
    bar.show_progress("Downloading", 23, 46, seconds_left=34)
    assert bar.text == "Downloading"
    assert any(
        "50 %, about 35 s left" in child.accessibleDescription()
        for child in bar.findChildren(QWidget)
    )
    with qtbot.waitSignal(bar.cancel_requested):
        qtbot.mouseClick(bar.cancel_button, LEFT)


def test_what_is_done_has_no_time_left(show: Show) -> None:
    bar = BusyBar()
    show(bar, 500, 60)
    bar.show_progress("Counting answers", 48, 48, seconds_left=0.0)
    assert "100 %" in {child.accessibleDescription() for child in bar.findChildren(QWidget)}


def test_cancelling_hands_the_focus_to_nothing_in_sight(qtbot: QtBot, show: Show) -> None:
    both = QWidget()
    box = QVBoxLayout(both)
    bar, other = BusyBar(), QPushButton("Home")
    box.addWidget(bar)
    box.addWidget(other)
    bar.show_busy("Writing ONNX")
    show(both)
    both.activateWindow()
    bar.cancel_button.setFocus()
    qtbot.waitUntil(bar.cancel_button.hasFocus)
    bar.clear()
    assert not other.hasFocus()


def test_elided_text_keeps_the_whole_for_the_pointer(show: Show) -> None:
    text = ElidedText("a very long name of a label that has no room")
    show(text, 80, 20)
    assert text.shown_text.endswith("…")
    assert "no room" in text.toolTip()
    text.resize(600, 20)
    assert text.shown_text == text.text()
    assert text.toolTip() == ""


def test_no_line_ends_between_a_number_and_its_sign() -> None:
    text = Text("off by 25 % either way, or ± 5 %", wrap=True)
    assert QLabel.text(text) == "off by 25\u00a0% either way, or ±\u00a05\u00a0%"
    assert text.text() == "off by 25 % either way, or ± 5 %"


def test_an_empty_badge_takes_no_width() -> None:
    badge = Badge("")
    assert badge.sizeHint().width() == 0
    badge.show_badge("on this computer", "good", "check")
    assert badge.sizeHint().width() > 60


def test_a_long_title_takes_as_many_lines_as_it_needs(show: Show) -> None:
    card = Card("EfficientNet-Lite0 after 2026-11-23-001, and more than one line of it")
    card.wrap_title()
    card.setFixedWidth(240)
    show(card)
    title = card.findChild(Text)
    assert title.width() <= 240
    assert title.height() >= title.heightForWidth(title.width()) > title.fontMetrics().height()


def test_a_bar_that_moves_does_not_paint_the_window_at_once(qtbot: QtBot) -> None:
    painted: list[int] = []

    class Neighbour(QWidget):
        def paintEvent(self, event: QPaintEvent) -> None:
            painted.append(1)

    window, bar, neighbour = QWidget(), ProgressBar(), Neighbour()
    layout = QVBoxLayout(window)
    layout.addWidget(bar)
    layout.addWidget(neighbour)
    neighbour.setMinimumSize(50, 50)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(lambda: bool(painted))
    painted.clear()
    neighbour.update()
    bar.show_value(40)
    assert bar.value() == 40
    assert bar.updatesEnabled()
    assert not painted
    qtbot.waitUntil(lambda: bool(painted))


def test_an_icon_is_painted_once_and_anew_in_other_colours(qtbot: QtBot) -> None:
    theme = current_theme()
    theme.choose(Scheme.LIGHT)
    drawn = icon("play")
    light = drawn.pixmap(16, 16)
    assert drawn.pixmap(16, 16).toImage() == light.toImage()
    off = drawn.pixmap(QSize(16, 16), QIcon.Mode.Disabled).toImage()
    assert off != light.toImage()
    theme.choose(Scheme.DARK)
    try:
        assert drawn.pixmap(16, 16).toImage() != light.toImage()
    finally:
        theme.choose(Scheme.LIGHT)
