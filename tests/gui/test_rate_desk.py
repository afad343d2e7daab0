"""The search for a learning rate as the session drives it. Scripted workers, no window."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from finetune_studio.events import events as ev
from finetune_studio.project.project import Project
from finetune_studio.ui import wishes
from finetune_studio.ui.session import Session
from tests.gui.conftest import FakeWorkers, prepare_jobs

FOUND = ev.RatesSuggested(tried=2, diverged=False, valley=1e-3)
TRIED = tuple(
    ev.RateTried(step=step, steps=2, rate=10.0**-step, loss=1.0, smoothed=1.0) for step in (1, 2)
)


@pytest.fixture
def opened(qtbot: QtBot, session: Session, workers: FakeWorkers, project_folder: Path) -> Session:
    """A session with a project open about which everything is known."""
    prepare_jobs(workers, project_folder)
    session.ask(wishes.OpenProject(str(project_folder)))
    qtbot.waitUntil(lambda: session.snapshot.model is not None)
    qtbot.waitUntil(lambda: not session.snapshot.activities)
    return session


def test_what_was_tried_and_suggested_can_be_shown(
    qtbot: QtBot, opened: Session, workers: FakeWorkers, project_folder: Path
) -> None:
    workers.script("find_learning_rate", *TRIED, FOUND)
    opened.ask(wishes.FindLearningRate())
    qtbot.waitUntil(lambda: not opened.snapshot.activities)
    trial = opened.snapshot.rate_trial
    assert trial is not None
    assert (trial.tried, trial.suggested) == (TRIED, FOUND)
    assert trial.project == opened.snapshot.project
    arguments = workers.arguments("find_learning_rate")
    assert arguments["folder"] == str(project_folder)
    assert Project(**arguments["project"]) == opened.snapshot.project


def test_a_second_search_forgets_the_first(
    qtbot: QtBot, opened: Session, workers: FakeWorkers
) -> None:
    workers.script("find_learning_rate", *TRIED, FOUND)
    opened.ask(wishes.FindLearningRate())
    qtbot.waitUntil(lambda: not opened.snapshot.activities)
    workers.script("find_learning_rate", TRIED[0])
    opened.ask(wishes.FindLearningRate())
    qtbot.waitUntil(lambda: not opened.snapshot.activities)
    trial = opened.snapshot.rate_trial
    assert trial is not None
    assert (trial.tried, trial.suggested) == (TRIED[:1], None)


def test_cancelling_stops_the_job(qtbot: QtBot, opened: Session, workers: FakeWorkers) -> None:
    workers.held.add("find_learning_rate")
    opened.ask(wishes.FindLearningRate())
    qtbot.waitUntil(lambda: "find_learning_rate" in workers.jobs())
    assert opened.snapshot.activity("find_rate") is not None
    opened.ask(wishes.CancelActivity("find_rate"))
    assert opened.snapshot.activity("find_rate") is None


def test_a_project_without_data_is_not_asked_about(
    qtbot: QtBot, opened: Session, workers: FakeWorkers
) -> None:
    opened.edit(opened.snapshot.project.edited(data=None))
    opened.ask(wishes.FindLearningRate())
    assert "find_learning_rate" not in workers.jobs()


def test_closing_the_project_forgets_what_was_tried(
    qtbot: QtBot, opened: Session, workers: FakeWorkers, tmp_path: Path
) -> None:
    workers.script("find_learning_rate", *TRIED, FOUND)
    opened.ask(wishes.FindLearningRate())
    qtbot.waitUntil(lambda: not opened.snapshot.activities)
    opened.ask(wishes.NewProject(opened.snapshot.project.task, str(tmp_path / "other")))
    assert opened.snapshot.rate_trial is None
