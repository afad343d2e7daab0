"""Pages are made and drawn before anybody turns to them, and never more often than it takes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from finetune_studio.events.history import RunHistory
from finetune_studio.project.project import Project
from finetune_studio.ui.page_stack import WELCOME, PageStack
from finetune_studio.ui.pages.page import Page
from finetune_studio.ui.snapshot import Snapshot


class Noting(Page):
    """Notes what it is shown, and whether anybody saw it then."""

    title = "Page"

    def __init__(self) -> None:
        super().__init__()
        self.label = QLabel("inside", self)
        self.label.hide()
        self.drawn: list[tuple[str, bool]] = []

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self.drawn.append((snapshot.project.name, self.isVisible()))

    def primary(self, snapshot: Snapshot) -> tuple[str, str]:
        return "Next", ""


@pytest.fixture
def stack(qtbot: QtBot) -> PageStack:
    stack = PageStack(QLabel("welcome"), [Noting, Noting, Noting])
    qtbot.addWidget(stack)
    stack.resize(800, 600)
    stack.show()
    qtbot.waitExposed(stack)
    return stack


def page(stack: PageStack, step: int) -> Noting:
    found = stack.page(step)
    assert isinstance(found, Noting)
    return found


def named(name: str) -> Snapshot:
    return Snapshot(project=Project(name=name))


def test_a_page_is_drawn_once_and_before_it_is_seen(stack: PageStack) -> None:
    stack.show_step(1, named("Digits"))
    assert page(stack, 1).drawn == [("Digits", False)]
    assert page(stack, 1).isVisible()
    assert stack.frame(1).next_button.text() == "Next"


def test_pages_out_of_sight_follow_what_lasts_once_it_is_quiet(
    qtbot: QtBot, stack: PageStack
) -> None:
    stack.show_step(0, named("Digits"))
    others = [page(stack, step) for step in (1, 2)]
    stack.show_snapshot(named("Renamed"))
    assert page(stack, 0).drawn[-1] == ("Renamed", True)
    assert not any(other.drawn for other in others)
    qtbot.waitUntil(lambda: all(other.drawn == [("Renamed", False)] for other in others))


def test_pages_out_of_sight_do_not_follow_a_run(qtbot: QtBot, stack: PageStack) -> None:
    begun = named("Digits")
    stack.show_step(0, begun)
    for step in range(5):
        stack.show_snapshot(replace(begun, history=RunHistory(step=step)))
        qtbot.wait(100)
    assert len(page(stack, 0).drawn) == 6
    assert not page(stack, 1).drawn


def test_pages_are_built_and_dressed_ahead(qtbot: QtBot, stack: PageStack) -> None:
    with qtbot.waitSignal(stack.built_ahead):
        stack.build_ahead()
    assert stack.step == WELCOME
    for step in range(3):
        label = page(stack, step).label
        assert label.testAttribute(Qt.WidgetAttribute.WA_WState_Polished)
        assert not label.isVisible()
