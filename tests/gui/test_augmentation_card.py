"""The look at varied pictures: asked for while it is seen, one at a time, the last one counts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QStyle, QStyleOptionSlider

from finetune_studio.events import events as ev
from finetune_studio.events.commands import Run
from finetune_studio.events.descriptions import VariedPicture
from finetune_studio.project.choices import Augmentation, Task
from finetune_studio.project.problems import Problem
from finetune_studio.project.project import Project
from finetune_studio.project.recommendation import fill_recommended
from finetune_studio.project.variation import PRESETS, PreviewChoice, variation_of
from finetune_studio.ui import wishes
from finetune_studio.ui.pages.hyperparameters.varied_picture_dialog import VariedPictureDialog
from finetune_studio.ui.pages.hyperparameters_page import HyperparametersPage
from finetune_studio.ui.session import Session
from finetune_studio.ui.snapshot import Activity, Snapshot
from finetune_studio.ui.widgets.choice_editor import ChoiceEditor
from finetune_studio.ui.widgets.slider_editor import SliderEditor
from tests.gui import made_up
from tests.gui.conftest import FakeWorkers, prepare_jobs


def pictures(folder: Path, colour: str = "red", count: int = 4) -> tuple[VariedPicture, ...]:
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for number in range(count):
        files = [folder / f"{number}-{place}-{colour}.png" for place in range(4)]
        for file in files:
            image = QImage(16, 16, QImage.Format.Format_RGB32)
            image.fill(QColor(colour))
            image.save(str(file))
        plain, *varied = map(str, files)
        found.append(
            VariedPicture(
                label=f"label {number}", where=f"{number}.jpg", path=plain, varied=tuple(varied)
            )
        )
    return tuple(found)


class Desk:
    """The page, shown snapshots as the session shows them."""

    def __init__(self, page: HyperparametersPage, snapshot: Snapshot) -> None:
        self.page = page
        self.asked: list[wishes.PreviewAugmentation] = []
        self.wishes: list[object] = []
        page.edited.connect(self._take)
        page.requested.connect(self._hear)
        self.show(snapshot)

    def show(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.page.show_snapshot(snapshot)

    def change(self, **settings: Any) -> None:
        training = self.snapshot.project.training.edited(**settings)
        pinned = (*self.snapshot.project.pinned, *settings)
        self._take(self.snapshot.project.edited(training=training, pinned=pinned))

    def _take(self, project: Project) -> None:
        self.show(replace(self.snapshot, project=fill_recommended(project, self.snapshot.facts)))

    def _hear(self, wish: object) -> None:
        self.wishes.append(wish)
        if isinstance(wish, wishes.PreviewAugmentation):
            self.asked.append(wish)


@pytest.fixture
def desk(qtbot: Any) -> Desk:
    page = HyperparametersPage()
    qtbot.addWidget(page)
    page.resize(984, 640)
    page.show()
    made = Desk(page, made_up.snapshot())
    page.tabs.choose("pictures")
    return made


def choose(qtbot: Any, desk: Desk, how: Augmentation) -> None:
    combo = desk.page.form.row("augmentation").editor
    assert isinstance(combo, ChoiceEditor)
    combo.setFocus()
    while combo.value is not how:
        qtbot.keyClick(combo, Qt.Key.Key_Down)


def slider_of(desk: Desk) -> SliderEditor:
    editor = desk.page.form.row("augment_strength").editor
    assert isinstance(editor, SliderEditor)
    return editor


def handle(editor: SliderEditor) -> QPoint:
    option = QStyleOptionSlider()
    editor.slider.initStyleOption(option)
    style = editor.slider.style()
    control, part = QStyle.ComplexControl.CC_Slider, QStyle.SubControl.SC_SliderHandle
    return style.subControlRect(control, option, part, editor.slider).center()


def test_nothing_is_asked_while_pictures_are_not_varied(desk: Desk, qtbot: Any) -> None:
    qtbot.wait(120)
    assert desk.asked == []
    assert "not varied" in desk.page.augmentation_card.empty.text


def test_choosing_an_augmentation_asks_once_and_shows_the_card(desk: Desk, qtbot: Any) -> None:
    desk.page.tabs.choose("schedule")
    choose(qtbot, desk, Augmentation.LIGHT)
    assert desk.page.tabs.key == "pictures"
    qtbot.waitUntil(lambda: len(desk.asked) == 1)
    desk.show(replace(desk.snapshot, varied=()))
    qtbot.wait(120)
    assert len(desk.asked) == 1
    assert desk.asked[0].training.augmentation is Augmentation.LIGHT
    assert desk.asked[0].show.side == 224


def test_nothing_is_asked_while_another_card_is_shown(desk: Desk, qtbot: Any) -> None:
    desk.page.tabs.choose("schedule")
    desk.change(augmentation=Augmentation.STRONG)
    qtbot.wait(120)
    assert desk.asked == []
    desk.page.tabs.choose("pictures")
    qtbot.waitUntil(lambda: len(desk.asked) == 1)


def test_dragging_the_strength_asks_on_the_way_and_decides_when_let_go(
    desk: Desk, qtbot: Any
) -> None:
    desk.change(augmentation=Augmentation.STRONG)
    qtbot.waitUntil(lambda: len(desk.asked) == 1)
    editor = slider_of(desk)
    start = handle(editor)
    qtbot.mousePress(editor.slider, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(editor.slider, start + QPoint(40, 0))
    qtbot.waitUntil(lambda: len(desk.asked) == 2)
    assert desk.snapshot.project.training.augment_strength == 1
    on_the_way = desk.asked[1].training.augment_strength
    assert on_the_way > 1
    QTest.mouseMove(editor.slider, start + QPoint(400, 0))
    qtbot.mouseRelease(editor.slider, Qt.MouseButton.LeftButton, pos=start + QPoint(400, 0))
    assert desk.snapshot.project.training.augment_strength == 2
    qtbot.waitUntil(lambda: desk.asked[-1].training.augment_strength == 2)
    assert "augment_strength" in desk.snapshot.project.pinned


def test_keys_move_the_slider(desk: Desk, qtbot: Any) -> None:
    desk.change(augmentation=Augmentation.MEDIUM)
    editor = slider_of(desk)
    editor.setFocus()
    qtbot.keyClick(editor.slider, Qt.Key.Key_Right)
    assert desk.snapshot.project.training.augment_strength == 1.1
    qtbot.keyClick(editor.slider, Qt.Key.Key_Home)
    assert desk.snapshot.project.training.augment_strength == 0
    assert variation_of(desk.snapshot.project.training) is None
    assert "not varied" in desk.page.augmentation_card.empty.text


def test_custom_starts_from_the_preset_before_and_shows_its_numbers(desk: Desk, qtbot: Any) -> None:
    choose(qtbot, desk, Augmentation.STRONG)
    assert desk.page.form.row("augment_rotation").isHidden()
    choose(qtbot, desk, Augmentation.CUSTOM)
    row = desk.page.form.row("augment_rotation")
    assert row.isVisible()
    assert row.editor.value == 20
    assert variation_of(desk.snapshot.project.training) == PRESETS[Augmentation.STRONG]
    assert desk.page.form.row("randaugment_operations").isHidden()
    row.editor.stepBy(1)  # type: ignore[union-attr]
    assert desk.snapshot.project.training.augment_rotation == 25
    qtbot.waitUntil(lambda: bool(desk.asked) and desk.asked[-1].training.augment_rotation == 25)


def test_other_pictures_and_other_variations(desk: Desk, qtbot: Any, tmp_path: Path) -> None:
    desk.change(augmentation=Augmentation.STRONG)
    desk.show(replace(desk.snapshot, varied=pictures(tmp_path)))
    card = desk.page.augmentation_card
    qtbot.waitUntil(lambda: len(desk.asked) == 1)
    qtbot.mouseClick(card.others_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(desk.asked) == 2)
    qtbot.mouseClick(card.again_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(desk.asked) == 3)
    shows = [(one.show.which, one.show.chance) for one in desk.asked]
    assert shows == [(0, 0), (1, 0), (1, 1)]


def test_pictures_are_shown_with_names_and_fit(desk: Desk, qtbot: Any, tmp_path: Path) -> None:
    desk.change(augmentation=Augmentation.STRONG)
    desk.show(replace(desk.snapshot, varied=pictures(tmp_path)))
    grid = desk.page.augmentation_card.grid
    qtbot.waitUntil(lambda: grid.isVisible() and grid.cell(3, 3).y() > 0)
    assert grid.image(0, 0).pixelColor(3, 3) == QColor("red")
    assert grid.cell(1, 0).accessibleName() == "label 1: 1.jpg"
    assert grid.cell(1, 2).accessibleName() == "label 1: variation 2"
    last = grid.cell(3, 3).geometry()
    assert grid.rect().contains(last)
    card = desk.page.augmentation_card
    assert card.again_button.mapTo(card, card.again_button.rect().bottomLeft()).y() < card.height()
    desk.show(replace(desk.snapshot, varied=pictures(tmp_path, "blue")))
    assert grid.image(0, 0).pixelColor(3, 3) == QColor("blue")


def test_the_arrow_keys_go_along_and_enter_enlarges(
    desk: Desk, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[tuple[str, int]] = []

    def take(dialog: VariedPictureDialog) -> int:
        opened.append((dialog.windowTitle(), dialog._number))
        return 0

    monkeypatch.setattr(VariedPictureDialog, "exec", take)
    desk.change(augmentation=Augmentation.STRONG)
    desk.show(replace(desk.snapshot, varied=pictures(tmp_path)))
    grid = desk.page.augmentation_card.grid
    first = grid.cell(0, 0)
    first.setFocus()
    qtbot.keyClick(first, Qt.Key.Key_Down)
    qtbot.keyClick(grid.cell(1, 0), Qt.Key.Key_Right)
    qtbot.keyClick(grid.cell(1, 1), Qt.Key.Key_Right)
    assert grid.cell(1, 2).hasFocus()
    assert grid.cell(1, 2).focusPolicy() is Qt.FocusPolicy.StrongFocus
    assert first.focusPolicy() is Qt.FocusPolicy.ClickFocus
    qtbot.keyClick(grid.cell(1, 2), Qt.Key.Key_Return)
    qtbot.mouseClick(grid.cell(2, 0), Qt.MouseButton.LeftButton)
    assert opened == [("label 1", 1), ("label 2", 0)]


def test_the_larger_view_goes_through_the_variations(qtbot: Any, tmp_path: Path) -> None:
    dialog = VariedPictureDialog(pictures(tmp_path, count=1)[0], 2)
    qtbot.addWidget(dialog)
    dialog.show()
    assert dialog.grid.cell(0, 1).accessibleName() == "Variation 3"
    qtbot.mouseClick(dialog.next_button, Qt.MouseButton.LeftButton)
    assert dialog.grid.cell(0, 1).accessibleName() == "Variation 1"
    qtbot.mouseClick(dialog.previous_button, Qt.MouseButton.LeftButton)
    assert dialog.grid.cell(0, 1).accessibleName() == "Variation 3"


def test_a_problem_is_shown_and_can_be_tried_again(desk: Desk, qtbot: Any) -> None:
    desk.change(augmentation=Augmentation.STRONG)
    qtbot.waitUntil(lambda: len(desk.asked) == 1)
    problem = Problem(what="The folder is not there.", why="", remedy="Connect the drive.")
    desk.show(replace(desk.snapshot, activities={"vary": Activity(problem=problem)}))
    card = desk.page.augmentation_card
    assert card.problem_card.isVisible()
    assert "not there" in card.problem_card.accessibleName()
    button = card.problem_card.fix_button
    qtbot.waitUntil(lambda: button.height() > 0)  # laid out
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(desk.asked) == 2)


def test_waiting_can_be_cancelled(desk: Desk, qtbot: Any) -> None:
    desk.change(augmentation=Augmentation.STRONG)
    card = desk.page.augmentation_card
    desk.show(replace(desk.snapshot, activities={"vary": Activity(phase="Reading the data")}))
    assert card.busy.text == "Reading the data"
    qtbot.waitUntil(lambda: len(desk.asked) == 1)
    qtbot.mouseClick(card.busy.cancel_button, Qt.MouseButton.LeftButton)
    assert desk.wishes[-1] == wishes.CancelActivity("vary")
    desk.show(replace(desk.snapshot, activities={}))
    qtbot.wait(80)
    assert len(desk.asked) == 1
    qtbot.mouseClick(card.empty.action_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(desk.asked) == 2)


def test_texts_have_no_such_card(desk: Desk) -> None:
    desk.show(made_up.snapshot())
    project = made_up.project(Task.TEXT)
    desk.show(replace(desk.snapshot, project=project))
    assert desk.page.tabs.key != "pictures"
    assert not desk.page.augmentation_card.isVisible()


# ------------------------------------------------------------------------------- the session


@pytest.fixture
def opened(qtbot: Any, session: Session, workers: FakeWorkers, project_folder: Path) -> Session:
    prepare_jobs(workers, project_folder)
    session.ask(wishes.OpenProject(str(project_folder)))
    qtbot.waitUntil(lambda: session.snapshot.model is not None)
    qtbot.waitUntil(lambda: not session.snapshot.activities)
    return session


def wish(session: Session, strength: float) -> wishes.PreviewAugmentation:
    training = session.snapshot.project.training.edited(
        augmentation=Augmentation.STRONG, augment_strength=strength
    )
    return wishes.PreviewAugmentation(training, show=PreviewChoice())


def strengths(workers: FakeWorkers) -> list[float]:
    return [
        command.arguments["project"]["training"]["augment_strength"]
        for command in workers.commands
        if isinstance(command, Run) and command.job == "preview_augmentation"
    ]


def test_the_session_shows_what_the_worker_varied(
    qtbot: Any, opened: Session, workers: FakeWorkers, tmp_path: Path
) -> None:
    found = pictures(tmp_path / "varied")
    workers.script("preview_augmentation", ev.PicturesVaried(pictures=found))
    opened.ask(wish(opened, 1.5))
    qtbot.waitUntil(lambda: opened.snapshot.varied == found)
    assert strengths(workers) == [1.5]
    arguments = workers.arguments("preview_augmentation")
    assert arguments["cache"] == str((opened.snapshot.folder or Path()) / "cache")
    assert opened.snapshot.project.training.augment_strength == 1.0


def test_while_one_is_varied_only_the_last_wish_waits(
    qtbot: Any, opened: Session, workers: FakeWorkers
) -> None:
    for strength in (0.1, 0.2, 0.3, 0.4):
        opened.ask(wish(opened, strength))
    qtbot.waitUntil(lambda: len(strengths(workers)) == 2)
    qtbot.waitUntil(lambda: not opened.snapshot.activities)
    qtbot.wait(50)
    assert strengths(workers) == [0.1, 0.4]


def test_a_failed_preview_does_not_hold_up_the_next(
    qtbot: Any, opened: Session, workers: FakeWorkers
) -> None:
    problem = Problem(what="Gone.", why="", remedy="")
    workers.script(
        "preview_augmentation", ev.JobFailed(job="preview_augmentation", problem=problem)
    )
    opened.ask(wish(opened, 0.1))
    qtbot.waitUntil(lambda: opened.snapshot.activity("vary") is not None)
    qtbot.waitUntil(lambda: opened.snapshot.activities["vary"].problem == problem)
    qtbot.wait(50)
    workers.script("preview_augmentation")
    opened.ask(wish(opened, 0.2))
    qtbot.waitUntil(lambda: not opened.snapshot.activities)
    assert strengths(workers) == [0.1, 0.2]
