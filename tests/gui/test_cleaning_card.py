"""The card that decides how texts are cleaned, and the one that shows them varied."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QSpinBox, QWidget
from pytestqt.qtbot import QtBot

from finetune_studio.events.differences import (
    Change,
    CleaningEffect,
    Span,
    StepEffect,
    TextDifference,
)
from finetune_studio.events.events import TextsVaried
from finetune_studio.project.choices import CleaningKind
from finetune_studio.project.choosing import with_model
from finetune_studio.project.cleaning import RECOMMENDED, active, arranged, from_words, in_words
from finetune_studio.project.model_catalog import RUN_RECORD, choice_from_text
from finetune_studio.project.problems import Problem
from finetune_studio.ui.pages.data import cleaning_card
from finetune_studio.ui.pages.data.cleaning_card import CleaningCard
from finetune_studio.ui.pages.data_page import DataPage
from finetune_studio.ui.pages.hyperparameters_page import HyperparametersPage
from finetune_studio.ui.snapshot import Activity, Snapshot
from finetune_studio.ui.widgets.difference_list import DifferenceList
from finetune_studio.ui.widgets.difference_list import in_words as heard
from finetune_studio.ui.wishes import CancelActivity, PreviewCleaning, PreviewTextVariation
from tests.gui.made_up_data import photos_project, pictures_report, reviews_project, texts_report
from tests.gui.watched import Watched

LEFT = Qt.MouseButton.LeftButton
ALT = Qt.KeyboardModifier.AltModifier


def span(change: str, text: str) -> Span:
    return Span(change=Change(change), text=text)


BOLD = TextDifference(
    label="positive",
    where="line 2",
    spans=(
        span("removed", "<b>"),
        span("same", "<i>Very</i> good 👍🏽 "),
        span("removed", "\n"),
        span("added", "שלום"),
        span("skipped", "long"),
    ),
)
GONE = TextDifference(
    label="negative", where="line 9", spans=(span("removed", "http://a.b"),), emptied=True
)


def effect_of(steps: str = "html", **changes: object) -> CleaningEffect:
    on = [step.kind for step in from_words(steps)]
    counts = tuple(
        StepEffect(kind=step.kind, on=step.kind in on, changed=place)
        for place, step in enumerate(arranged(from_words(steps)))
    )
    found = CleaningEffect(looked_at=50, changed=2, emptied=1, steps=counts, texts=(BOLD, GONE))
    return found.edited(**changes)


@pytest.fixture
def page(qtbot: QtBot, tmp_path: Path) -> Watched[DataPage]:
    report = texts_report(tmp_path)
    watched = Watched(qtbot, DataPage(), Snapshot(project=reviews_project(), data_report=report))
    watched.page.resize(1100, 1500)
    return watched


def card_of(page: Watched[DataPage]) -> CleaningCard:
    QApplication.processEvents()
    return page.page.report.cleaning


def steps_of(page: Watched[DataPage]) -> str:
    return in_words(page.project.cleaning)


def drag(qtbot: QtBot, grip: QWidget, by: int) -> None:
    """Drag as a hand does: press, some way, the rest, let go."""
    start = grip.rect().center()
    QTest.mousePress(grip, LEFT, pos=start)
    for part in (by // 2, by):
        QTest.mouseMove(grip, start + QPoint(0, part))
        QApplication.processEvents()
    QTest.mouseRelease(grip, LEFT, pos=start + QPoint(0, by))


# ---------------------------------------------------------------------------------------- deciding


def test_a_click_switches_a_step_and_shows_it(page: Watched[DataPage], qtbot: QtBot) -> None:
    card = card_of(page)
    box = card.rows[CleaningKind.LOWERCASE].box

    qtbot.mouseClick(box, LEFT, pos=QPoint(8, box.height() // 2))

    assert steps_of(page) == "lowercase"
    assert box.isChecked()
    qtbot.mouseClick(box, LEFT, pos=QPoint(8, box.height() // 2))
    assert steps_of(page) == "none"


def test_all_steps_are_offered_and_pictures_have_none(
    page: Watched[DataPage], qtbot: QtBot, tmp_path: Path
) -> None:
    card = card_of(page)
    assert card.isVisible()
    assert set(card.rows) == set(CleaningKind)
    assert all(row.box.text() and row.box.toolTip() for row in card.rows.values())

    report = pictures_report(tmp_path)
    photos = Watched(qtbot, DataPage(), Snapshot(project=photos_project(), data_report=report))
    assert not card_of(photos).isVisible()


def test_steps_that_a_run_handed_on_are_shown_said_and_changeable(
    page: Watched[DataPage], qtbot: QtBot, tmp_path: Path
) -> None:
    steps = [step.model_dump(mode="json") for step in from_words("html")]
    record = {"title": "MiniLM", "task": "text"}
    (tmp_path / "run" / "model").mkdir(parents=True)
    (tmp_path / "run" / RUN_RECORD).write_text(
        json.dumps({**record, "preprocessing": {"max_tokens": 64, "cleaning": steps}})
    )
    page.show(project=with_model(page.project, choice_from_text(str(tmp_path / "run"))))
    card = card_of(page)
    box = card.rows[CleaningKind.HTML].box

    assert box.isChecked()
    assert card.origin.isVisible()
    assert card.origin.text().startswith("Taken over from MiniLM after run")
    qtbot.mouseClick(box, LEFT, pos=QPoint(8, box.height() // 2))
    assert steps_of(page) == "none"
    assert "cleaned otherwise" in card.origin.text()


def test_the_record_of_a_run_is_read_once_for_each_model(
    page: Watched[DataPage], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[object] = []
    monkeypatch.setattr(cleaning_card, "cleaning_of", read.append)
    for steps in ("html", "urls", "none"):
        page.show(project=page.project.edited(cleaning=from_words(steps)))
    assert len(read) <= 1  # the card was shown this model before
    other = choice_from_text(str(tmp_path))
    for steps in ("html", "urls"):
        page.show(project=page.project.edited(model=other, cleaning=from_words(steps)))
    assert read[-1:] == [other]
    assert read.count(other) == 1


def test_a_step_is_dragged_to_another_place(page: Watched[DataPage], qtbot: QtBot) -> None:
    page.show(project=page.project.edited(cleaning=from_words("html,urls,lowercase")))
    card = card_of(page)
    grips = card.list.grips
    height = grips[1].mapTo(card, QPoint(0, 0)).y() - grips[0].mapTo(card, QPoint(0, 0)).y()

    drag(qtbot, grips[0], 2 * height)
    assert steps_of(page) == "urls:link,lowercase,html"

    drag(qtbot, card_of(page).list.grips[2], -2 * height)
    assert steps_of(page) == "html,urls:link,lowercase"
    QApplication.processEvents()
    order = [
        row.kind for row in sorted(card.rows.values(), key=lambda r: r.mapTo(card, r.pos()).y())
    ]
    assert order[:3] == [CleaningKind.HTML, CleaningKind.URLS, CleaningKind.LOWERCASE]


def test_a_step_put_back_where_it_was_is_no_edit(page: Watched[DataPage], qtbot: QtBot) -> None:
    drag(qtbot, card_of(page).list.grips[3], 4)

    assert page.edits == []


def test_keys_move_a_step(page: Watched[DataPage], qtbot: QtBot) -> None:
    page.show(project=page.project.edited(cleaning=from_words("html,urls,lowercase")))
    card = card_of(page)

    qtbot.keyClick(card.list.grips[0], Qt.Key.Key_Down)
    assert steps_of(page) == "urls:link,html,lowercase"
    assert card.list.grips[1].hasFocus() or not card.isActiveWindow()

    qtbot.keyClick(card.rows[CleaningKind.LOWERCASE].box, Qt.Key.Key_Up, ALT)
    assert steps_of(page) == "urls:link,lowercase,html"

    qtbot.keyClick(card.list.grips[0], Qt.Key.Key_Up)
    assert steps_of(page) == "urls:link,lowercase,html"


def test_parameters_are_typed_stepped_and_chosen(page: Watched[DataPage], qtbot: QtBot) -> None:
    page.show(project=page.project.edited(cleaning=from_words("urls,repeated,emoji")))
    rows = card_of(page).rows
    word, most, handling = (
        rows[kind].parameter
        for kind in (CleaningKind.URLS, CleaningKind.REPEATED, CleaningKind.EMOJI)
    )
    assert isinstance(word, QLineEdit)
    assert isinstance(most, QSpinBox)
    assert isinstance(handling, QComboBox)

    word.selectAll()
    qtbot.keyClicks(word, "address")
    qtbot.keyClick(word, Qt.Key.Key_Return)
    qtbot.keyClick(most, Qt.Key.Key_Down)
    qtbot.keyClick(handling, Qt.Key.Key_Down)
    handling.activated.emit(handling.currentIndex())

    assert steps_of(page) == "urls:address,repeated:2,emoji:named"
    word.selectAll()
    qtbot.keyClick(word, Qt.Key.Key_Delete)
    qtbot.keyClick(word, Qt.Key.Key_Return)
    assert "urls:," in steps_of(page)


def test_parameters_of_steps_that_are_off_are_off(page: Watched[DataPage]) -> None:
    parameter = card_of(page).rows[CleaningKind.URLS].parameter
    assert parameter is not None
    assert not parameter.isEnabled()


def test_the_recommended_steps_join_at_one_press(page: Watched[DataPage]) -> None:
    page.press("Use the recommended steps")

    assert {step.kind for step in active(page.project.cleaning)} == set(RECOMMENDED)
    assert not card_of(page).recommended_button.isVisible()


# ----------------------------------------------------------------------------------------- looking


def test_the_card_asks_once_while_it_is_seen(page: Watched[DataPage], qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: PreviewCleaning() in page.wishes)
    page.show(cleaning_effect=effect_of())
    qtbot.wait(150)
    assert page.wishes.count(PreviewCleaning()) == 1

    page.show(project=page.project.edited(cleaning=from_words("html")))
    qtbot.waitUntil(lambda: page.wishes.count(PreviewCleaning()) == 2)


def test_showing_decides_nothing(page: Watched[DataPage], qtbot: QtBot) -> None:
    page.show(cleaning_effect=effect_of("html,lowercase"))
    page.show(project=page.project.edited(cleaning=from_words("emoji:named,repeated:5,urls:")))
    qtbot.wait(100)

    assert page.edits == []


def test_counts_stand_beside_each_step(page: Watched[DataPage]) -> None:
    page.show(project=page.project.edited(cleaning=from_words("html")), cleaning_effect=effect_of())
    rows = card_of(page).rows

    assert rows[CleaningKind.HTML].count.text() == "none"
    assert rows[CleaningKind.URLS].count.text() == "2"
    assert rows[CleaningKind.URLS].count.tone == "muted"
    assert "would change 2 of 50 texts" in rows[CleaningKind.URLS].count.toolTip()


def test_texts_are_shown_letter_by_letter_with_what_goes_and_comes(
    page: Watched[DataPage],
) -> None:
    page.show(project=page.project.edited(cleaning=from_words("html")), cleaning_effect=effect_of())
    card = card_of(page)
    first, second = card.differences.rows

    assert first.isVisible()
    assert first.shown_text == "<b><i>Very</i> good 👍🏽 ↵שלום … "
    assert second.accessibleName() == "line 9: removed “http://a.b”"
    assert "Nothing is left of 1" in card.line.text()
    assert card.line.tone == "warning"


def test_a_busy_an_empty_and_a_failed_preview_say_so(qtbot: QtBot, page: Watched[DataPage]) -> None:
    card = card_of(page)
    qtbot.waitUntil(lambda: PreviewCleaning() in page.wishes)
    assert card.busy.text == "Looking at your texts"

    page.show(cleaning_effect=effect_of("none", changed=0, emptied=0, texts=()))
    assert card.empty.isVisible()

    problem = Problem(what="The worker ended.", remedy="Try again.")
    page.show(activities={"clean": Activity(problem=problem)})
    assert card.problem_card.isVisible()
    page.wishes.clear()
    page.press("Try again")
    assert page.wishes == [PreviewCleaning()]


def test_what_takes_too_long_can_be_cancelled_and_tried_again(
    qtbot: QtBot, page: Watched[DataPage]
) -> None:
    card = card_of(page)
    qtbot.waitUntil(lambda: PreviewCleaning() in page.wishes)
    page.press("Cancel")

    assert CancelActivity("clean") in page.wishes
    assert not card.busy.isVisible()
    assert card.empty.isVisible()
    page.wishes.clear()
    page.press("Try again")
    assert page.wishes == [PreviewCleaning()]
    assert card.busy.isVisible()


def test_without_texts_nothing_is_waited_for(page: Watched[DataPage]) -> None:
    assert page.snapshot.data_report is not None
    page.show(data_report=page.snapshot.data_report.edited(previews=""))

    assert card_of(page).empty.text.startswith("No texts to look at")


# ------------------------------------------------------------------------------------- differences


def test_what_goes_is_cool_and_struck_and_what_comes_warm(qtbot: QtBot) -> None:
    found = DifferenceList("texts")
    qtbot.addWidget(found)
    found.resize(400, 200)
    both = (span("removed", "████████"), span("same", "        "), span("added", "████████"))
    found.show_texts([TextDifference(label="", where="x", spans=both)])
    found.show()
    qtbot.waitExposed(found)
    QApplication.processEvents()
    image = found.rows[0].grab().toImage()
    colors = {QColor(image.pixel(x, y)).name() for x in range(image.width()) for y in range(30)}

    assert len(colors) > 3
    assert heard(BOLD).startswith("line 2: removed “<b>”, removed “↵”, added “שלום”")


def test_rows_grow_with_their_texts_and_wrap(qtbot: QtBot) -> None:
    found = DifferenceList("texts")
    qtbot.addWidget(found)
    long = TextDifference(label="a", where="b", spans=(span("same", "many words " * 60),))
    endless = TextDifference(label="a", where="b", spans=(span("removed", "x" * 900),))
    found.show_texts([BOLD, long, endless])
    found.resize(500, 300)
    found.show()
    qtbot.waitExposed(found)
    QApplication.processEvents()
    heights = [row.height() for row in found.rows]

    assert heights[1] > heights[0]
    assert heights[2] > heights[0]
    wide = heights[1]
    found.resize(260, 300)
    QApplication.processEvents()
    assert found.rows[1].height() > wide


# --------------------------------------------------------------------------------------- variation


@pytest.fixture
def hyper(qtbot: QtBot, tmp_path: Path) -> Watched[HyperparametersPage]:
    report = texts_report(tmp_path)
    snapshot = Snapshot(project=reviews_project(), data_report=report)
    return Watched(qtbot, HyperparametersPage(), snapshot)


def test_varied_texts_stand_beside_the_settings(
    hyper: Watched[HyperparametersPage], qtbot: QtBot
) -> None:
    page = hyper.page
    page.tabs.choose("texts")
    card = page.text_variation_card
    assert card.isVisible()
    assert card.empty.isVisible()

    training = hyper.project.training.edited(word_dropout=0.2)
    hyper.show(project=hyper.project.edited(training=training, pinned=("word_dropout",)))
    qtbot.waitUntil(lambda: any(isinstance(w, PreviewTextVariation) for w in hyper.wishes))
    wish = hyper.wishes[-1]
    assert isinstance(wish, PreviewTextVariation)
    assert (wish.training.word_dropout, wish.epoch) == (0.2, 1)

    hyper.show(varied_texts=TextsVaried(epoch=1, texts=(BOLD,)))
    assert card.differences.isVisible()
    hyper.press("Next epoch")
    assert hyper.wishes[-1] == replace(wish, epoch=2)
    assert hyper.edits == []
