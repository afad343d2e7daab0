"""The welcome page: tasks, samples, recent projects; by mouse and by keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from finetune_studio.project.choices import Task
from finetune_studio.ui import wishes
from finetune_studio.ui.pages.welcome.project_row import age
from finetune_studio.ui.pages.welcome_page import WelcomePage
from finetune_studio.ui.settings import RecentProject, Settings
from finetune_studio.ui.widgets.text import Text


@pytest.fixture
def page(qtbot: QtBot) -> WelcomePage:
    page = WelcomePage()
    qtbot.addWidget(page)
    page.resize(1040, 720)
    page.show()
    return page


def recent(folder: Path, name: str = "Leaves") -> RecentProject:
    return RecentProject(folder=str(folder), name=name, task=Task.IMAGE)


def test_the_two_lists_begin_at_the_same_height(page: WelcomePage) -> None:
    page.grab()
    headings = {text.text(): text for text in page.findChildren(Text)}
    middles = {
        headings[name].mapTo(page, headings[name].rect().center()).y()
        for name in ("Recent projects", "Try a sample")
    }
    assert len(middles) == 1


@pytest.mark.parametrize("task", list(Task))
def test_a_task_card_asks_for_a_project(qtbot: QtBot, page: WelcomePage, task: Task) -> None:
    card = next(card for card in page.task_cards if card.task is task)
    with qtbot.waitSignal(page.requested) as blocker:
        qtbot.mouseClick(card, Qt.MouseButton.LeftButton)
    assert blocker.args == [wishes.NewProject(task)]
    with qtbot.waitSignal(page.requested):
        qtbot.keyClick(card, Qt.Key.Key_Return)


def test_a_sample_card_asks_for_the_sample(qtbot: QtBot, page: WelcomePage) -> None:
    with qtbot.waitSignal(page.requested) as blocker:
        qtbot.mouseClick(page.sample_cards[1], Qt.MouseButton.LeftButton)
    assert blocker.args == [wishes.OpenSample("reviews")]


def test_a_recent_project_opens(qtbot: QtBot, page: WelcomePage, tmp_path: Path) -> None:
    page.show_recent([recent(tmp_path)])
    with qtbot.waitSignal(page.requested) as blocker:
        qtbot.mouseClick(page.rows[0], Qt.MouseButton.LeftButton)
    assert blocker.args == [wishes.OpenProject(str(tmp_path))]


def test_a_missing_project_is_marked_and_can_only_be_taken_off_the_list(
    qtbot: QtBot, page: WelcomePage, tmp_path: Path
) -> None:
    page.show_recent([recent(tmp_path / "gone")])
    with qtbot.assertNotEmitted(page.requested):
        qtbot.mouseClick(page.rows[0], Qt.MouseButton.LeftButton)
    assert page.rows[0].accessibleDescription() == "missing"
    with qtbot.waitSignal(page.forget_requested) as blocker:
        qtbot.mouseClick(page.rows[0].forget_button, Qt.MouseButton.LeftButton)
    assert blocker.args == [str(tmp_path / "gone")]


def test_the_list_follows_the_settings(page: WelcomePage, tmp_path: Path) -> None:
    settings = Settings()
    for name in ("a", "b"):
        settings = settings.with_recent(recent(tmp_path / name, name))
    page.show_recent(settings.recent)
    assert [row.project.name for row in page.rows] == ["b", "a"]
    page.show_recent(settings.without_recent(str(tmp_path / "b")).recent)
    assert [row.project.name for row in page.rows] == ["a"]


def test_every_control_has_a_name(page: WelcomePage) -> None:
    from PySide6.QtWidgets import QAbstractButton

    for button in page.findChildren(QAbstractButton):
        assert button.accessibleName() or button.text()


@pytest.mark.parametrize(
    ("days", "words"), [(0, "today"), (1, "yesterday"), (5, "5 days ago"), (70, "2 months ago")]
)
def test_ages_are_said_as_people_say_them(days: int, words: str) -> None:
    assert age(days * 86_400 + 10) == words
