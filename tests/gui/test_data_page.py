"""The data page: what was dropped, what is in it, what to do about it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from finetune_studio.events.descriptions import Preview
from finetune_studio.project.choices import Split, Target
from finetune_studio.project.problems import Problem, Severity
from finetune_studio.project.project import DataChoice, SplitChoice
from finetune_studio.project.target import TargetReading
from finetune_studio.ui.pages.data import previews
from finetune_studio.ui.pages.data.reader_options import ReaderOptions
from finetune_studio.ui.pages.data_page import DataPage
from finetune_studio.ui.snapshot import Activity, Snapshot
from finetune_studio.ui.wishes import CancelActivity, InspectData
from tests.gui.made_up_data import (
    DUPLICATES,
    SENTIMENTS,
    photos_project,
    pictures_report,
    reviews_project,
    texts_report,
)
from tests.gui.watched import Watched, drop, nameless, nothing_emitted


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / label / f"{i}.png" for label in ("animals", "town") for i in range(3)]
    for path in paths:
        path.parent.mkdir(exist_ok=True)
        image = QImage(8, 8, QImage.Format.Format_RGB32)
        image.fill(Qt.GlobalColor.darkGreen)
        image.save(str(path))
    return paths


@pytest.fixture
def photos(qtbot: QtBot, tmp_path: Path, pictures: list[Path]) -> Watched[DataPage]:
    report = pictures_report(tmp_path, pictures)
    return Watched(qtbot, DataPage(), Snapshot(project=photos_project(), data_report=report))


@pytest.fixture
def reviews(qtbot: QtBot, tmp_path: Path) -> Watched[DataPage]:
    report = texts_report(tmp_path)
    return Watched(qtbot, DataPage(), Snapshot(project=reviews_project(), data_report=report))


@pytest.fixture
def empty(qtbot: QtBot) -> Watched[DataPage]:
    return Watched(qtbot, DataPage(), Snapshot(project=photos_project(data=None)))


# --------------------------------------------------------------------------- while empty


def test_a_dropped_folder_becomes_the_projects_data(empty: Watched[DataPage]) -> None:
    assert empty.primary == ("Next", "Choose your data to go on")

    drop(empty.page.empty.drop_zone, Path("/data/photos"))

    assert empty.project.data == DataChoice(path="/data/photos")


def test_several_dropped_things_are_refused_with_a_reason(empty: Watched[DataPage]) -> None:
    drop(empty.page.empty.drop_zone, Path("/data/cat"), Path("/data/dog"))

    assert empty.edits == []
    assert empty.page.empty.notice.startswith("2 things were dropped.")


def test_a_file_is_chosen_by_keyboard(
    qtbot: QtBot, empty: Watched[DataPage], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: (["/data/a.csv"], ""))
    button = empty.page.empty.drop_zone.file_button
    button.setFocus()

    qtbot.keyClick(button, Qt.Key.Key_Return)

    assert empty.project.data == DataChoice(path="/data/a.csv")


def test_what_is_understood_depends_on_the_task(empty: Watched[DataPage]) -> None:
    assert "pictures" in empty.page.empty.drop_zone.accessibleName()

    empty.show(project=reviews_project(data=None))

    assert "texts" in empty.page.empty.drop_zone.accessibleName()


# --------------------------------------------------------------------- while it is read


def test_reading_shows_how_far_it_is_and_can_be_cancelled(empty: Watched[DataPage]) -> None:
    reading = {"inspect": Activity("Reading pictures", 0.3, 40)}
    empty.show(project=photos_project(), activities=reading)

    assert empty.page.state.text == "Reading pictures"
    assert empty.primary == ("Next", "Reading the data")
    empty.press("Cancel")
    assert empty.wishes == [CancelActivity("inspect")]


def test_reading_again_leaves_what_is_known_on_show(
    qtbot: QtBot, photos: Watched[DataPage]
) -> None:
    photos.show(activities={"inspect": Activity("Reading pictures", 0.3, 40)})

    assert photos.page.report.isVisible()
    qtbot.waitUntil(lambda: photos.page.busy.text == "Reading pictures")
    assert not photos.page.source.reload_button.isEnabled()
    photos.press("Cancel")
    assert photos.wishes == [CancelActivity("inspect")]


def test_reading_again_that_is_over_at_once_moves_nothing(
    qtbot: QtBot, photos: Watched[DataPage]
) -> None:
    photos.show(activities={"inspect": Activity("Reading pictures", 0.3, 40)})
    assert photos.page.busy.isHidden()
    photos.show(activities={})
    qtbot.wait(350)

    assert photos.page.busy.isHidden()


def test_a_report_that_only_finds_other_things_leaves_the_texts_where_they_are(
    reviews: Watched[DataPage],
) -> None:
    samples = reviews.page.report.samples
    resets = []
    samples.rows.model().modelReset.connect(lambda: resets.append(1))
    report = reviews.snapshot.data_report
    found = Problem(what="3 texts are empty once cleaned.", severity=Severity.WARNING)
    reviews.show(data_report=report.edited(cleaned=True, problems=(found,)))

    assert not resets
    assert "cleaned texts" in samples.target.text()
    assert "empty once cleaned" in reviews.page.report.problems.cards[0].problem.what


def test_data_that_cannot_be_opened_say_why_and_can_be_tried_again(
    empty: Watched[DataPage],
) -> None:
    problem = Problem(what="a.csv has no rows.", remedy="Choose another file.")
    empty.show(project=photos_project(), activities={"inspect": Activity(problem=problem)})

    assert empty.page.state.text == "a.csv has no rows. Choose another file."
    assert empty.primary == ("Next", "Solve the problem with the data to go on")
    empty.press("Try again")
    assert empty.wishes == [InspectData()]


def test_a_wrong_setting_that_ended_the_reading_can_be_taken_back(
    empty: Watched[DataPage],
) -> None:
    data = DataChoice(path="/data/a.csv", encoding="utf-16", leave_out=("duplicates",))
    problem = Problem(what="a.csv is not UTF-16.")
    empty.show(
        project=reviews_project(data=data), activities={"inspect": Activity(problem=problem)}
    )

    empty.press("Detect columns and encoding again")

    assert empty.project.data == data.edited(encoding="")


# ----------------------------------------------------------------------- what was found


def test_showing_a_report_emits_nothing(photos: Watched[DataPage], tmp_path: Path) -> None:
    with nothing_emitted(photos):
        photos.show(data_report=pictures_report(tmp_path))
        photos.show(project=reviews_project(), data_report=texts_report(tmp_path))


def test_a_report_shows_counts_and_the_pictures_of_a_label(
    qtbot: QtBot, photos: Watched[DataPage], pictures: list[Path]
) -> None:
    page = photos.page
    assert page.source.text == "422 pictures, 7 labels"
    assert page.report.samples.heading == "animals: the first 3 of 146 samples"
    assert [shown.path for shown in page.report.samples.gallery.pictures] == pictures[:3]

    qtbot.keyClick(page.report.samples.labels.view, Qt.Key.Key_Down)

    assert page.report.samples.heading == "town: the first 3 of 79 samples"
    assert [shown.path for shown in page.report.samples.gallery.pictures] == pictures[3:]


def test_a_label_without_previews_says_so(qtbot: QtBot, photos: Watched[DataPage]) -> None:
    photos.page.report.samples.labels.select("town")
    qtbot.keyClick(photos.page.report.samples.labels.view, Qt.Key.Key_Down)

    assert photos.page.report.samples.heading.startswith("food")
    assert not photos.page.report.samples.gallery.isVisible()


def test_texts_are_shown_letter_by_letter(reviews: Watched[DataPage]) -> None:
    rows = reviews.page.report.samples.rows
    second = rows.model().index(1, 0)

    assert rows.isVisible()
    assert second.data() == "<b>Broke</b> after a week."
    assert "&lt;b&gt;Broke" in second.data(Qt.ItemDataRole.ToolTipRole)


def test_reloading_reads_the_data_again(photos: Watched[DataPage]) -> None:
    photos.press("Reload")

    assert photos.wishes == [InspectData()]


def test_dropping_other_data_on_the_page_replaces_them(photos: Watched[DataPage]) -> None:
    assert drop(photos.page, Path("/data/other"))

    assert photos.project.data == DataChoice(path="/data/other")


def test_several_things_dropped_on_the_page_are_left_to_the_window(
    photos: Watched[DataPage],
) -> None:
    assert not drop(photos.page, Path("/data/one.csv"), Path("/data/two.csv"))
    assert not drop(photos.page.report.earlier, Path("/data/one.csv"), Path("/data/two.csv"))
    assert photos.edits == []


def test_data_are_changed_from_the_menu(
    photos: Watched[DataPage], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "/data/more")

    photos.page.source.folder_action.trigger()

    assert photos.project.data == DataChoice(path="/data/more")


# ------------------------------------------------------------------- what can be decided


def test_a_problem_is_mended_by_leaving_its_samples_out(photos: Watched[DataPage]) -> None:
    photos.press(DUPLICATES.fix)

    assert photos.project.data == DataChoice(path="/data/photos", leave_out=(DUPLICATES.code,))

    assert photos.snapshot.data_report is not None
    mended = DUPLICATES.edited(fix="", severity=Severity.NOTE)
    photos.show(data_report=photos.snapshot.data_report.edited(problems=(mended,)))
    photos.press("Use them again")
    assert photos.project.data == DataChoice(path="/data/photos")


def test_pictures_outside_the_table_are_allowed_only_by_the_user(
    photos: Watched[DataPage],
) -> None:
    assert photos.snapshot.data_report is not None
    outside = Problem(
        what="3 rows point outside.", code="picture_outside", severity=Severity.WARNING
    )
    photos.show(data_report=photos.snapshot.data_report.edited(problems=(outside,)))

    photos.press("Allow pictures from outside")

    assert photos.project.data == DataChoice(path="/data/photos", allow_outside=True)


def test_a_grave_problem_holds_back_the_next_step(reviews: Watched[DataPage]) -> None:
    assert reviews.primary == ("Next", "")
    assert reviews.snapshot.data_report is not None
    grave = Problem(what="No column looks like a label.")

    reviews.show(data_report=reviews.snapshot.data_report.edited(problems=(grave,)))

    assert reviews.primary == ("Next", "Solve the problem with the data to go on")


def test_what_holds_the_work_up_stands_above_all_else(
    qtbot: QtBot, reviews: Watched[DataPage]
) -> None:
    assert reviews.snapshot.data_report is not None
    shown = reviews.page.report
    for severity, is_first in ((Severity.WARNING, False), (Severity.ERROR, True)):
        problem = Problem(what="Labels are missing.", severity=severity)
        reviews.show(data_report=reviews.snapshot.data_report.edited(problems=(problem,)))
        qtbot.waitUntil(lambda above=is_first: (shown.problems.y() < shown.samples.y()) is above)
        assert shown.problems.y() < shown.cleaning.y()


def test_guessed_columns_are_marked_and_can_be_changed(
    qtbot: QtBot, reviews: Watched[DataPage]
) -> None:
    options = reviews.page.report.options
    combo = options.combo("label_column")
    assert options.mark("label_column") == "Label · guessed"
    assert combo.currentText() == "sentiment"

    combo.setFocus()
    qtbot.keyClick(combo, Qt.Key.Key_Up)

    assert reviews.project.data == DataChoice(path="/data/reviews.csv", label_column="review")
    assert options.mark("label_column") == "Label"


def test_delimiter_and_encoding_can_be_changed(qtbot: QtBot, reviews: Watched[DataPage]) -> None:
    options = reviews.page.report.options

    qtbot.keyClick(options.combo("delimiter"), Qt.Key.Key_Down)
    qtbot.keyClick(options.combo("encoding"), Qt.Key.Key_Down)

    assert reviews.project.data is not None
    assert (reviews.project.data.delimiter, reviews.project.data.encoding) == (";", "utf-8-sig")


def test_only_tables_have_columns(photos: Watched[DataPage]) -> None:
    options = photos.page.report.options
    shown = [field for field in DataChoice.model_fields if _is_shown(options, field)]
    assert shown == ["target"]


def test_what_folders_of_pictures_say_is_chosen_in_the_window(
    qtbot: QtBot, photos: Watched[DataPage]
) -> None:
    options = photos.page.report.options
    combo = options.combo("target")
    assert combo.currentText() == Target.LABEL.title_text
    assert options.mark("target") == "A sample has"
    combo.setFocus()
    qtbot.keyClick(combo, Qt.Key.Key_Down)
    assert photos.project.data.target is Target.LABELS

    report = photos.snapshot.data_report
    several = report.edited(target=TargetReading(kind=Target.LABELS, decided=True))
    photos.show(data_report=several)
    assert not options.columns.isVisible()
    separator = options.combo("label_separator")
    separator.activated.emit(separator.findData("+"))
    assert photos.project.data.label_separator == "+"

    number = TargetReading(kind=Target.NUMBER, unit="years", decided=True)
    photos.show(data_report=report.edited(target=number))
    assert options.unit.isVisible()
    assert options.unit.edit.text() == "years"
    assert not _is_shown(options, "label_separator")


def _is_shown(options: ReaderOptions, field: str) -> bool:
    try:
        return options.combo(field).isVisible()
    except KeyError:
        return False


def test_the_split_shows_what_was_counted_for_it_and_else_an_estimate(
    photos: Watched[DataPage],
) -> None:
    assert photos.snapshot.data_report is not None
    report = photos.snapshot.data_report.edited(divided=(297, 64, 61))
    photos.show(data_report=report)
    bar = photos.page.report.split.bar
    assert bar.counts == (297, 64, 61)

    photos.show(project=photos.project.edited(split=SplitChoice(validation=0.3, test=0.3)))

    assert bar.counts == (168, 127, 127)
    assert sum(bar.counts) == report.samples


def test_the_split_is_stepped_by_keys(qtbot: QtBot, photos: Watched[DataPage]) -> None:
    handle = photos.page.report.split.bar.handles[1]

    qtbot.keyClick(handle, Qt.Key.Key_Left)

    assert photos.project.split == SplitChoice(validation=0.14, test=0.16)


def test_a_division_the_data_bring_is_kept_and_said(
    photos: Watched[DataPage],
) -> None:
    assert photos.snapshot.data_report is not None
    photos.show(data_report=photos.snapshot.data_report.edited(own_splits=True))

    assert photos.page.report.split.note == "The data bring their own division, which is kept."
    assert not any(handle.isVisible() for handle in photos.page.report.split.bar.handles)


# --------------------------------------------------------------------------- previews


def test_previews_of_one_label_are_read_and_damage_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "previews.jsonl"
    shown = [
        Preview(label=label, split=Split.TRAIN, where=str(i), text="positive")
        for i, label in enumerate(("é", "positive", "é"))
    ]
    ascii_line = json.dumps(shown[2].model_dump(mode="json"))
    file.write_text(
        "\n".join([shown[0].model_dump_json(), shown[1].model_dump_json(), '{"é', ascii_line]),
        encoding="utf-8",
    )

    assert previews.read(file, "é") == (shown[0], shown[2])
    assert previews.read(file, "é", most=1) == (shown[0],)
    assert previews.read(file, "positive") == (shown[1],)
    assert previews.read(tmp_path / "gone.jsonl", "é") == ()


def test_every_label_keeps_its_own_count(reviews: Watched[DataPage]) -> None:
    assert set(reviews.page.report.samples.labels.shown_names) == set(SENTIMENTS)


def test_every_control_has_a_name(reviews: Watched[DataPage]) -> None:
    assert nameless(reviews.page) == []
