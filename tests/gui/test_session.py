"""The session: edits, undo, saving, finding out, runs. Scripted workers, no window."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import pytest
from pytestqt.qtbot import QtBot

from finetune_studio import places, samples
from finetune_studio.events import events as ev
from finetune_studio.events.history import RunState
from finetune_studio.project import storage
from finetune_studio.project.checks import Step
from finetune_studio.project.choices import (
    ExportFormat,
    FreezePreset,
    ModelSource,
    Optimizer,
    Target,
    Task,
)
from finetune_studio.project.choosing import recommended_plan, with_model
from finetune_studio.project.freeze_plan import FreezePlan
from finetune_studio.project.problems import ProblemError
from finetune_studio.project.project import DataChoice, ModelChoice, Project
from finetune_studio.project.target import TargetReading
from finetune_studio.ui import wishes
from finetune_studio.ui.page_stack import WELCOME
from finetune_studio.ui.session import Session
from tests.gui.conftest import (
    DEATH,
    FakeWorkers,
    data_report,
    play,
    prepare_jobs,
    recording,
    write_run,
)

MINILM = ModelChoice(
    id="starter/minilm-l6", source=ModelSource.STARTER, task=Task.TEXT, title="MiniLM-L6"
)


@pytest.fixture
def opened(qtbot: QtBot, session: Session, workers: FakeWorkers, project_folder: Path) -> Session:
    """A session with a project open about which everything is known."""
    prepare_jobs(workers, project_folder)
    session.ask(wishes.OpenProject(str(project_folder)))
    qtbot.waitUntil(lambda: session.snapshot.data_report is not None)
    qtbot.waitUntil(lambda: session.snapshot.model is not None)
    qtbot.waitUntil(lambda: not session.snapshot.activities)
    return session


def train(qtbot: QtBot, session: Session) -> None:
    with qtbot.waitSignal(session.training_ended, timeout=5000):
        session.ask(wishes.StartTraining())
    qtbot.waitUntil(lambda: bool(session.snapshot.runs))
    qtbot.waitUntil(lambda: not session.snapshot.activities)


# ------------------------------------------------------------------------------------- decisions


def test_an_edit_is_on_disk_at_once(qtbot: QtBot, opened: Session, project_folder: Path) -> None:
    opened.edit(opened.snapshot.project.edited(name="Numbers"))
    qtbot.waitUntil(lambda: storage.load(project_folder).name == "Numbers", timeout=400)


def test_a_slow_disk_holds_nobody_up_and_gets_the_last_decision(
    qtbot: QtBot, opened: Session, project_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save, free, written = storage.save, threading.Event(), []

    def slow_save(project: Project, folder: Path) -> None:
        written.append(project.name)
        assert free.wait(10)
        save(project, folder)

    monkeypatch.setattr(storage, "save", slow_save)
    before = storage.load(project_folder).name
    opened.edit(opened.snapshot.project.edited(name="First"))
    qtbot.waitUntil(lambda: written == ["First"])
    opened.edit(opened.snapshot.project.edited(name="Second"))
    qtbot.wait(400)  # longer than an edit waits to be saved
    assert (written, storage.load(project_folder).name) == (["First"], before)
    free.set()
    qtbot.waitUntil(lambda: storage.load(project_folder).name == "Second")


def test_a_wish_waits_for_what_is_being_saved(
    qtbot: QtBot, opened: Session, project_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save, begun = storage.save, threading.Event()

    def slow_save(project: Project, folder: Path) -> None:
        begun.set()
        time.sleep(0.1)
        save(project, folder)

    monkeypatch.setattr(storage, "save", slow_save)
    opened.edit(opened.snapshot.project.edited(name="First"))
    qtbot.waitUntil(begun.is_set)
    opened.edit(opened.snapshot.project.edited(name="Second"))
    opened.flush()
    assert storage.load(project_folder).name == "Second"


def test_a_disk_that_fails_is_told_when_a_wish_waits_for_it(
    qtbot: QtBot, opened: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(project: Project, folder: Path) -> None:
        raise ProblemError.of("The project could not be saved.", code="project_save")

    monkeypatch.setattr(storage, "save", full)
    opened.edit(opened.snapshot.project.edited(name="First"))
    with qtbot.waitSignal(opened.problem_found, timeout=50) as told:
        opened.flush()
    assert told.args[0].code == "project_save"


def test_undo_and_redo_go_through_whole_projects(opened: Session) -> None:
    first = opened.snapshot.project
    second = first.edited(name="Numbers")
    opened.edit(second)
    opened.undo()
    assert opened.snapshot.project == first
    opened.redo()
    assert opened.snapshot.project == second
    assert opened.can_undo
    assert not opened.can_redo


def test_an_edit_that_changes_nothing_is_not_a_step_back(opened: Session) -> None:
    opened.edit(opened.snapshot.project)
    assert not opened.can_undo


def test_unpinned_settings_follow_the_freezing_and_pinned_ones_stay(opened: Session) -> None:
    project = opened.snapshot.project
    everything = FreezePlan(preset=FreezePreset.EVERYTHING)
    pinned = project.training.edited(epochs=77)
    opened.edit(project.edited(freeze=everything, training=pinned, pinned=("epochs",)))
    after = opened.snapshot.project.training
    assert after.epochs == 77
    assert after.learning_rate == 3e-4


def test_the_recommended_rate_follows_the_optimizer(opened: Session) -> None:
    project = opened.snapshot.project
    sgd = project.training.edited(optimizer=Optimizer.SGD)
    opened.edit(project.edited(training=sgd))
    assert opened.snapshot.project.training.learning_rate == pytest.approx(10 * 5e-3)


def test_the_task_follows_the_model_and_says_so(qtbot: QtBot, opened: Session) -> None:
    with qtbot.waitSignal(opened.notice_given) as blocker:
        opened.edit(opened.snapshot.project.edited(model=MINILM))
    assert "MiniLM-L6" in blocker.args[0]
    assert opened.snapshot.project.task is Task.TEXT


def test_layers_ticked_in_another_model_are_forgotten(opened: Session) -> None:
    custom = FreezePlan(preset=FreezePreset.CUSTOM, trainable=("layer4",))
    opened.edit(opened.snapshot.project.edited(freeze=custom))
    opened.edit(with_model(opened.snapshot.project, MINILM))
    assert opened.snapshot.project.freeze == recommended_plan(Task.TEXT)


def test_a_folder_that_cannot_be_written_to_is_told(
    qtbot: QtBot, opened: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def save(project: Project, folder: Path) -> None:
        raise storage.ProblemError(DEATH)

    monkeypatch.setattr(storage, "save", save)
    with qtbot.waitSignal(opened.problem_found, timeout=1000) as blocker:
        opened.edit(opened.snapshot.project.edited(name="Numbers"))
    assert blocker.args[0] == DEATH
    monkeypatch.undo()


# --------------------------------------------------------------------------------- finding out


def test_opening_finds_out_about_data_and_then_the_model_once(
    opened: Session, workers: FakeWorkers
) -> None:
    assert workers.jobs() == ["inspect_data", "describe_model"]
    assert opened.snapshot.data_report.samples == 1745
    assert len(workers.arguments("describe_model")["labels"]) == 10
    assert opened.snapshot.facts.train_samples == 1725


def test_what_was_found_out_is_shown_at_once_at_the_next_opening(
    qtbot: QtBot, opened: Session, workers: FakeWorkers, project_folder: Path
) -> None:
    workers.held |= {"inspect_data", "describe_model"}
    opened.close_project()
    assert opened.snapshot.data_report is None
    opened.ask(wishes.OpenProject(str(project_folder)))
    assert opened.snapshot.data_report.samples == 1745
    assert opened.snapshot.model.title == "EfficientNet-Lite0"


def test_other_data_are_inspected_and_the_old_report_goes_at_once(
    qtbot: QtBot, opened: Session, workers: FakeWorkers, tmp_path: Path
) -> None:
    report = data_report(tmp_path, {"cat": 30, "dog": 40})
    workers.script("inspect_data", ev.DataInspected(report=report))
    opened.edit(opened.snapshot.project.edited(data=DataChoice(path=str(tmp_path))))
    assert opened.snapshot.data_report is None
    qtbot.waitUntil(lambda: opened.snapshot.data_report == report)
    qtbot.waitUntil(lambda: opened.snapshot.model.parameters == 21_256)
    assert workers.arguments("describe_model")["labels"] == ["cat", "dog"]


def test_a_dragged_split_is_inspected_once(
    qtbot: QtBot, opened: Session, workers: FakeWorkers
) -> None:
    before = workers.jobs().count("inspect_data")
    for share in (0.2, 0.21, 0.22, 0.23):
        split = opened.snapshot.project.split.edited(validation=share)
        opened.edit(opened.snapshot.project.edited(split=split))
    qtbot.waitUntil(lambda: workers.jobs().count("inspect_data") > before)
    qtbot.wait(250)
    assert workers.jobs().count("inspect_data") == before + 1
    assert opened.can_undo
    opened.undo()
    assert opened.snapshot.project.split.validation == 0.15


def test_a_failed_inspection_stays_as_a_problem_until_dismissed(
    qtbot: QtBot, opened: Session, workers: FakeWorkers, tmp_path: Path
) -> None:
    workers.script("inspect_data", ev.JobFailed(job="inspect_data", problem=DEATH))
    with qtbot.waitSignal(opened.activity_failed):
        opened.edit(opened.snapshot.project.edited(data=DataChoice(path=str(tmp_path))))
    assert opened.snapshot.activity("inspect").problem == DEATH
    opened.ask(wishes.CancelActivity("inspect"))
    assert opened.snapshot.activity("inspect") is None


def test_progress_is_shown_and_can_be_cancelled(
    qtbot: QtBot, opened: Session, workers: FakeWorkers
) -> None:
    workers.held.add("download_model")
    moved = ev.Progress(phase="Downloading ResNet-18", done=25, total=100, seconds_left=3)
    workers.script("download_model", moved)
    key = "download:torchvision/resnet18"
    opened.ask(wishes.DownloadModel("torchvision/resnet18"))
    qtbot.waitUntil(lambda: opened.snapshot.activity(key).share == 0.25)
    assert opened.snapshot.activity(key).seconds_left == 3
    opened.ask(wishes.CancelActivity(key))
    assert opened.snapshot.activity(key) is None


def test_looking_around_finds_the_machine_and_the_models(
    qtbot: QtBot, session: Session, workers: FakeWorkers, tmp_path: Path
) -> None:
    prepare_jobs(workers, tmp_path)
    session.look_around()
    qtbot.waitUntil(lambda: session.snapshot.machine is not None)
    assert session.snapshot.machine.cores == 2


def test_a_model_is_described_even_when_its_data_cannot_be_read(
    qtbot: QtBot, session: Session, workers: FakeWorkers, project_folder: Path
) -> None:
    prepare_jobs(workers, project_folder)
    workers.script("inspect_data", ev.JobFailed(job="inspect_data", problem=DEATH))
    session.ask(wishes.OpenProject(str(project_folder)))
    qtbot.waitUntil(lambda: session.snapshot.model is not None)
    assert session.snapshot.data_report is None


# ------------------------------------------------------------------------------------ projects


def test_a_new_project_is_a_folder_and_among_the_recent_ones(
    qtbot: QtBot, session: Session
) -> None:
    with qtbot.waitSignal(session.step_requested) as blocker:
        session.ask(wishes.NewProject(Task.TEXT))
    assert blocker.args == [Step.MODEL]
    assert session.snapshot.folder == places.projects() / "Texts 1"
    assert storage.load(places.projects() / "Texts 1").task is Task.TEXT
    assert session.settings.recent[0].name == "Texts 1"
    session.ask(wishes.NewProject(Task.TEXT))
    assert session.snapshot.project.name == "Texts 2"


def test_a_sample_becomes_a_project_that_is_ready_to_train(
    qtbot: QtBot, session: Session, workers: FakeWorkers, tmp_path: Path
) -> None:
    prepare_jobs(workers, tmp_path)
    with qtbot.waitSignal(session.step_requested, timeout=15_000) as blocker:
        session.ask(wishes.OpenSample("reviews"))
    assert blocker.args == [Step.TRAINING]
    project = session.snapshot.project
    assert project.model.id == "starter/minilm-l6"
    assert Path(project.data.path).is_file()


def test_a_sample_that_cannot_be_unpacked_is_told(
    qtbot: QtBot, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unpack(sample: str, folder: Path) -> Path:
        raise BadZipFile("File is not a zip file")

    monkeypatch.setattr(samples, "unpack", unpack)
    with qtbot.waitSignal(session.problem_found) as blocker:
        session.ask(wishes.OpenSample("digits"))
        assert session.snapshot.activity("sample").busy
    assert "not a zip file" in blocker.args[0].why
    assert session.snapshot.activity("sample") is None


def test_opening_what_is_no_project_is_a_problem(
    qtbot: QtBot, session: Session, tmp_path: Path
) -> None:
    with qtbot.waitSignal(session.problem_found) as blocker:
        session.ask(wishes.OpenProject(str(tmp_path)))
    assert blocker.args[0].code == "project_missing"
    assert session.snapshot.folder is None


def test_dropped_data_start_a_project_of_the_right_kind(
    qtbot: QtBot, session: Session, tmp_path: Path
) -> None:
    for label in ("good", "bad"):
        (tmp_path / "texts" / label).mkdir(parents=True)
        (tmp_path / "texts" / label / "1.txt").write_text("some words", encoding="utf-8")
    session.take_up_data(tmp_path / "texts")
    assert session.snapshot.project.task is Task.TEXT
    assert session.snapshot.project.data.path == str(tmp_path / "texts")


def test_a_dropped_run_opens_its_project(session: Session, project_folder: Path) -> None:
    run = project_folder / "runs" / "2026-11-23-001"
    run.mkdir(parents=True)
    storage.save(storage.load(project_folder), run)
    session.take_up_data(run)
    assert session.snapshot.folder == project_folder


def test_a_dropped_model_is_taken_as_the_model(session: Session, tmp_path: Path) -> None:
    model = tmp_path / "my model"
    model.mkdir()
    (model / "model.safetensors").write_bytes(b"")
    session.take_up_data(model)
    project = session.snapshot.project
    assert project.model is not None
    assert project.model.path == str(model)
    assert project.data is None


@pytest.mark.parametrize("name", ["report.pdf", "notes.txt", "cat.png"])
def test_what_can_be_no_data_starts_no_project(
    qtbot: QtBot, session: Session, tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_bytes(b"x")
    with qtbot.waitSignal(session.problem_found) as told:
        session.take_up_data(tmp_path / name)
    assert told.args[0].what == f"{name} is no folder and no table."
    assert session.snapshot.folder is None


def test_a_dropped_project_is_opened(session: Session, project_folder: Path) -> None:
    session.take_up_data(project_folder)
    assert session.snapshot.folder == project_folder


def test_closing_a_project_saves_it_and_shows_the_welcome_page(
    qtbot: QtBot, opened: Session, project_folder: Path
) -> None:
    opened.edit(opened.snapshot.project.edited(name="Numbers"))
    with qtbot.waitSignal(opened.step_requested) as blocker:
        opened.close_project()
    assert blocker.args == [WELCOME]
    assert storage.load(project_folder).name == "Numbers"
    assert opened.settings.recent[0].name == "Numbers"
    assert not opened.can_undo


def test_damaged_settings_are_like_none(qtbot: QtBot, workers: FakeWorkers) -> None:
    places.settings_file().parent.mkdir(parents=True, exist_ok=True)
    places.settings_file().write_text("{", encoding="utf-8")
    from finetune_studio.ui.settings import Settings, SettingsFile

    assert SettingsFile(places.settings_file()).settings == Settings()


# ---------------------------------------------------------------------------------------- runs


def test_a_run_streams_into_the_snapshot_and_is_evaluated_when_it_ends(
    qtbot: QtBot, opened: Session, workers: FakeWorkers
) -> None:
    train(qtbot, opened)
    snapshot = opened.snapshot
    assert snapshot.history.state is RunState.FINISHED
    assert snapshot.history.best_epoch == 6
    assert snapshot.shown_run == "2026-11-23-001"
    assert snapshot.runs[0].usable
    assert workers.jobs()[-1] == "evaluate"
    assert workers.arguments("evaluate") == {"run": snapshot.runs[0].folder}


def test_starting_shows_at_once_that_something_happens(
    opened: Session, workers: FakeWorkers
) -> None:
    workers.held.add("train")
    opened.ask(wishes.StartTraining())
    assert opened.snapshot.history.state is RunState.PREPARING
    assert opened.is_training


def test_steps_that_were_not_told_are_read_back_when_the_run_ends(
    qtbot: QtBot, opened: Session, workers: FakeWorkers, project_folder: Path
) -> None:
    whole = recording("pictures_8_epochs")
    steps = [event for event in whole if isinstance(event, ev.StepFinished)]
    folder = project_folder / "runs" / "2026-11-23-001"

    def script(_arguments: dict[str, Any]) -> Iterator[ev.AnyEvent]:
        write_run(project_folder, whole, folder.name)
        yield from (event for event in whole[1:] if event not in steps[1:-1])

    workers.scripts["train"] = script
    opened.ask(wishes.StartTraining())
    qtbot.waitUntil(lambda: opened.snapshot.history.step_count == len(steps), timeout=5000)
    assert opened.snapshot.history.outcome is not None


def test_a_run_stopped_before_its_first_step_leaves_the_earlier_one_in_sight(
    qtbot: QtBot, opened: Session, workers: FakeWorkers, project_folder: Path
) -> None:
    whole = recording("pictures_8_epochs")
    write_run(project_folder, whole, "2026-11-23-001")

    def script(_arguments: dict[str, Any]) -> Iterator[ev.AnyEvent]:
        begun = [whole[0], ev.JobStopped(job="train")]
        write_run(project_folder, begun, "2026-11-23-002")
        yield from begun

    workers.scripts["train"] = script
    opened.ask(wishes.StartTraining())
    qtbot.waitUntil(lambda: opened.snapshot.history.run == "2026-11-23-001", timeout=5000)
    assert opened.snapshot.history.has_begun
    assert "evaluate" not in workers.jobs()
    opened.close_project()
    opened.ask(wishes.OpenProject(str(project_folder)))
    qtbot.waitUntil(lambda: opened.snapshot.history.run == "2026-11-23-001", timeout=5000)


def test_a_run_that_is_asked_for_says_at_once_what_it_learns(
    qtbot: QtBot, opened: Session, workers: FakeWorkers
) -> None:
    report = opened.snapshot.data_report
    assert report is not None
    reading = TargetReading(kind=Target.NUMBER, unit="kg")
    found = ev.DataInspected(report=report.edited(target=reading))
    workers.scripts["inspect_data"] = lambda _arguments: iter([found])
    opened.ask(wishes.InspectData())
    qtbot.waitUntil(lambda: opened.snapshot.data_report == found.report)
    workers.held.add("train")
    opened.ask(wishes.StartTraining())
    assert opened.snapshot.history.target is Target.NUMBER
    assert opened.snapshot.history.unit == "kg"


def test_only_one_run_is_trained_at_a_time(
    qtbot: QtBot, opened: Session, workers: FakeWorkers
) -> None:
    workers.held.add("train")
    workers.script("train")
    opened.ask(wishes.StartTraining())
    opened.ask(wishes.StartTraining())
    qtbot.waitUntil(lambda: "train" in workers.jobs())
    assert workers.jobs().count("train") == 1


def test_a_stopped_run_can_be_resumed(
    qtbot: QtBot, opened: Session, workers: FakeWorkers, project_folder: Path
) -> None:
    stopped = [*recording("pictures_8_epochs")[:200], ev.JobStopped(job="train")]
    write_run(project_folder, stopped, "2026-11-23-001")
    opened.close_project()
    opened.ask(wishes.OpenProject(str(project_folder)))
    qtbot.waitUntil(lambda: bool(opened.snapshot.runs))
    assert opened.snapshot.history.state is RunState.STOPPED
    done = opened.snapshot.history.epochs
    workers.held.add("train")
    workers.script("train")
    opened.ask(wishes.StartTraining(resume=True))
    assert opened.snapshot.history.epochs == done
    qtbot.waitUntil(lambda: "train" in workers.jobs())
    assert workers.arguments("train") == {
        "folder": str(project_folder),
        "resume": True,
        "run": "2026-11-23-001",
    }


def test_the_run_that_was_stopped_just_now_is_the_one_resumed(
    qtbot: QtBot, opened: Session, workers: FakeWorkers, project_folder: Path
) -> None:
    events = recording("pictures_8_epochs")
    write_run(project_folder, [*events[:200], ev.JobStopped(job="train")], "2026-01-01-001")
    opened.close_project()
    opened.ask(wishes.OpenProject(str(project_folder)))
    qtbot.waitUntil(lambda: bool(opened.snapshot.runs))
    workers.script("train", *events[:200], ev.JobStopped(job="train"))
    over_while_training: list[bool] = []

    def on_changed(_snapshot: object) -> None:
        if opened.snapshot.history.state is RunState.STOPPED:
            over_while_training.append(opened.is_training)

    opened.snapshot_changed.connect(on_changed)
    opened.ask(wishes.StartTraining())
    qtbot.waitUntil(lambda: bool(over_while_training) and not opened.is_training)
    assert not any(over_while_training)
    stopped = opened.snapshot.history.run
    assert stopped != "2026-01-01-001"
    workers.held.add("train")
    opened.ask(wishes.StartTraining(resume=True))
    qtbot.waitUntil(lambda: workers.jobs().count("train") == 2)
    assert workers.arguments("train")["run"] == stopped


def test_resuming_without_a_run_is_a_problem(qtbot: QtBot, opened: Session) -> None:
    with qtbot.waitSignal(opened.problem_found) as blocker:
        opened.ask(wishes.StartTraining(resume=True))
    assert blocker.args[0].code == "run_not_resumable"
    assert not opened.is_training


def test_a_failed_run_is_told_and_leaves_the_session_usable(
    qtbot: QtBot, opened: Session, workers: FakeWorkers
) -> None:
    play(workers, "out_of_memory")
    with qtbot.waitSignal(opened.activity_failed, timeout=5000) as blocker:
        opened.ask(wishes.StartTraining())
    assert blocker.args[0] == "train"
    assert blocker.args[1].code == "out_of_memory"
    qtbot.waitUntil(lambda: bool(opened.snapshot.runs))
    assert opened.snapshot.history.state is RunState.FAILED
    assert not opened.is_training


def test_no_other_project_is_opened_while_training(
    qtbot: QtBot, opened: Session, workers: FakeWorkers, project_folder: Path
) -> None:
    workers.held.add("train")
    opened.ask(wishes.StartTraining())
    with qtbot.waitSignal(opened.problem_found) as blocker:
        opened.ask(wishes.NewProject(Task.IMAGE))
    assert blocker.args[0].code == "still_training"
    assert opened.snapshot.folder == project_folder


def test_predictions_come_newest_first(qtbot: QtBot, opened: Session, workers: FakeWorkers) -> None:
    train(qtbot, opened)
    made = [
        ev.PredictionMade(run="2026-11-23-001", input=name, label="3", probabilities=())
        for name in ("a.png", "b.png")
    ]
    workers.script("predict", *made)
    opened.ask(wishes.Predict("2026-11-23-001", ("a.png", "b.png")))
    qtbot.waitUntil(lambda: len(opened.snapshot.predictions) == 2)
    assert [one.input for one in opened.snapshot.predictions] == ["b.png", "a.png"]


def test_an_export_asks_for_the_shown_run(
    qtbot: QtBot, opened: Session, workers: FakeWorkers, tmp_path: Path
) -> None:
    train(qtbot, opened)
    opened.ask(wishes.ExportRun(ExportFormat.ONNX, str(tmp_path / "out")))
    qtbot.waitUntil(lambda: "export" in workers.jobs())
    assert workers.arguments("export") == {
        "run": opened.snapshot.runs[0].folder,
        "format": "onnx",
        "out": str(tmp_path / "out"),
    }


def test_evaluating_without_a_run_is_a_problem(qtbot: QtBot, opened: Session) -> None:
    with qtbot.waitSignal(opened.problem_found) as blocker:
        opened.ask(wishes.EvaluateRun())
    assert blocker.args[0].code == "run_missing"


def test_closing_ends_everything_that_is_under_way(
    qtbot: QtBot, opened: Session, workers: FakeWorkers
) -> None:
    workers.held |= {"train", "evaluate", "inspect_data"}
    opened.ask(wishes.StartTraining())
    opened.ask(wishes.InspectData())
    opened.close()
    assert workers.closed
