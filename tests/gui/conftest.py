"""Workers that say what a script tells them, and a session and window on top of them."""

from __future__ import annotations

import gc
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QGuiApplication

from finetune_studio import places
from finetune_studio.events import events as ev
from finetune_studio.events.commands import AnyCommand, Continue, Pause, Run, Stop
from finetune_studio.events.descriptions import (
    BlockDescription,
    DataReport,
    DeviceDescription,
    LabelCount,
    LayerNode,
    MachineDescription,
    ModelDescription,
)
from finetune_studio.events.wire import event_line, parse_event
from finetune_studio.project import storage
from finetune_studio.project.choices import DataKind, ModelSource, Task
from finetune_studio.project.problems import Problem
from finetune_studio.project.project import DataChoice, ModelChoice, Project
from finetune_studio.ui.session import Session
from finetune_studio.ui.settings import SettingsFile

RECORDINGS = Path(__file__).parent / "recordings"
Script = Callable[[dict[str, Any]], Iterable[ev.AnyEvent]]


def recording(name: str) -> tuple[ev.AnyEvent, ...]:
    """The events of a recorded run."""
    lines = (RECORDINGS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(parse_event(line) for line in lines)


class FakeWorker:
    """Does a job by saying its script's lines; stops, pauses and dies like a real one."""

    def __init__(self, workers: FakeWorkers) -> None:
        self._workers = workers
        self._commands: queue.SimpleQueue[AnyCommand | None] = queue.SimpleQueue()
        self._job: queue.SimpleQueue[Run | None] = queue.SimpleQueue()
        self._go_on = threading.Event()
        self._go_on.set()
        self._stopped = threading.Event()
        self._killed = threading.Event()

    def send(self, command: AnyCommand) -> None:
        self._workers.commands.append(command)
        match command:
            case Run():
                self._job.put(command)
            case Stop():
                self._stopped.set()
                self._go_on.set()
            case Pause():
                self._go_on.clear()
            case Continue():
                self._go_on.set()

    def events(self) -> Iterator[ev.AnyEvent]:
        job = self._job.get()
        if job is None:
            return
        yield ev.JobStarted(job=job.job, pid=1)
        for event in self._workers.scripts[job.job](job.arguments):
            if self._stopped.is_set() and job.job not in self._workers.deaf:
                yield ev.JobStopped(job=job.job)
                return
            if not self._go_on.is_set():
                yield ev.RunPaused(step=0)
                self._go_on.wait()
                yield ev.RunContinued(step=0)
            if self._killed.is_set():
                yield ev.JobFailed(job=job.job, problem=DEATH)
                return
            yield event
            if isinstance(event, ev.JOB_ENDS):
                return
        self._workers.wait(self._stopped, self._killed, job.job)
        if self._killed.is_set():
            yield ev.JobFailed(job=job.job, problem=DEATH)
        elif self._stopped.is_set():
            yield ev.JobStopped(job=job.job)
        else:
            yield ev.JobFinished(job=job.job)

    def kill(self) -> None:
        self._killed.set()
        self._go_on.set()
        self._job.put(None)


class FakeWorkers:
    """Hands out fake workers.

    Attributes:
        scripts: what is said for a job, by its name; a job without a script finishes at once.
        commands: everything that was sent to any worker, oldest first.
        held: jobs that do not end by themselves after their script.
        deaf: jobs that do not even end when they are told to.
    """

    def __init__(self) -> None:
        self.scripts: dict[str, Script] = _Scripts()
        self.commands: list[AnyCommand] = []
        self.held: set[str] = set()
        self.deaf: set[str] = set()
        self.closed = False

    def take(self) -> FakeWorker:
        return FakeWorker(self)

    def close(self) -> None:
        self.closed = True

    def script(self, job: str, *events: ev.AnyEvent) -> None:
        """Have a job say these events."""
        self.scripts[job] = lambda arguments: events

    def jobs(self) -> list[str]:
        """The names of the jobs that were started, oldest first."""
        return [command.job for command in self.commands if isinstance(command, Run)]

    def arguments(self, job: str) -> dict[str, Any]:
        """What the last job of that name was given."""
        runs = [c for c in self.commands if isinstance(c, Run) and c.job == job]
        return runs[-1].arguments

    def wait(self, stopped: threading.Event, killed: threading.Event, job: str) -> None:
        while job in self.deaf and not killed.is_set():
            killed.wait(0.01)
        while job in self.held and not stopped.is_set() and not killed.is_set():
            stopped.wait(0.01)


class _Scripts(dict[str, Script]):
    def __missing__(self, job: str) -> Script:
        return lambda arguments: ()


DEATH = Problem(what="The worker died.", why="It was killed.", remedy="Resume.", code="died")


@pytest.fixture(autouse=True)
def _garbage_in_the_main_thread() -> Iterator[None]:
    """As in the application: a collection in another thread would destroy widgets there."""
    gc.disable()
    yield
    gc.collect(1)
    # No event loop runs on that would, and every change of style reaches all that is there.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture(autouse=True)
def _nothing_of_python_on_the_clipboard() -> Iterator[None]:
    """What a test left there would be destroyed by Qt after Python is gone."""
    yield
    if QGuiApplication.instance() is not None:
        QGuiApplication.clipboard().clear()


@pytest.fixture
def workers() -> FakeWorkers:
    return FakeWorkers()


@pytest.fixture
def session(qtbot: Any, workers: FakeWorkers) -> Iterator[Session]:
    """A session on fake workers, with settings of its own."""
    session = Session(workers, SettingsFile(places.settings_file()))
    yield session
    session.close()


def write_run(project_folder: Path, events: Iterable[ev.AnyEvent], name: str) -> Path:
    """Put a run on disk as a worker would have left it."""
    folder = project_folder / "runs" / name
    folder.mkdir(parents=True)
    (folder / "events.jsonl").write_bytes(b"".join(event_line(event) for event in events))
    return folder


def play(workers: FakeWorkers, name: str) -> None:
    """Have training say a recording, and leave its run folder behind."""

    def script(arguments: dict[str, Any]) -> Iterator[ev.AnyEvent]:
        folder = Path(arguments["folder"]) / "runs" / "2026-11-23-001"
        events = [
            event.edited(folder=str(folder)) if isinstance(event, ev.RunStarted) else event
            for event in recording(name)
        ]
        write_run(Path(arguments["folder"]), events, folder.name)
        yield from events[1:]

    workers.scripts["train"] = script


def data_report(path: Path, counts: dict[str, int], task: Task = Task.IMAGE) -> DataReport:
    """A report as an inspection would give it."""
    labels = tuple(
        LabelCount(label=name, count=n, train=n - 2, validation=1, test=1)
        for name, n in sorted(counts.items())
    )
    return DataReport(
        path=str(path),
        task=task,
        kind=DataKind.IMAGE_FOLDER if task is Task.IMAGE else DataKind.TABLE,
        samples=sum(counts.values()),
        labels=labels,
    )


def model_description(labels: int = 10) -> ModelDescription:
    """A small model of three blocks."""
    sizes = {"stem": 1_000, "stage": 20_000, "head": 128 * labels}
    nodes = tuple(
        LayerNode(path=path, name=path.title(), kind="Sequential", parameters=size)
        for path, size in sizes.items()
    )
    total = sum(sizes.values())
    return ModelDescription(
        id="starter/efficientnet_lite0",
        title="EfficientNet-Lite0",
        task=Task.IMAGE,
        parameters=total,
        input_size=224,
        transformer=False,
        licence="Apache-2.0",
        blocks=tuple(
            BlockDescription(
                name=node.name,
                paths=(node.path,),
                parameters=node.parameters,
                seconds=0.001,
                activation_bytes=1_000_000,
            )
            for node in nodes
        ),
        tree=LayerNode(path="", name="", kind="Net", parameters=total, children=nodes),
    )


def prepare_jobs(workers: FakeWorkers, data: Path) -> None:
    """Have every job find something believable."""
    counts = {str(digit): 170 + digit for digit in range(10)}
    machine = MachineDescription(
        devices=(DeviceDescription(id="cpu", title="Processor", memory=16_000_000_000),),
        cores=2,
        memory=16_000_000_000,
        bf16_fast=False,
        versions={"torch": "2.14"},
    )
    workers.script("describe_machine", ev.MachineDescribed(machine=machine))
    workers.script("inspect_data", ev.DataInspected(report=data_report(data, counts)))
    workers.scripts["describe_model"] = _describe
    play(workers, "pictures_8_epochs")


def _describe(arguments: dict[str, Any]) -> tuple[ev.AnyEvent, ...]:
    labels = arguments.get("labels", ["1", "2"])
    return (ev.ModelDescribed(model=model_description(len(labels))),)


EFFICIENTNET = ModelChoice(
    id="starter/efficientnet_lite0",
    source=ModelSource.STARTER,
    task=Task.IMAGE,
    title="EfficientNet-Lite0",
)


@pytest.fixture
def project_folder(tmp_path: Path) -> Path:
    """A project that is ready to train."""
    data = tmp_path / "pictures"
    data.mkdir()
    folder = tmp_path / "project"
    project = Project(name="Digits", model=EFFICIENTNET, data=DataChoice(path=str(data)))
    storage.save(project, folder)
    return folder
