"""Earlier data on the data page: chosen, dropped, shared out, removed, and what is said of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from finetune_studio.events.descriptions import ColumnDescription, EarlierTable
from finetune_studio.events.events import EarlierDataInspected
from finetune_studio.events.history import RunState
from finetune_studio.project.choices import Task
from finetune_studio.project.facts import Facts
from finetune_studio.project.problems import Problem, Severity
from finetune_studio.project.project import EarlierChoice
from finetune_studio.project.settings.remembering import earlier_per_batch
from finetune_studio.runs.summary import RunSummary
from finetune_studio.ui.pages.data_page import DataPage
from finetune_studio.ui.run_plan import run_plan
from finetune_studio.ui.snapshot import Activity, Snapshot
from finetune_studio.ui.undo import UndoStack
from finetune_studio.ui.wishes import CancelActivity, InspectEarlier
from tests.gui.made_up_data import photos_project, pictures_report
from tests.gui.watched import Watched, drop

OLD = EarlierChoice(path="/data/old")
FOUND = EarlierDataInspected(
    path="/data/old",
    source="the data of run 2026-11-23-001, Digits",
    samples=420,
    validation=90,
    labels=("dog", "owl"),
    words="3 labels together: “dog” in both.",
    known=("dog", "owl"),
)


@pytest.fixture
def page(qtbot: QtBot, tmp_path: Path) -> Watched[DataPage]:
    report = pictures_report(tmp_path, [])
    return Watched(qtbot, DataPage(), Snapshot(project=photos_project(), data_report=report))


def test_a_dropped_folder_becomes_the_earlier_data_and_nothing_else(
    page: Watched[DataPage],
) -> None:
    data = page.project.data
    assert drop(page.page.report.earlier, Path("/data/old"))
    assert page.project.earlier == OLD
    assert page.project.data == data


def test_a_folder_is_chosen_from_the_menu(
    page: Watched[DataPage], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "/data/old")
    page.page.report.earlier.menu.actions()[0].trigger()
    assert page.project.earlier == OLD


def test_the_runs_of_the_project_are_on_offer(page: Watched[DataPage]) -> None:
    run = RunSummary(
        name="2026-11-23-001",
        folder="/p/runs/2026-11-23-001",
        state=RunState.FINISHED,
        best_epoch=2,
    )
    page.show(runs=(run, run.edited(name="2026-11-23-002", best_epoch=0)))
    menu = page.page.report.earlier.menu
    names = [action.text() for action in menu.actions() if not action.isSeparator()]
    assert names == ["Choose a folder…", "Choose a file…", "The data of run 2026-11-23-001"]
    menu.actions()[-1].trigger()
    assert page.project.earlier.path == "/p/runs/2026-11-23-001"


def test_what_was_joined_is_said(page: Watched[DataPage]) -> None:
    page.show(project=photos_project().edited(earlier=OLD), earlier=FOUND)
    card = page.page.report.earlier
    assert card.source.text() == "The data of run 2026-11-23-001, Digits"
    assert card.words.text() == (
        "420 pictures to learn from again, 90 to measure forgetting on. "
        "3 labels together: “dog” in both. The model's head keeps what it knows of 2 labels."
    )


def test_what_is_known_of_other_earlier_data_is_not_said_of_these(page: Watched[DataPage]) -> None:
    page.show(
        project=photos_project().edited(earlier=EarlierChoice(path="/data/older")), earlier=FOUND
    )
    card = page.page.report.earlier
    assert card.source.text() == "/data/older"
    assert not card.words.isVisible()


def test_the_share_is_set_with_the_slider_and_said_in_samples(
    qtbot: QtBot, page: Watched[DataPage]
) -> None:
    page.show(project=photos_project().edited(earlier=OLD))
    card = page.page.report.earlier
    assert card.share_words.text() == "6 of the 32 samples in each batch"
    page.page.report.ensureWidgetVisible(card)
    for _ in range(30):
        qtbot.keyClick(card.share.slider, Qt.Key.Key_Left)
    assert page.project.training.replay_share == 0
    assert "replay_share" in page.project.pinned
    assert card.share_words.text() == "None are learned from; what is forgotten is measured"


def test_earlier_data_are_removed_and_it_can_be_undone(page: Watched[DataPage]) -> None:
    before = photos_project().edited(earlier=OLD)
    page.show(project=before)
    page.press("Remove")
    assert page.project.earlier == EarlierChoice()
    undo = UndoStack()
    undo.push(before, page.project)
    assert undo.undo(page.project).earlier == OLD


def test_choosing_the_same_again_reads_it_again(page: Watched[DataPage]) -> None:
    page.show(project=photos_project().edited(earlier=OLD))
    drop(page.page.report.earlier, Path("/data/old"))
    assert page.edits == []
    assert page.wishes == [InspectEarlier()]


def test_trouble_is_said_in_words_and_can_be_mended(page: Watched[DataPage]) -> None:
    outside = Problem(what="The table points outside.", code="picture_outside")
    failed = {"earlier": Activity(problem=outside)}
    page.show(project=photos_project().edited(earlier=OLD), activities=failed)
    card = page.page.report.earlier
    assert [one.problem.what for one in card.problems.cards] == ["The table points outside."]
    page.press("Allow pictures from outside")
    assert page.project.earlier.allow_outside
    assert page.project.data is not None
    assert not page.project.data.allow_outside


def test_warnings_of_the_reading_are_shown(page: Watched[DataPage]) -> None:
    warning = Problem(what="“Cat” and “cat” are kept apart.", severity=Severity.WARNING)
    found = FOUND.edited(problems=(warning,))
    page.show(project=photos_project().edited(earlier=OLD), earlier=found)
    assert [one.problem for one in page.page.report.earlier.problems.cards] == [warning]


def test_a_table_that_was_read_wrongly_is_read_by_other_columns(page: Watched[DataPage]) -> None:
    error = Problem(what="No column of the table seems to hold the labels.")
    table = EarlierTable(
        columns=(
            ColumnDescription(name="file", examples=("a.png",), distinct=9),
            ColumnDescription(name="what", examples=("owl",), distinct=2),
        ),
        content_column="file",
        delimiter=",",
    )
    found = FOUND.edited(samples=0, validation=0, labels=(), problems=(error,), table=table)
    page.show(project=photos_project().edited(earlier=OLD), earlier=found)
    card = page.page.report.earlier
    assert [one.problem.what for one in card.problems.cards] == [error.what]
    assert not card.share.isVisible()
    assert not card.words.isVisible()
    columns = card.columns
    assert columns.content[Task.IMAGE].combo.currentText() == "file"
    assert columns.content[Task.IMAGE].mark == "Picture · guessed"
    assert not columns.content[Task.TEXT].isVisible()
    assert columns.label.combo.currentText() == "None"
    columns.label.combo.activated.emit(columns.label.combo.findText("what"))
    assert page.project.earlier == OLD.edited(label_column="what")
    # Read again: what can be chosen stays in its place meanwhile.
    page.show(project=page.project, earlier=None)
    assert columns.isVisible()
    page.show(project=page.project, earlier=FOUND.edited(table=None))
    assert not columns.isVisible()


def test_what_is_found_is_brought_into_view(qtbot: QtBot, page: Watched[DataPage]) -> None:
    report, card = page.page.report, page.page.report.earlier
    page.page.resize(900, 500)
    report.ensureWidgetVisible(card)
    card.choose_button.setFocus()
    errors = tuple(Problem(what=f"Trouble {n}.") for n in range(3))
    page.show(project=photos_project().edited(earlier=OLD), earlier=FOUND.edited(problems=errors))
    last = card.problems.cards[-1]
    qtbot.waitUntil(lambda: not last.visibleRegion().isEmpty())


def test_reading_can_be_cancelled(page: Watched[DataPage]) -> None:
    reading = {"earlier": Activity("Reading the earlier data")}
    page.show(project=photos_project().edited(earlier=OLD), activities=reading)
    card = page.page.report.earlier
    assert card.busy.isVisible()
    card.busy.cancel_requested.emit()
    assert page.wishes == [CancelActivity("earlier")]


def test_the_planned_steps_count_the_earlier_samples() -> None:
    facts = Facts(train_samples=260)
    plain = Snapshot(project=photos_project(), facts=facts)
    batch = run_plan(plain).training.batch_size
    both = Snapshot(project=photos_project().edited(earlier=OLD), facts=facts)
    new = batch - earlier_per_batch(0.2, batch)
    assert run_plan(plain).steps_per_epoch == -(-260 // batch)
    assert run_plan(both).steps_per_epoch == -(-260 // new)
