"""Finding a learning rate: from the button over the live plot to the rate in force."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt

from finetune_studio.events.events import RatesSuggested, RateTried
from finetune_studio.events.history import RunHistory, RunState
from finetune_studio.project.problems import Problem
from finetune_studio.project.project import Project
from finetune_studio.ui.pages.hyperparameters.rate_dialog import RateDialog
from finetune_studio.ui.pages.hyperparameters_page import HyperparametersPage
from finetune_studio.ui.snapshot import Activity, RateTrial, Snapshot
from finetune_studio.ui.wishes import CancelActivity, FindLearningRate
from tests.gui import made_up

SUGGESTED = RatesSuggested(tried=80, diverged=True, valley=1.23e-3, steepest=3.9e-4, minimum=2.6e-3)


def tried(count: int = 80) -> tuple[RateTried, ...]:
    """A curve that falls between 1e-5 and 1e-2, then rises."""
    found = []
    for index in range(count):
        power = -7 + index / 12
        fall = 1 / (1 + math.exp(-3 * (power + 3.5)))
        loss = 2.3 - 1.6 * fall + 3 * max(0.0, power + 1.8) ** 2
        noise = 0.12 * math.sin(7.0 * index)
        rate = 10**power
        found.append(
            RateTried(step=index + 1, steps=100, rate=rate, loss=loss + noise, smoothed=loss)
        )
    return tuple(found)


@pytest.fixture
def dialog(qtbot: Any) -> RateDialog:
    made = RateDialog()
    qtbot.addWidget(made)
    made.show()
    made.show_search(RateTrial(tried=tried(), suggested=SUGGESTED), None)
    return made


class Desk:
    """Shows snapshots to the page and keeps what it says."""

    def __init__(self, page: HyperparametersPage, snapshot: Snapshot) -> None:
        self.page, self.snapshot = page, snapshot
        self.edits: list[Project] = []
        self.wishes: list[object] = []
        page.edited.connect(self.edits.append)
        page.requested.connect(self.wishes.append)
        page.show_snapshot(snapshot)

    def show(self, **changes: Any) -> None:
        self.snapshot = replace(self.snapshot, **changes)
        self.page.show_snapshot(self.snapshot)


@pytest.fixture
def desk(qtbot: Any) -> Desk:
    page = HyperparametersPage()
    qtbot.addWidget(page)
    page.resize(1000, 640)
    page.show()
    return Desk(page, made_up.snapshot())


def test_the_valley_is_proposed_and_the_other_suggestions_are_a_click_away(
    dialog: RateDialog, qtbot: Any
) -> None:
    assert dialog.chosen == 1.2e-3
    assert dialog.use_button.text() == "&Use 1.2e-3"
    qtbot.mouseClick(dialog.buttons["steepest"], Qt.MouseButton.LeftButton)
    assert dialog.chosen == 3.9e-4
    assert dialog.buttons["steepest"].isChecked()
    assert not dialog.buttons["valley"].isChecked()
    assert "until the loss shot up" in dialog.line


def test_a_click_at_a_mark_takes_it_and_one_elsewhere_takes_that_rate(
    dialog: RateDialog, qtbot: Any
) -> None:
    canvas = dialog.plot.canvas
    dialog.plot.grab()
    mark = dialog.plot.place_of(2.6e-3).toPoint()
    qtbot.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=mark)
    assert dialog.chosen == 2.6e-3
    elsewhere = dialog.plot.place_of(1e-5).toPoint()
    qtbot.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=elsewhere)
    assert dialog.chosen == pytest.approx(1e-5, rel=0.15)
    assert not any(button.isChecked() for button in dialog.buttons.values())


def test_before_anything_was_found_there_is_nothing_to_use(qtbot: Any) -> None:
    made = RateDialog()
    qtbot.addWidget(made)
    assert not made.use_button.isEnabled()
    made.show_search(RateTrial(tried=tried(20)), Activity("Trying learning rates", 0.2))
    assert not made.use_button.isEnabled()
    (_, right), _ = made.plot.canvas.viewRange()
    assert right > 1.2  # room for the rates up to 10 ** 1.25 that are still to come


def test_using_a_rate_tells_it_and_closes(dialog: RateDialog, qtbot: Any) -> None:
    with qtbot.waitSignal(dialog.rate_taken) as told:
        qtbot.mouseClick(dialog.use_button, Qt.MouseButton.LeftButton)
    assert told.args == [1.2e-3]
    assert not dialog.isVisible()


def test_enter_uses_the_rate_and_escape_none(dialog: RateDialog, qtbot: Any) -> None:
    taken: list[float] = []
    dialog.rate_taken.connect(taken.append)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert not taken
    dialog.show()
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert not dialog.isVisible()
    assert taken == [1.2e-3]


def test_enter_does_nothing_while_there_is_no_rate_to_use(qtbot: Any) -> None:
    made = RateDialog()
    qtbot.addWidget(made)
    made.show()
    searches: list[bool] = []
    made.search_requested.connect(lambda: searches.append(True))
    qtbot.keyClick(made, Qt.Key.Key_Return)
    assert made.isVisible()
    assert not searches


def test_a_curve_that_hardly_falls_suggests_nothing_and_says_so(dialog: RateDialog) -> None:
    flat = RateTrial(tried=tried(), suggested=RatesSuggested(tried=80, diverged=False))
    dialog.show_search(flat, None)
    assert dialog.chosen is None
    assert not dialog.use_button.isEnabled()
    assert "hardly fell" in dialog.line


def test_while_it_searches_there_is_progress_and_closing_cancels(
    dialog: RateDialog, qtbot: Any
) -> None:
    dialog.show_search(RateTrial(tried=tried(20)), Activity("Trying learning rates", 0.2))
    assert dialog.busy.text == "Trying learning rates"
    assert not dialog.use_button.isEnabled()
    with qtbot.waitSignal(dialog.cancel_requested):
        qtbot.mouseClick(dialog.close_button, Qt.MouseButton.LeftButton)


def test_trouble_is_told_with_a_way_to_try_again(dialog: RateDialog, qtbot: Any) -> None:
    problem = Problem(what="The data cannot be read.", fix="Try again")
    dialog.show_search(RateTrial(), Activity("", problem=problem))
    assert dialog.problem_card.isVisible()
    with qtbot.waitSignal(dialog.search_requested):
        qtbot.mouseClick(dialog.problem_card.fix_button, Qt.MouseButton.LeftButton)


def test_the_button_starts_a_search_and_the_rate_taken_is_pinned(desk: Desk, qtbot: Any) -> None:
    qtbot.mouseClick(desk.page.schedule_card.find_button, Qt.MouseButton.LeftButton)
    assert desk.wishes == [FindLearningRate()]
    assert desk.page.rate_dialog.isVisible()
    trial = RateTrial(desk.snapshot.project, tried(), SUGGESTED)
    desk.show(rate_trial=trial)
    qtbot.mouseClick(desk.page.rate_dialog.use_button, Qt.MouseButton.LeftButton)
    assert desk.edits[-1].training.learning_rate == 1.2e-3
    assert "learning_rate" in desk.edits[-1].pinned


def test_a_search_that_is_known_is_shown_again_until_what_it_depends_on_changes(
    desk: Desk, qtbot: Any
) -> None:
    trial = RateTrial(desk.snapshot.project, tried(), SUGGESTED)
    training = desk.snapshot.project.training
    other_rate = desk.snapshot.project.edited(training=training.edited(learning_rate=0.5))
    desk.show(rate_trial=trial, project=other_rate)
    qtbot.mouseClick(desk.page.schedule_card.find_button, Qt.MouseButton.LeftButton)
    assert desk.wishes == []
    desk.page.rate_dialog.reject()
    other_batch = desk.snapshot.project.edited(training=training.edited(batch_size=64))
    desk.show(project=other_batch)
    qtbot.mouseClick(desk.page.schedule_card.find_button, Qt.MouseButton.LeftButton)
    assert desk.wishes == [FindLearningRate()]


def test_cancelling_is_asked_of_the_session(desk: Desk, qtbot: Any) -> None:
    qtbot.mouseClick(desk.page.schedule_card.find_button, Qt.MouseButton.LeftButton)
    desk.show(activities={"find_rate": Activity("Opening the model")})
    cancel = desk.page.rate_dialog.busy.cancel_button
    qtbot.mouseClick(cancel, Qt.MouseButton.LeftButton)
    assert desk.wishes[-1] == CancelActivity("find_rate")


def test_no_search_while_a_run_needs_the_computer(desk: Desk) -> None:
    desk.show(history=RunHistory(state=RunState.TRAINING))
    button = desk.page.schedule_card.find_button
    assert not button.isEnabled()
    assert "run is being trained" in button.toolTip()
