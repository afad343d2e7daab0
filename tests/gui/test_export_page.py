from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from finetune_studio.project.checks import Step
from finetune_studio.project.choices import ExportFormat
from finetune_studio.project.problems import Problem
from finetune_studio.ui import wishes
from finetune_studio.ui.pages.export.folder_field import FolderState, folder_state
from finetune_studio.ui.pages.export_page import ExportPage
from finetune_studio.ui.run_memory import certificates_of
from finetune_studio.ui.snapshot import Activity, Snapshot
from tests.gui import made_up


@pytest.fixture
def page(qtbot: Any) -> ExportPage:
    page = ExportPage()
    qtbot.addWidget(page)
    page.resize(1000, 900)
    page.show()
    return page


def trained(tmp_path: Path, **changes: Any) -> Snapshot:
    plain = made_up.trained(tmp_path)
    runs = tuple(run.edited(folder=str(tmp_path / run.name)) for run in plain.runs)
    return replace(plain, runs=runs, **changes)


def asked(page: ExportPage) -> list[object]:
    told: list[object] = []
    page.requested.connect(told.append)
    return told


def test_without_a_run_it_leads_to_training(page: ExportPage) -> None:
    page.show_snapshot(made_up.snapshot())
    told = asked(page)
    assert not page.formats.isVisible()
    page.empty.action_button.click()
    assert told == [wishes.GoToStep(Step.TRAINING)]
    assert page.primary(made_up.snapshot())[1] == "Train once to go on"


def test_each_format_says_what_it_is_for_and_brings_its_own_folder(
    page: ExportPage, qtbot: Any, tmp_path: Path
) -> None:
    snapshot = trained(tmp_path)
    page.show_snapshot(snapshot)
    exports = tmp_path / made_up.RUN / "exports"
    assert page.folder.folder == str(exports / "onnx")
    assert page.primary(snapshot) == ("Export as ONNX", "")
    with qtbot.waitSignal(page.primary_changed):
        qtbot.mouseClick(page.formats.cards[ExportFormat.FOLDER], Qt.MouseButton.LeftButton)
    assert page.folder.folder == str(exports / "folder")
    assert page.primary(snapshot) == ("Export as model folder", "")
    for form, card in page.formats.cards.items():
        assert form.help_text in card.accessibleDescription()


def test_exporting_asks_for_the_format_and_the_folder(
    page: ExportPage, qtbot: Any, tmp_path: Path
) -> None:
    snapshot = trained(tmp_path)
    page.show_snapshot(snapshot)
    told = asked(page)
    page.folder.path.selectAll()
    qtbot.keyClicks(page.folder.path, str(tmp_path / "out"))
    page.show_snapshot(replace(snapshot, available=frozenset({"x"})))
    assert not page.primary_pressed(snapshot)
    assert told == [wishes.ExportRun(format=ExportFormat.ONNX, folder=str(tmp_path / "out"))]


def test_a_folder_can_be_chosen(
    page: ExportPage, qtbot: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    page.show_snapshot(trained(tmp_path))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "elsewhere"))
    qtbot.mouseClick(page.folder.choose_button, Qt.MouseButton.LeftButton)
    page.show_snapshot(trained(tmp_path))
    assert page.folder.folder == str(tmp_path / "elsewhere")


def test_a_folder_that_holds_something_else_holds_the_export(
    page: ExportPage, qtbot: Any, tmp_path: Path
) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "dear.txt").write_text("dear")
    snapshot = trained(tmp_path)
    page.show_snapshot(snapshot)
    page.folder.path.selectAll()
    qtbot.keyClicks(page.folder.path, str(tmp_path / "letters"))
    assert page.primary(snapshot)[1] == "Choose an empty or a new folder"
    assert page.folder.line.tone == "problem"


def test_what_stands_in_a_folder_is_told_apart(tmp_path: Path) -> None:
    earlier = tmp_path / "earlier"
    earlier.mkdir()
    assert folder_state(str(earlier)) is FolderState.EMPTY
    (earlier / "model.onnx").write_bytes(b"x")
    assert folder_state(str(earlier)) is FolderState.TAKEN
    (earlier / "certificate.json").write_text("{}")
    assert folder_state(str(earlier)) is FolderState.EARLIER
    assert folder_state(str(earlier / "model.onnx")) is FolderState.FILE
    assert folder_state(str(earlier / "model.onnx" / "below")) is FolderState.FILE
    assert folder_state(str(tmp_path / "new")) is FolderState.FREE
    assert folder_state("") is FolderState.UNNAMED
    assert folder_state("not/absolute") is FolderState.UNNAMED


def test_progress_is_shown_and_can_be_cancelled(page: ExportPage, tmp_path: Path) -> None:
    activity = Activity("Comparing with 63 samples", 0.6, 8.0)
    snapshot = trained(tmp_path, activities={"export": activity})
    page.show_snapshot(snapshot)
    told = asked(page)
    assert page.busy.text == "Comparing with 63 samples"
    assert page.primary(snapshot)[1] == "An export is under way"
    page.busy.cancel_button.click()
    assert told == [wishes.CancelActivity("export")]


def test_a_failed_export_says_why_and_shows_no_certificate(
    page: ExportPage, tmp_path: Path
) -> None:
    problem = Problem(what="The export disagrees on 3 of 63 samples.")
    snapshot = trained(
        tmp_path,
        activities={"export": Activity(problem=problem)},
        certificates=(made_up.certificate(tmp_path),),
    )
    page.show_snapshot(snapshot)
    assert page.problems.cards[0].problem == problem
    assert not page.certificate.isVisible()
    assert page.primary(snapshot)[1] == ""


def test_a_place_that_cannot_be_written_to_is_told_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda place, _mode: place != tmp_path)
    assert folder_state(str(tmp_path / "new" / "deeper")) is FolderState.CLOSED
    (tmp_path / "there").mkdir()
    assert folder_state(str(tmp_path / "there")) is FolderState.CLOSED
    assert folder_state(str(tmp_path / "there" / "new")) is FolderState.FREE


def test_what_is_said_of_the_folder_stands_right_below_it(page: ExportPage, tmp_path: Path) -> None:
    page.resize(980, 600)
    page.show_snapshot(trained(tmp_path))
    page.grab()
    assert page.folder.line.y() - page.folder.path.geometry().bottom() < 10


def test_the_certificate_tells_what_was_compared(
    page: ExportPage, qtbot: Any, tmp_path: Path
) -> None:
    certificate = made_up.certificate(tmp_path / "onnx")
    page.show_snapshot(trained(tmp_path, certificates=(certificate,)))
    card = page.certificate
    assert card.agreement.text() == "100.0 %"
    assert "63 samples" in card.line.text()
    assert card.facts.value("Largest difference") == "2.4e-6"
    assert card.facts.value("Allowed") == "1e-4"
    assert card.files.value("model.onnx") == "13.6 MB"
    qtbot.mouseClick(card.copy_button, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == certificate.snippet
    assert card.copy_button.text() == "Copied"
    assert not page.earlier.isVisible()


def test_the_folder_can_be_opened(
    page: ExportPage, qtbot: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(
        "finetune_studio.ui.pages.export.certificate_card.QDesktopServices.openUrl",
        lambda url: opened.append(url.toLocalFile()),
    )
    page.show_snapshot(trained(tmp_path, certificates=(made_up.certificate(tmp_path),)))
    qtbot.mouseClick(page.certificate.open_button, Qt.MouseButton.LeftButton)
    assert opened == [str(tmp_path)]


def test_earlier_certificates_can_be_looked_at(page: ExportPage, tmp_path: Path) -> None:
    new = made_up.certificate(tmp_path / "onnx")
    old = made_up.certificate(tmp_path / "folder", "folder").edited(agreement=0.984)
    snapshot = trained(tmp_path, certificates=(new, old))
    page.show_snapshot(snapshot)
    assert page.certificate.certificate == new
    page.earlier.table.selectRow(1)
    assert page.certificate.certificate == old
    page.show_snapshot(replace(snapshot, available=frozenset({"x"})))
    assert page.certificate.certificate == old
    newest = made_up.certificate(tmp_path / "third")
    page.show_snapshot(replace(snapshot, certificates=(newest, new, old)))
    assert page.certificate.certificate == newest


def test_an_export_into_the_same_folder_replaces_the_one_before(
    page: ExportPage, tmp_path: Path
) -> None:
    old = made_up.certificate(tmp_path / "onnx").edited(agreement=0.984)
    new = made_up.certificate(tmp_path / "onnx")
    page.show_snapshot(trained(tmp_path, certificates=(new, old)))
    assert page.certificate.certificate == new
    assert not page.earlier.isVisible()


def test_certificates_are_read_back_newest_first(tmp_path: Path) -> None:
    run = trained(tmp_path).runs[0]
    for age, name in enumerate(("onnx", "folder")):
        folder = tmp_path / run.name / "exports" / name
        folder.mkdir(parents=True)
        file = folder / "certificate.json"
        file.write_text(made_up.certificate(folder, name).model_dump_json())
        os.utime(file, (1000 - age, 1000 - age))
    assert [one.format for one in certificates_of(run)] == ["onnx", "folder"]


def test_another_run_brings_its_own_folder(page: ExportPage, qtbot: Any, tmp_path: Path) -> None:
    snapshot = trained(tmp_path)
    page.show_snapshot(snapshot)
    told = asked(page)
    page.folder.path.selectAll()
    qtbot.keyClicks(page.folder.path, str(tmp_path / "mine"))
    page.picker.setFocus()
    qtbot.keyClick(page.picker, Qt.Key.Key_Down)
    assert told == [wishes.ShowRun("2026-11-23-001")]
    page.show_snapshot(replace(snapshot, shown_run="2026-11-23-001"))
    assert page.folder.folder == str(tmp_path / "2026-11-23-001" / "exports" / "onnx")


def test_showing_says_nothing(page: ExportPage, tmp_path: Path) -> None:
    told = asked(page)
    for snapshot in (Snapshot(), trained(tmp_path), made_up.trained()):
        page.show_snapshot(snapshot)
    assert told == []
