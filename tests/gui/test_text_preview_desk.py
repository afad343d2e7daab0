"""Texts cleaned and varied to be looked at: one job at a time, the last wish counts, undo works."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from finetune_studio.events import events as ev
from finetune_studio.events.differences import CleaningEffect
from finetune_studio.project import storage
from finetune_studio.project.choices import Task
from finetune_studio.project.cleaning import from_words, in_words
from finetune_studio.project.project import DataChoice
from finetune_studio.ui import wishes
from finetune_studio.ui.session import Session
from tests.gui.conftest import FakeWorkers
from tests.gui.made_up_data import reviews_project, texts_report

EFFECT = CleaningEffect(looked_at=3, changed=1, emptied=0, steps=(), texts=())


@pytest.fixture
def opened(qtbot: QtBot, session: Session, workers: FakeWorkers, tmp_path: Path) -> Session:
    """A session with texts open."""
    folder = tmp_path / "reviews"
    storage.save(reviews_project(data=DataChoice(path=str(tmp_path / "reviews.csv"))), folder)
    report = texts_report(tmp_path)
    workers.script("inspect_data", ev.DataInspected(report=report))
    workers.script("preview_cleaning", ev.CleaningPreviewed(effect=EFFECT))
    workers.script("preview_text_variation", ev.TextsVaried(epoch=2, texts=()))
    session.ask(wishes.OpenProject(str(folder)))
    qtbot.waitUntil(lambda: session.snapshot.data_report is not None)
    qtbot.waitUntil(lambda: not session.snapshot.activities)
    return session


def test_cleaned_texts_are_asked_for_with_what_is_decided(
    qtbot: QtBot, opened: Session, workers: FakeWorkers
) -> None:
    opened.edit(opened.snapshot.project.edited(cleaning=from_words("html,urls:")))
    opened.ask(wishes.PreviewCleaning())
    qtbot.waitUntil(lambda: opened.snapshot.cleaning_effect == EFFECT)

    asked = workers.arguments("preview_cleaning")
    assert [step["kind"] for step in asked["project"]["cleaning"]] == ["html", "urls"]
    assert opened.snapshot.data_report is not None
    assert asked["previews"] == opened.snapshot.data_report.previews


def test_of_wishes_that_come_while_a_job_is_busy_the_last_counts(
    qtbot: QtBot, opened: Session, workers: FakeWorkers
) -> None:
    for steps in ("html", "html,urls", "html,urls,lowercase"):
        opened.edit(opened.snapshot.project.edited(cleaning=from_words(steps)))
        opened.ask(wishes.PreviewCleaning())
    qtbot.waitUntil(lambda: workers.jobs().count("preview_cleaning") == 2)
    qtbot.waitUntil(lambda: not opened.snapshot.activities)

    asked = workers.arguments("preview_cleaning")["project"]["cleaning"]
    assert [step["kind"] for step in asked] == ["html", "urls", "lowercase"]
    assert workers.jobs().count("preview_cleaning") == 2


def test_the_data_are_looked_at_again_as_cleaned_and_remembered_so(
    qtbot: QtBot, opened: Session, workers: FakeWorkers
) -> None:
    as_read = opened.snapshot.data_report
    assert as_read is not None
    workers.script("inspect_data", ev.DataInspected(report=as_read.edited(cleaned=True)))
    before = workers.jobs().count("inspect_data")
    for steps in ("html", "html,urls", "html,urls,lowercase"):
        opened.edit(opened.snapshot.project.edited(cleaning=from_words(steps)))
        assert opened.snapshot.data_report == as_read, "what is known stays on show"
    qtbot.waitUntil(lambda: opened.snapshot.data_report.cleaned)
    qtbot.waitUntil(lambda: not opened.snapshot.activities)
    assert workers.jobs().count("inspect_data") == before + 1
    asked = workers.arguments("inspect_data")["project"]["cleaning"]
    assert [step["kind"] for step in asked] == ["html", "urls", "lowercase"]

    opened.edit(opened.snapshot.project.edited(cleaning=()))
    assert opened.snapshot.data_report == as_read, "known already"


def test_an_answer_about_other_cleaning_is_not_kept(
    qtbot: QtBot, opened: Session, workers: FakeWorkers
) -> None:
    workers.held.add("inspect_data")
    opened.edit(opened.snapshot.project.edited(cleaning=from_words("html")))
    qtbot.waitUntil(lambda: opened.snapshot.activity("inspect") is not None)
    opened.edit(opened.snapshot.project.edited(cleaning=from_words("lowercase")))

    assert opened.snapshot.activity("inspect") is None


def test_varied_texts_are_asked_for_with_the_settings_of_the_wish(
    qtbot: QtBot, opened: Session, workers: FakeWorkers
) -> None:
    training = opened.snapshot.project.training.edited(word_swap=0.3)
    opened.ask(wishes.PreviewTextVariation(training, epoch=2))
    qtbot.waitUntil(lambda: opened.snapshot.varied_texts is not None)

    asked = workers.arguments("preview_text_variation")
    assert (asked["project"]["training"]["word_swap"], asked["epoch"]) == (0.3, 2)
    assert opened.snapshot.project.training.word_swap == 0


def test_other_data_forget_the_texts(qtbot: QtBot, opened: Session, tmp_path: Path) -> None:
    opened.ask(wishes.PreviewCleaning())
    qtbot.waitUntil(lambda: opened.snapshot.cleaning_effect is not None)

    other = DataChoice(path=str(tmp_path / "other.csv"))
    opened.edit(opened.snapshot.project.edited(data=other))

    assert opened.snapshot.cleaning_effect is None


def test_steps_are_undone_and_done_again(opened: Session) -> None:
    opened.edit(opened.snapshot.project.edited(cleaning=from_words("html,lowercase")))
    opened.undo()
    assert in_words(opened.snapshot.project.cleaning) == "none"
    opened.redo()
    assert in_words(opened.snapshot.project.cleaning) == "html,lowercase"
    assert opened.snapshot.project.task is Task.TEXT
