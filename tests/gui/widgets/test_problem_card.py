"""Trouble in three parts, and the button that mends it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPlainTextEdit
from pytestqt.qtbot import QtBot

from finetune_studio.project.problems import Problem, Severity
from finetune_studio.ui.widgets.problem_card import ProblemCard, ProblemList

Show = Callable[..., Any]

MISSING = Problem(
    what="12 of 3,400 rows have no label (first: line 118).",
    why="Rows without a label cannot be trained on.",
    remedy="Leave them out, or fix the file and import again.",
    severity=Severity.WARNING,
    code="no_label",
    fix="Leave out 12 rows",
)
BROKEN = Problem(what="The worker ended.", detail="Traceback:\n<b>no markup</b>")


def test_the_fix_is_asked_for_by_its_code(qtbot: QtBot, show: Show) -> None:
    card = ProblemCard(MISSING)
    show(card)
    with qtbot.waitSignal(card.fix_requested) as told:
        qtbot.mouseClick(card.fix_button, Qt.MouseButton.LeftButton)
    assert told.args == ["no_label"]
    assert card.accessibleName() == f"Warning: {MISSING.what}"


def test_details_are_one_click_away_and_plain(qtbot: QtBot, show: Show) -> None:
    card = ProblemCard(BROKEN)
    show(card)
    detail = card.findChild(QPlainTextEdit)
    assert not card.fix_button.isVisible()
    assert not detail.isVisible()
    qtbot.mouseClick(card.detail_button, Qt.MouseButton.LeftButton)
    assert detail.isVisible()
    assert "<b>no markup</b>" in detail.toPlainText()


def test_the_gravest_come_first_and_what_is_mended_goes(qtbot: QtBot, show: Show) -> None:
    problems = ProblemList()
    show(problems)
    problems.show_problems([MISSING, BROKEN])
    assert [card.problem for card in problems.cards] == [BROKEN, MISSING]
    with qtbot.waitSignal(problems.fix_requested) as told:
        qtbot.mouseClick(problems.cards[1].fix_button, Qt.MouseButton.LeftButton)
    assert told.args == ["no_label"]
    problems.show_problems([MISSING])
    assert [card.problem for card in problems.cards] == [MISSING]
