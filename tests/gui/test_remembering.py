"""Remembering in the window: earlier data are read, their score is drawn, runs are gone on from."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from finetune_studio.events import events as ev
from finetune_studio.events.forgetting import Forgetting
from finetune_studio.project import storage
from finetune_studio.project.checks import Step
from finetune_studio.project.choices import ModelSource, Task
from finetune_studio.project.problems import Problem
from finetune_studio.project.project import EarlierChoice
from finetune_studio.ui import wishes
from finetune_studio.ui.pages.evaluation_page import EvaluationPage
from finetune_studio.ui.pages.model.local_model import pick
from finetune_studio.ui.pages.training_page import TrainingPage
from finetune_studio.ui.session import Session
from tests.gui import made_up
from tests.gui.conftest import FakeWorkers, prepare_jobs, recording, write_run
from tests.gui.watched import find_button

FOUND = ev.EarlierDataInspected(
    path="/data/old", source="/data/old", samples=40, validation=9, labels=("a",), words="Joined."
)


@pytest.fixture
def opened(qtbot: QtBot, session: Session, workers: FakeWorkers, project_folder: Path) -> Session:
    prepare_jobs(workers, project_folder)
    session.ask(wishes.OpenProject(str(project_folder)))
    qtbot.waitUntil(lambda: session.snapshot.data_report is not None)
    qtbot.waitUntil(lambda: not session.snapshot.activities)
    return session


def remember(session: Session, path: str) -> None:
    earlier = EarlierChoice(path=path)
    session.edit(session.snapshot.project.edited(earlier=earlier))


# ------------------------------------------------------------------------------------ the session


def test_earlier_data_are_read_beside_the_labels_of_the_new_ones(
    qtbot: QtBot, opened: Session, workers: FakeWorkers
) -> None:
    workers.script("inspect_earlier", FOUND)
    assert "inspect_earlier" not in workers.jobs()
    remember(opened, "/data/old")
    qtbot.waitUntil(lambda: opened.snapshot.earlier == FOUND)
    arguments = workers.arguments("inspect_earlier")
    assert arguments["labels"] == [str(digit) for digit in range(10)]
    assert arguments["project"]["earlier"]["path"] == "/data/old"


def test_undo_takes_them_out_and_redo_brings_them_back(
    qtbot: QtBot, opened: Session, workers: FakeWorkers
) -> None:
    workers.script("inspect_earlier", FOUND)
    remember(opened, "/data/old")
    qtbot.waitUntil(lambda: opened.snapshot.earlier == FOUND)
    opened.undo()
    assert opened.snapshot.project.earlier == EarlierChoice()
    qtbot.waitUntil(lambda: opened.snapshot.earlier is None)
    opened.redo()
    qtbot.waitUntil(lambda: opened.snapshot.earlier == FOUND)


def test_trouble_with_them_is_an_activity_of_its_own(
    qtbot: QtBot, opened: Session, workers: FakeWorkers
) -> None:
    problem = Problem(what="/data/gone does not exist.")
    workers.script("inspect_earlier", ev.JobFailed(job="inspect_earlier", problem=problem))
    remember(opened, "/data/gone")
    qtbot.waitUntil(lambda: _problem_of(opened) == problem)


def _problem_of(session: Session) -> Problem | None:
    activity = session.snapshot.activity("earlier")
    return activity.problem if activity is not None else None


def test_a_project_that_goes_on_from_a_run_has_its_model_and_remembers_its_data(
    qtbot: QtBot, opened: Session, project_folder: Path
) -> None:
    run = write_run(project_folder, recording("pictures_8_epochs"), "2026-11-23-001")
    storage.save(opened.snapshot.project, run)
    (run / "model").mkdir()
    record = {"task": "image", "title": "EfficientNet-Lite0"}
    (run / "model" / "bundle.json").write_text(json.dumps(record), encoding="utf-8")
    opened.ask(wishes.OpenProject(str(project_folder)))
    qtbot.waitUntil(lambda: any(one.usable for one in opened.snapshot.runs))
    with qtbot.waitSignal(opened.step_requested) as asked:
        opened.ask(wishes.ContinueFromRun("2026-11-23-001"))
    assert asked.args == [Step.DATA]
    project = opened.snapshot.project
    assert opened.snapshot.folder not in (None, project_folder)
    assert project.model is not None
    assert (project.model.source, project.model.path) == (ModelSource.LOCAL, str(run))
    assert project.model.title == "EfficientNet-Lite0 after 2026-11-23-001"
    assert project.earlier.path == str(run)
    assert project.task is Task.IMAGE
    assert project.data is None


def test_the_folder_of_a_run_can_be_picked_as_a_model(tmp_path: Path) -> None:
    run = tmp_path / "2026-11-23-001"
    (run / "model").mkdir(parents=True)
    record = {"task": "text", "title": "MiniLM-L6"}
    (run / "model" / "bundle.json").write_text(json.dumps(record), encoding="utf-8")
    picked = pick(run, Task.IMAGE)
    assert picked.choice is not None
    assert picked.choice.task is Task.TEXT
    assert picked.choice.title == "MiniLM-L6 after 2026-11-23-001"
    assert not picked.is_bare


# -------------------------------------------------------------------------------------- the pages


def with_scores(accuracies: tuple[float, ...]) -> Any:
    snapshot = made_up.trained()
    history = snapshot.history
    ends = (0, *(epoch.step for epoch in history.epochs))
    for epoch, accuracy in enumerate(accuracies):
        history = history.after(
            ev.EarlierTaskScored(
                epoch=epoch,
                step=ends[epoch],
                samples=40,
                loss=1.0,
                accuracy=accuracy,
                macro_f1=accuracy,
            )
        )
    return replace(snapshot, history=history)


def test_the_earlier_task_is_drawn_beside_the_new_one(qtbot: QtBot) -> None:
    page = TrainingPage()
    qtbot.addWidget(page)
    page.show_snapshot(made_up.trained())
    accuracy = page.views.curves.accuracy
    assert "Earlier task" not in accuracy.legend.values
    page.show_snapshot(with_scores((0.91, 0.8, 0.7, 0.6)))
    drawn = accuracy.canvas.drawn["Earlier task"].curve
    assert drawn.x[0] == 0
    assert drawn.y.tolist() == [0.91, 0.8, 0.7, 0.6]
    assert "Earlier task" not in page.views.curves.loss.canvas.drawn
    facts = {fact.name: fact.value for fact in page.status.facts.facts}
    assert facts["Earlier task"] == "91.0 %, now 60.0 %"


def test_what_is_still_known_stands_beside_each_epoch(qtbot: QtBot) -> None:
    page = TrainingPage()
    qtbot.addWidget(page)
    page.show_snapshot(with_scores((0.91, 0.8, 0.7)))
    page.show()
    find_button(page, "Epochs").click()
    header, *lines = page.views.epochs.as_text().splitlines()
    place = header.split("\t").index("Earlier task")
    assert lines[-1].split("\t")[place] == "80.0 %"  # after the first
    assert lines[0].split("\t")[place] == "–"
    page.show_snapshot(made_up.trained())
    assert "Earlier task" not in page.views.epochs.as_text()


def test_a_run_can_be_gone_on_from(qtbot: QtBot) -> None:
    page = TrainingPage()
    qtbot.addWidget(page)
    page.show_snapshot(made_up.trained())
    runs = page.views.runs
    assert not runs.continue_button.isEnabled()
    runs.table.selectRow(1)
    with qtbot.waitSignal(page.requested) as asked:
        runs.continue_button.click()
    assert asked.args == [wishes.ContinueFromRun("2026-11-23-001")]


def test_the_evaluation_says_what_was_forgotten(qtbot: QtBot) -> None:
    page = EvaluationPage()
    qtbot.addWidget(page)
    snapshot = made_up.trained()
    forgot = Forgetting(before=0.91, after=0.78, epoch=3, samples=40)
    run = snapshot.runs[0].edited(forgetting=forgot)
    page.show_snapshot(replace(snapshot, runs=(run,), shown_run=run.name))
    assert page.figures.forgetting.text() == "Earlier task: 91.0 % before, 78.0 % after"
    page.show_snapshot(replace(snapshot, runs=(snapshot.runs[0],), shown_run=run.name))
    assert page.figures.forgetting.isHidden()
