"""Tab goes through the window as it is read, also through what came later."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from finetune_studio.ui.widgets.tab_order import focus_next


class Window(QWidget):
    """Gives the order away to what is tested, as the main window does."""

    def focusNextPrevChild(self, forward: bool) -> bool:
        return focus_next(self, forward=forward)


@pytest.fixture
def window(qtbot: QtBot) -> Window:
    """A foot that was made before the rows above it, one of which scrolls."""
    window = Window()
    foot, row, grid, scrolled = QPushButton("foot"), QHBoxLayout(), QGridLayout(), QWidget()
    off = QPushButton("off")
    off.setEnabled(False)
    for words in ("left", "right"):
        row.addWidget(QPushButton(words))
    row.insertWidget(1, off)
    grid.addWidget(QPushButton("second"), 1, 0)
    grid.addWidget(QPushButton("first"), 0, 1)
    inner = QVBoxLayout(scrolled)
    for place in range(20):
        inner.addWidget(QPushButton(f"row {place}"))
    area = QScrollArea()
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(scrolled)
    column = QVBoxLayout(window)
    column.addWidget(foot)
    column.insertLayout(0, row)
    column.insertLayout(1, grid)
    column.insertWidget(2, area)
    window.resize(400, 300)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    return window


def tab(times: int, *, back: bool = False) -> list[str]:
    """Press Tab and say what has the focus each time."""
    found = []
    for _ in range(times):
        focus = QApplication.focusWidget()
        assert focus is not None
        QTest.keyClick(focus, Qt.Key.Key_Backtab if back else Qt.Key.Key_Tab)
        reached = QApplication.focusWidget()
        assert isinstance(reached, QPushButton)
        found.append(reached.text())
    return found


def test_tab_follows_the_layouts_and_goes_around(window: Window) -> None:
    window.setFocus()
    rows = [f"row {place}" for place in range(20)]
    assert tab(26) == ["left", "right", "first", "second", *rows, "foot", "left"]


def test_tab_goes_back_the_same_way(window: Window) -> None:
    window.setFocus()
    assert tab(3) == ["left", "right", "first"]
    assert tab(4, back=True) == ["right", "left", "foot", "row 19"]


def test_what_has_the_focus_is_scrolled_into_view(window: Window) -> None:
    window.setFocus()
    assert tab(24)[-1] == "row 19"
    focus = QApplication.focusWidget()
    assert focus is not None
    assert not focus.visibleRegion().isEmpty()


def test_without_a_control_tab_leads_nowhere(qtbot: QtBot) -> None:
    empty = QWidget()
    qtbot.addWidget(empty)
    empty.show()
    assert not focus_next(empty, forward=True)
