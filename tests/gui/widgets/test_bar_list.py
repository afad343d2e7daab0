"""Labels with counts: sorted, marked, selected, ten thousand of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from finetune_studio.ui.widgets.bar_list import Bar, BarList

Show = Callable[..., Any]

BARS = (Bar("dog", 95), Bar("cat", 120), Bar("Bird", 60), Bar("newt", 9))


def test_sorted_by_count_or_name_or_not_at_all(qtbot: QtBot, show: Show) -> None:
    bars = BarList()
    show(bars, 300, 400)
    bars.show_bars(BARS)
    assert bars.shown_names == ("cat", "dog", "Bird", "newt")
    by_name, as_given = bars.order.findChildren(QPushButton)[1:]
    qtbot.mouseClick(by_name, Qt.MouseButton.LeftButton)
    assert bars.shown_names == ("Bird", "cat", "dog", "newt")
    qtbot.mouseClick(as_given, Qt.MouseButton.LeftButton)
    assert bars.shown_names == ("dog", "cat", "Bird", "newt")


def test_only_labels_far_below_the_others_are_marked(show: Show) -> None:
    bars = BarList()
    bars.show_bars(BARS)
    assert [bar.name for bar in BARS if bars.is_marked(bar.name)] == ["newt"]


def test_the_user_selects_and_code_does_so_silently(qtbot: QtBot, show: Show) -> None:
    bars = BarList()
    bars.show_bars(BARS)
    show(bars, 300, 400)
    told: list[str] = []
    bars.bar_selected.connect(told.append)
    bars.select("dog")
    assert (bars.selected, told) == ("dog", [])
    qtbot.mouseClick(bars.view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(40, 10))
    qtbot.keyClick(bars.view, Qt.Key.Key_Down)
    assert told == ["cat", "dog"]
    bars.show_bars(BARS[:2])
    assert (bars.selected, told) == ("dog", ["cat", "dog"])


def test_ten_thousand_labels_are_shown_at_once(show: Show) -> None:
    bars = BarList()
    show(bars, 300, 400)
    bars.show_bars([Bar(f"label {i}", i) for i in range(10_000)])
    bars.grab()
    assert bars.shown_names[0] == "label 9999"


def test_no_labels_are_no_trouble(show: Show) -> None:
    bars = BarList()
    show(bars, 300, 400)
    bars.show_bars([])
    bars.grab()
    assert bars.selected == ""
