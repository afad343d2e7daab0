"""From the welcome page to an export, through all seven pages, by clicking; workers follow a
script."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from finetune_studio.app import PAGES
from finetune_studio.events import events as ev
from finetune_studio.events.descriptions import Probability
from finetune_studio.events.history import RunState
from finetune_studio.project import storage
from finetune_studio.project.checks import Step
from finetune_studio.project.choices import FreezePreset, Task
from finetune_studio.ui.main_window import MainWindow
from finetune_studio.ui.page_stack import WELCOME
from finetune_studio.ui.pages.page import Page
from finetune_studio.ui.session import Session
from finetune_studio.ui.snapshot import Snapshot
from finetune_studio.ui.theme import current_theme
from tests.gui import made_up, made_up_data
from tests.gui.conftest import FakeWorkers, model_description, play, prepare_jobs
from tests.gui.watched import drop, find_button

RUN = "2026-11-23-001"
MODELS = {Task.IMAGE: "starter/efficientnet_lite0", Task.TEXT: "starter/minilm-l6"}


@pytest.fixture
def window(qtbot: QtBot, session: Session) -> Iterator[MainWindow]:
    current_theme().install(QApplication.instance())
    window = MainWindow(session, PAGES)
    with qtbot.waitExposed(window):
        window.show()
    session.look_around()
    yield window
    session.kill_training()
    qtbot.waitUntil(lambda: not session.is_training)
    window.close()
    window.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


class User:
    """Does what a user does: looks for words, clicks, types, waits."""

    def __init__(self, qtbot: QtBot, window: MainWindow, session: Session) -> None:
        self.qtbot = qtbot
        self.window = window
        self.session = session

    def click(self, words: str) -> None:
        self.qtbot.wait(1)  # what was just added to a layout is shown by the event loop
        self.qtbot.mouseClick(find_button(self.window, words), Qt.MouseButton.LeftButton)

    @property
    def page(self) -> Page:
        return self.window.stack.page(self.window.step)

    def wait_for(self, condition: Callable[[Snapshot], bool]) -> None:
        self.qtbot.waitUntil(lambda: condition(self.session.snapshot))

    def wait_for_page(self, step: int) -> None:
        self.qtbot.waitUntil(lambda: self.window.step == step)

    def go_on(self) -> None:
        """Press the primary button once it is on."""
        button = self.window.stack.frame(self.window.step).next_button
        self.qtbot.waitUntil(button.isEnabled)
        self.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    def wait_until_known(self) -> None:
        self.qtbot.waitUntil(lambda: self.session.snapshot.data_report is not None)
        self.qtbot.waitUntil(lambda: self.session.snapshot.model is not None)
        self.qtbot.waitUntil(lambda: not self.session.snapshot.activities)


def picture(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = QImage(32, 32, QImage.Format.Format_RGB32)
    image.fill(QColor("#3B5BDB"))
    image.save(str(path))
    return path


def prepare(workers: FakeWorkers, task: Task, tmp_path: Path) -> Path:
    """Data on disk, and workers that tell of them. Returns what the user drops."""
    prepare_jobs(workers, tmp_path)
    play(workers, "pictures_8_epochs")
    if task is Task.IMAGE:
        source = tmp_path / "photos"
        files = [picture(source / label / "1.png") for label in ("beach", "city")]
        report = made_up_data.pictures_report(tmp_path, files)
        evaluation = made_up.report(tmp_path, files)
    else:
        source = tmp_path / "reviews.csv"
        source.write_text("id,review,sentiment\n1,Works.,positive\n", encoding="utf-8")
        report = made_up_data.texts_report(tmp_path)
        evaluation = made_up.report(tmp_path)
    workers.script("inspect_data", ev.DataInspected(report=report))
    described = model_description(len(report.labels)).edited(task=task, id=MODELS[task])
    workers.script("describe_model", ev.ModelDescribed(model=described))
    workers.script("evaluate", ev.EvaluationFinished(report=evaluation.edited(run=RUN)))
    answer = Probability(label="beach", probability=0.9)
    workers.scripts["predict"] = lambda arguments: [
        ev.PredictionMade(run=RUN, input=one, label="beach", probabilities=(answer,))
        for one in arguments["inputs"]
    ]
    workers.scripts["export"] = lambda arguments: [
        ev.ModelExported(
            run=RUN, certificate=made_up.certificate(Path(arguments["out"]), arguments["format"])
        )
    ]
    return source


@pytest.mark.parametrize("task", list(Task))
def test_a_user_clicks_from_a_folder_to_an_export(
    qtbot: QtBot,
    window: MainWindow,
    session: Session,
    workers: FakeWorkers,
    tmp_path: Path,
    task: Task,
) -> None:
    source = prepare(workers, task, tmp_path)
    user = User(qtbot, window, session)

    choose_model_and_data(user, task, source)
    choose_depth_and_length(user)
    train_evaluate_and_try(user, task, tmp_path)
    export(user)
    assert storage.load(session.snapshot.folder) == session.snapshot.project


def choose_model_and_data(user: User, task: Task, source: Path) -> None:
    user.click(f"New project: {task.title_text}")
    user.wait_for_page(Step.MODEL)
    user.go_on()
    assert user.session.snapshot.project.model.id == MODELS[task]
    assert user.window.step == Step.DATA
    assert drop(user.page.empty.drop_zone, source)
    user.wait_until_known()
    assert user.session.snapshot.project.data.path == str(source)
    user.go_on()


def choose_depth_and_length(user: User) -> None:
    assert user.window.step == Step.LAYERS
    user.click("Head and last blocks")
    assert user.session.snapshot.project.freeze.preset is FreezePreset.LAST_BLOCKS
    user.go_on()
    assert user.window.step == Step.HYPERPARAMETERS
    epochs = user.session.snapshot.project.training.epochs
    user.qtbot.keyClick(user.page.form.row("epochs").editor, Qt.Key.Key_Up)
    assert user.session.snapshot.project.training.epochs == epochs + 1
    assert user.session.snapshot.project.pinned == ("epochs",)
    user.go_on()


def train_evaluate_and_try(user: User, task: Task, tmp_path: Path) -> None:
    assert user.window.step == Step.TRAINING
    user.click("Start training")
    user.wait_for(lambda now: now.history.state is RunState.FINISHED)
    user.wait_for(lambda now: now.evaluation is not None)
    user.go_on()
    assert user.window.step == Step.EVALUATION
    assert user.page.figures.accuracy.text() == "65.6 %"
    asked = try_it(user.qtbot, user.page.try_it.input_panel, tmp_path, task)
    user.wait_for(lambda now: bool(now.predictions))
    assert user.session.snapshot.predictions[0].input == asked
    user.go_on()


def export(user: User) -> None:
    assert user.window.step == Step.EXPORT
    user.go_on()
    user.wait_for(lambda now: bool(now.certificates))
    user.qtbot.waitUntil(user.page.certificate.isVisible)
    assert user.session.snapshot.certificates[0].format == "onnx"


def try_it(qtbot: QtBot, panel: QWidget, tmp_path: Path, task: Task) -> str:
    if task is Task.IMAGE:
        new = picture(tmp_path / "new.png")
        assert drop(panel.drop_zone, new)
        return str(new)
    panel.text.setPlainText("It fell apart within a week.")
    qtbot.mouseClick(panel.classify_button, Qt.MouseButton.LeftButton)
    return "It fell apart within a week."


@pytest.mark.parametrize("task", list(Task))
def test_reopening_shows_everything_again(
    qtbot: QtBot,
    window: MainWindow,
    session: Session,
    workers: FakeWorkers,
    tmp_path: Path,
    task: Task,
) -> None:
    source = prepare(workers, task, tmp_path)
    user = User(qtbot, window, session)
    user.click(f"New project: {task.title_text}")
    user.wait_for_page(Step.MODEL)
    user.go_on()
    drop(window, source)
    user.wait_until_known()
    window.go_to(Step.TRAINING)
    user.click("Start training")
    qtbot.waitUntil(lambda: session.snapshot.evaluation is not None)
    before = session.snapshot
    qtbot.mouseClick(window.side.home_button, Qt.MouseButton.LeftButton)
    user.wait_for_page(WELCOME)
    qtbot.mouseClick(window.welcome.rows[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(session.snapshot.runs))
    after = session.snapshot
    assert after.project == before.project
    assert after.data_report == before.data_report
    assert after.model == before.model
    assert after.history == before.history
    assert window.step == Step.TRAINING
