"""The window: gating, shortcuts, the run that goes on, closing, dropping. Real pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QInputDialog,
    QSlider,
    QWidget,
)
from pytestqt.qtbot import QtBot

from finetune_studio.app import PAGES
from finetune_studio.events import events as ev
from finetune_studio.events.commands import Stop
from finetune_studio.events.history import RunState
from finetune_studio.project.checks import Step
from finetune_studio.project.choices import Task
from finetune_studio.project.remedies import Remedy
from finetune_studio.ui import closing, wishes
from finetune_studio.ui import main_window as main_window_module
from finetune_studio.ui.main_window import MainWindow
from finetune_studio.ui.new_project_dialog import NewProjectDialog
from finetune_studio.ui.page_stack import WELCOME
from finetune_studio.ui.problem_dialog import ProblemDialog
from finetune_studio.ui.session import Session
from finetune_studio.ui.theme import Scheme, current_theme
from finetune_studio.ui.widgets.search_field import SearchField
from tests.gui.conftest import DEATH, FakeWorkers, data_report, play, prepare_jobs, recording
from tests.gui.watched import find_button


@pytest.fixture
def window(
    qtbot: QtBot, session: Session, workers: FakeWorkers, project_folder: Path
) -> Iterator[MainWindow]:
    """The window on a session with no project open."""
    prepare_jobs(workers, project_folder)
    current_theme().install(QApplication.instance())
    window = MainWindow(session, PAGES)
    with qtbot.waitExposed(window):
        window.show()
    yield window
    # While a run is under way the window asks before it closes.
    session.kill_training()
    qtbot.waitUntil(lambda: not session.is_training)
    window.close()
    window.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def ready(qtbot: QtBot, window: MainWindow, session: Session, project_folder: Path) -> MainWindow:
    """The window with a project that is ready to train."""
    session.ask(wishes.OpenProject(str(project_folder)))
    qtbot.waitUntil(lambda: session.snapshot.model is not None)
    return window


def row(window: MainWindow, step: int) -> QAbstractButton:
    return window.side.steps.findChildren(QAbstractButton)[step]


def press(window: MainWindow, key: Qt.Key, modifier: Qt.KeyboardModifier) -> None:
    QTest.keyClick(window, key, modifier)


def drop(target: QWidget, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    event = QDropEvent(
        QPointF(600, 400),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    target.dropEvent(event)


# ------------------------------------------------------------------------------------- moving


def test_tab_goes_through_what_a_page_shows_and_then_to_the_buttons_below(
    qtbot: QtBot, ready: MainWindow
) -> None:
    """Pages are made after the buttons that stand below them, and cards later still."""
    ready.activateWindow()
    qtbot.waitUntil(ready.isActiveWindow)
    ready.go_to(Step.DATA)
    page, frame = ready.stack.page(Step.DATA), ready.stack.frame(Step.DATA)
    order: list[QWidget] = []
    while len(order) < 300 and (not order or order[-1] is not frame.back_button):
        focus = QApplication.focusWidget()
        assert focus is not None
        QTest.keyClick(focus, Qt.Key.Key_Tab)
        order.append(QApplication.focusWidget())
    *on_page, last = order
    assert last is frame.back_button
    assert len(on_page) > 5
    assert all(page.isAncestorOf(widget) for widget in on_page)
    tops = [widget.mapTo(page, QPoint()).y() for widget in on_page]
    assert tops[0] == min(tops)
    QTest.keyClick(last, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is frame.next_button


def test_the_window_starts_on_the_welcome_page(window: MainWindow) -> None:
    assert window.step == WELCOME
    assert window.welcome.isVisible()
    assert not window.side.isVisible()


def test_what_is_missing_gates_the_later_steps(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.mouseClick(window.welcome.task_cards[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.step == Step.MODEL)
    assert not row(window, Step.DATA).isEnabled()
    press(window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert window.step == Step.MODEL
    assert window.toaster.text == "Choose a model to go on"


def test_an_open_project_lands_where_work_goes_on(ready: MainWindow) -> None:
    assert ready.step == Step.TRAINING
    assert ready.windowTitle() == "Digits – Finetune Studio"


def test_every_step_that_is_open_is_a_click_away(qtbot: QtBot, ready: MainWindow) -> None:
    for step in (Step.DATA, Step.LAYERS, Step.HYPERPARAMETERS, Step.MODEL, Step.TRAINING):
        qtbot.mouseClick(row(ready, step), Qt.MouseButton.LeftButton)
        assert ready.step == step
        assert ready.stack.page(step).isVisible()


def test_back_and_the_number_keys_move_too(qtbot: QtBot, ready: MainWindow) -> None:
    qtbot.mouseClick(ready.stack.frame(Step.TRAINING).back_button, Qt.MouseButton.LeftButton)
    assert ready.step == Step.HYPERPARAMETERS
    press(ready, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    assert ready.step == Step.MODEL


def test_ctrl_return_presses_the_primary_button(qtbot: QtBot, ready: MainWindow) -> None:
    ready.go_to(Step.LAYERS)
    press(ready, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert ready.step == Step.HYPERPARAMETERS


def test_the_home_button_puts_the_project_away(
    qtbot: QtBot, ready: MainWindow, session: Session
) -> None:
    qtbot.mouseClick(ready.side.home_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: ready.step == WELCOME)
    assert session.snapshot.folder is None
    assert ready.welcome.rows[0].project.name == "Digits"


class Watch(QObject):
    """Notes every widget that is shown as a window of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and watched.isWidgetType() and watched.isWindow():
            self.shown.append(type(watched).__name__)
        return False


def test_no_part_of_the_window_ever_flashes_up_as_a_window_of_its_own(
    qtbot: QtBot, session: Session
) -> None:
    watch = Watch()
    QApplication.instance().installEventFilter(watch)
    window = MainWindow(session, PAGES)
    for step in Step:
        window.stack.page(step)
    QApplication.instance().removeEventFilter(watch)
    qtbot.addWidget(window)
    assert watch.shown == []


# ----------------------------------------------------------------------------------- deciding


def test_the_step_list_says_what_was_decided(ready: MainWindow) -> None:
    said = [row(ready, step).accessibleDescription() for step in range(4)]
    assert "EfficientNet-Lite0" in said[Step.MODEL]
    assert "1,745 pictures, 10 labels" in said[Step.DATA]
    assert "Head only, 1.3 k of 22.3 k" in said[Step.LAYERS]
    assert "AdamW 5e-3" in said[Step.HYPERPARAMETERS]


def test_undo_and_redo_have_their_keys(qtbot: QtBot, ready: MainWindow, session: Session) -> None:
    before = session.snapshot.project
    session.edit(before.edited(name="Numbers"))
    press(ready, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert session.snapshot.project.name == "Digits"
    press(
        ready,
        Qt.Key.Key_Z,
        Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
    )
    assert session.snapshot.project.name == "Numbers"


def test_renaming_is_an_edit(
    qtbot: QtBot, ready: MainWindow, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, **__: (" Numbers ", True))
    qtbot.mouseClick(ready.side.rename_button, Qt.MouseButton.LeftButton)
    assert session.snapshot.project.name == "Numbers"
    assert ready.windowTitle().startswith("Numbers")


def test_a_folder_dropped_anywhere_becomes_the_data(
    qtbot: QtBot, ready: MainWindow, session: Session, workers: FakeWorkers, tmp_path: Path
) -> None:
    (tmp_path / "new" / "cat").mkdir(parents=True)
    report = data_report(tmp_path / "new", {"cat": 30, "dog": 40})
    workers.script("inspect_data", ev.DataInspected(report=report))
    drop(ready, tmp_path / "new")
    qtbot.waitUntil(lambda: ready.step == Step.DATA)
    assert session.snapshot.project.data.path == str(tmp_path / "new")
    qtbot.waitUntil(lambda: session.snapshot.data_report == report)


def test_data_dropped_on_the_welcome_page_lead_to_the_model_they_need(
    qtbot: QtBot, window: MainWindow, session: Session, tmp_path: Path
) -> None:
    (tmp_path / "new" / "cat").mkdir(parents=True)
    drop(window.welcome, tmp_path / "new")
    qtbot.waitUntil(lambda: window.step == Step.MODEL)
    assert session.snapshot.project.data.path == str(tmp_path / "new")
    assert window.toaster.text == "new will be learned from. Choose a model for it."


def test_of_several_dropped_things_none_is_guessed(
    ready: MainWindow, session: Session, tmp_path: Path
) -> None:
    before = session.snapshot.project
    drop(ready, tmp_path / "one.csv", tmp_path / "two.csv")
    assert session.snapshot.project == before
    assert ready.toaster.text.startswith("2 things were dropped.")


def test_find_goes_to_the_settings_from_the_list_of_steps(qtbot: QtBot, ready: MainWindow) -> None:
    ready.go_to(Step.HYPERPARAMETERS)
    row(ready, Step.HYPERPARAMETERS).setFocus()
    qtbot.waitUntil(ready.isActiveWindow)
    press(ready, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert isinstance(QApplication.focusWidget(), SearchField)


def test_a_project_dropped_on_the_welcome_page_is_opened(
    qtbot: QtBot, window: MainWindow, session: Session, project_folder: Path
) -> None:
    drop(window.welcome, project_folder)
    assert session.snapshot.folder == project_folder


# ------------------------------------------------------------------------------------- running


def test_the_run_goes_on_while_other_pages_are_looked_at(
    qtbot: QtBot, ready: MainWindow, session: Session, workers: FakeWorkers
) -> None:
    workers.held.add("train")
    workers.script("train", *recording("pictures_8_epochs")[1:200])
    start = ready.stack.page(Step.TRAINING).start_panel.start_button
    qtbot.mouseClick(start, Qt.MouseButton.LeftButton)
    assert session.is_training
    ready.go_to(Step.DATA)
    qtbot.waitUntil(lambda: session.snapshot.history.epoch == 5)
    assert "Epoch 5 of 8" in row(ready, Step.TRAINING).accessibleDescription()
    assert "epoch 5 of 8" in ready.status.worker.text
    assert ready.step == Step.DATA


def test_a_finished_run_opens_the_last_two_steps(
    qtbot: QtBot, ready: MainWindow, session: Session, workers: FakeWorkers
) -> None:
    session.ask(wishes.StartTraining())
    qtbot.waitUntil(lambda: bool(session.snapshot.runs))
    assert row(ready, Step.EVALUATION).isEnabled()
    assert "Best 96.3 % at epoch 6" in row(ready, Step.TRAINING).accessibleDescription()


def test_a_failed_run_leaves_a_toast_with_its_details_a_click_away(
    qtbot: QtBot,
    ready: MainWindow,
    session: Session,
    workers: FakeWorkers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown: list[str] = []
    monkeypatch.setattr(
        ProblemDialog, "exec", lambda dialog: shown.append(dialog.card.problem.code)
    )
    play(workers, "out_of_memory")
    ready.go_to(Step.DATA)
    session.ask(wishes.StartTraining())
    qtbot.waitUntil(lambda: session.snapshot.history.state is RunState.FAILED)
    assert "ran out of memory" in ready.toaster.text
    ready.toaster.action_requested.emit("Details")
    assert shown == ["out_of_memory"]


def test_what_a_remedy_edited_is_taken_back_from_the_toast(
    qtbot: QtBot, ready: MainWindow, session: Session
) -> None:
    rate = session.snapshot.project.training.learning_rate
    session.ask(wishes.TakeRemedy(Remedy.HALVE_RATE))
    assert session.snapshot.project.training.learning_rate < rate
    qtbot.mouseClick(find_button(ready, "Undo"), Qt.MouseButton.LeftButton)
    assert session.snapshot.project.training.learning_rate == rate
    assert ready.toaster.text == ""


def test_undo_is_offered_for_the_latest_edit_only(ready: MainWindow, session: Session) -> None:
    session.ask(wishes.TakeRemedy(Remedy.HALVE_RATE))
    assert ready.toaster.text.startswith("Learning rate is now")
    session.edit(session.snapshot.project.edited(name="Other"))
    assert ready.toaster.text == ""


def test_a_problem_that_the_open_page_shows_is_not_told_twice(
    qtbot: QtBot, ready: MainWindow, session: Session, workers: FakeWorkers
) -> None:
    play(workers, "out_of_memory")
    session.ask(wishes.StartTraining())
    qtbot.waitUntil(lambda: session.snapshot.history.state is RunState.FAILED)
    qtbot.wait(10)
    assert ready.step == Step.TRAINING
    assert ready.toaster.text == ""


def test_the_network_light_is_on_only_while_something_is_fetched(
    qtbot: QtBot, ready: MainWindow, session: Session, workers: FakeWorkers
) -> None:
    assert ready.status.network.text == "Offline"
    workers.held.add("download_model")
    session.ask(wishes.DownloadModel("torchvision/resnet18"))
    assert ready.status.network.text == "Network in use"
    session.ask(wishes.CancelActivity("download:torchvision/resnet18"))
    assert ready.status.network.text == "Offline"


# ------------------------------------------------------------------------------------- closing


def test_closing_while_training_can_be_thought_better_of(
    qtbot: QtBot,
    ready: MainWindow,
    session: Session,
    workers: FakeWorkers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[RunState] = []
    monkeypatch.setattr(
        main_window_module, "ask_to_stop", lambda history, _: asked.append(history.state)
    )
    workers.held.add("train")
    session.ask(wishes.StartTraining())
    ready.close()
    assert asked == [RunState.PREPARING]
    assert ready.isVisible()
    assert session.is_training


def test_closing_while_training_stops_the_run_and_then_closes(
    qtbot: QtBot,
    ready: MainWindow,
    session: Session,
    workers: FakeWorkers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(main_window_module, "ask_to_stop", lambda *_: True)
    workers.held.add("train")
    workers.script("train", *recording("pictures_8_epochs")[1:60])
    session.ask(wishes.StartTraining())
    qtbot.waitUntil(lambda: session.snapshot.history.epoch >= 1)
    ready.close()
    assert ready.isVisible()
    qtbot.waitUntil(lambda: not ready.isVisible())
    assert any(isinstance(command, Stop) for command in workers.commands)
    assert session.snapshot.history.state is RunState.STOPPED


def test_closing_again_does_not_wait_for_a_run_that_is_slow_to_stop(
    qtbot: QtBot,
    ready: MainWindow,
    session: Session,
    workers: FakeWorkers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(main_window_module, "ask_to_stop", lambda *_: True)
    workers.deaf.add("train")
    workers.script("train")
    session.ask(wishes.StartTraining())
    ready.close()
    qtbot.wait(50)
    assert ready.isVisible()
    assert "Close again" in ready.toaster.text
    ready.close()
    qtbot.waitUntil(lambda: not ready.isVisible())


def test_the_question_names_the_run_and_its_way_out_is_to_cancel(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def exec_(box: closing.QMessageBox) -> int:
        seen.extend([box.text(), box.defaultButton().text(), box.escapeButton().text()])
        return 0

    monkeypatch.setattr(closing.QMessageBox, "exec", exec_)
    history = ev.RunStarted(run="2026-11-23-001", folder="", epochs=8)
    from finetune_studio.events.history import RunHistory

    told = RunHistory().after(history).after(ev.EpochStarted(epoch=3, steps=10))
    assert not closing.ask_to_stop(told, window)
    assert seen == ["Run 2026-11-23-001 is in epoch 3 of 8.", "&Cancel", "&Cancel"]


def test_size_and_theme_are_remembered(
    qtbot: QtBot, window: MainWindow, session: Session, workers: FakeWorkers
) -> None:
    dark = next(
        action for action in window.menus.schemes.actions() if action.data() == Scheme.DARK.value
    )
    dark.trigger()
    assert current_theme().tokens.dark
    window.resize(1024, 740)
    window.close()
    assert session.settings.scheme is Scheme.DARK
    again = MainWindow(session, PAGES)
    qtbot.addWidget(again)
    assert (again.width(), again.height()) == (1024, 740)
    current_theme().choose(Scheme.SYSTEM)


def test_a_problem_that_belongs_to_no_page_is_a_toast(
    qtbot: QtBot, window: MainWindow, session: Session
) -> None:
    session.problem_found.emit(DEATH)
    assert window.toaster.text == DEATH.what


def test_a_new_project_by_name_and_task(
    qtbot: QtBot,
    window: MainWindow,
    session: Session,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dialog = NewProjectDialog(window)
    qtbot.addWidget(dialog)
    assert not dialog.create_button.isEnabled()
    qtbot.keyClicks(dialog.name, "Leaves?")
    assert not dialog.create_button.isEnabled()
    dialog.name.setText("Leaves")
    qtbot.mouseClick(dialog.cards[1], Qt.MouseButton.LeftButton)
    assert dialog.create_button.isEnabled()
    session.ask(dialog.wish())
    assert session.snapshot.project.name == "Leaves"
    assert session.snapshot.project.task is Task.TEXT


@pytest.mark.parametrize("step", list(Step))
def test_a_wheel_that_passes_over_a_page_changes_no_setting(ready: MainWindow, step: Step) -> None:
    ready.go_to(step)
    page = ready.stack.page(step)
    editors = [
        *page.findChildren(QComboBox),
        *page.findChildren(QAbstractSpinBox),
        *(one for one in page.findChildren(QSlider) if one.isEnabled()),
    ]
    ready.setFocus()
    before = [worth(one) for one in editors]
    for angle in (-120, 120):
        for editor in editors:
            QApplication.sendEvent(editor, turned(editor, angle))
        assert [worth(one) for one in editors] == before


def worth(editor: QWidget) -> object:
    if isinstance(editor, QComboBox):
        return editor.currentIndex()
    return editor.value() if isinstance(editor, QSlider) else editor.property("text")


def turned(widget: QWidget, angle: int) -> QWheelEvent:
    middle = QPointF(widget.rect().center())
    return QWheelEvent(
        middle,
        widget.mapToGlobal(middle),
        QPoint(),
        QPoint(0, angle),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
