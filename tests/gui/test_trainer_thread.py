"""The thread that follows a run: everything folded, nothing queued, always waited for."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator

import psutil
import pytest
from pytestqt.qtbot import QtBot

from finetune_studio.events import events as ev
from finetune_studio.events.commands import Continue, Pause, Run, Stop
from finetune_studio.events.history import RunHistory, RunState, replay
from finetune_studio.project.problems import ProblemError
from finetune_studio.ui.trainer_thread import TrainerThread
from finetune_studio.ui.workers import Errand
from tests.gui.conftest import DEATH, FakeWorker, FakeWorkers, recording

PREPARING = RunHistory(state=RunState.PREPARING)


@pytest.fixture
def trainer(qtbot: QtBot, workers: FakeWorkers) -> Iterator[TrainerThread]:
    thread = TrainerThread(Errand(workers, Run(job="train")), PREPARING)
    yield thread
    thread.close()


def ended(qtbot: QtBot, trainer: TrainerThread) -> RunHistory:
    with qtbot.waitSignal(trainer.run_ended, timeout=5000) as blocker:
        trainer.begin()
    return blocker.args[0]


def test_a_recorded_run_ends_as_its_replay_does(
    qtbot: QtBot, workers: FakeWorkers, trainer: TrainerThread
) -> None:
    events = recording("pictures_8_epochs")
    workers.script("train", *events[1:])
    history = ended(qtbot, trainer)
    expected = replay(events)
    assert history.outcome == expected.outcome
    assert history.epochs == expected.epochs
    assert history.curve == expected.curve
    assert history.state is RunState.FINISHED


def test_a_failing_run_ends_with_its_problem(
    qtbot: QtBot, workers: FakeWorkers, trainer: TrainerThread
) -> None:
    workers.script("train", *recording("out_of_memory")[1:])
    history = ended(qtbot, trainer)
    assert history.state is RunState.FAILED
    assert history.problem.code == "out_of_memory"
    assert history.best_epoch == 2


def test_a_failure_before_the_run_has_started_is_not_lost(
    qtbot: QtBot, workers: FakeWorkers, trainer: TrainerThread
) -> None:
    workers.script("train", ev.JobFailed(job="train", problem=DEATH))
    assert ended(qtbot, trainer).problem == DEATH


def test_a_worker_that_cannot_be_started_is_a_failed_run(
    qtbot: QtBot, workers: FakeWorkers, trainer: TrainerThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    def take() -> FakeWorker:
        raise ProblemError(DEATH)

    monkeypatch.setattr(workers, "take", take)
    assert ended(qtbot, trainer).problem == DEATH


def test_a_computer_that_starts_no_more_processes_is_a_failed_run(
    qtbot: QtBot, workers: FakeWorkers, trainer: TrainerThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    def take() -> FakeWorker:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(workers, "take", take)
    assert ended(qtbot, trainer).problem.code == "worker_not_started"


def test_a_pipe_closed_under_its_reader_is_a_failed_run(
    qtbot: QtBot, workers: FakeWorkers, trainer: TrainerThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    def events(worker: FakeWorker) -> Iterator[ev.AnyEvent]:
        yield ev.JobStarted(job="train")
        raise ValueError("readline of closed file")

    monkeypatch.setattr(FakeWorker, "events", events)
    assert ended(qtbot, trainer).problem.code == "worker_silent"


def test_a_worker_that_ends_in_silence_is_a_failed_run(
    qtbot: QtBot, workers: FakeWorkers, trainer: TrainerThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeWorker, "events", lambda self: iter(()))
    assert ended(qtbot, trainer).problem.code == "worker_silent"


def test_pause_continue_and_stop_reach_the_worker(
    qtbot: QtBot, workers: FakeWorkers, trainer: TrainerThread
) -> None:
    workers.held.add("train")
    workers.script("train", *recording("pictures_8_epochs")[1:60])
    trainer.send(Pause())  # before there is a worker
    trainer.begin()
    qtbot.waitUntil(lambda: len(workers.commands) == 2)
    trainer.send(Continue())
    trainer.send(Stop())
    with qtbot.waitSignal(trainer.run_ended, timeout=5000) as blocker:
        pass
    assert blocker.args[0].state is RunState.STOPPED
    assert [type(command) for command in workers.commands] == [Run, Pause, Continue, Stop]


def test_closing_kills_the_worker_and_waits(
    qtbot: QtBot, workers: FakeWorkers, trainer: TrainerThread
) -> None:
    workers.held.add("train")
    workers.script("train", *recording("pictures_8_epochs")[1:60])
    signals: list[object] = []
    trainer.run_ended.connect(signals.append)
    trainer.begin()
    qtbot.waitUntil(lambda: bool(workers.commands))
    trainer.close()
    assert trainer.isFinished()
    qtbot.wait(60)
    assert signals == []


def flood(seconds: float, per_second: int) -> Iterator[ev.AnyEvent]:
    yield ev.RunStarted(run="r", folder="f", epochs=1)
    yield ev.EpochStarted(epoch=1, steps=1_000_000)
    begin = time.monotonic()
    for step in itertools.count(1):
        due = begin + step / per_second
        ahead = due - time.monotonic()
        if ahead > 0.002:
            time.sleep(ahead)
        if time.monotonic() - begin > seconds:
            return
        yield ev.StepFinished(
            step=step, epoch=1, loss=1.0, accuracy=0.5, learning_rates={"head": 1e-3}
        )


def test_a_flood_of_events_neither_queues_up_nor_holds_the_window(
    qtbot: QtBot, workers: FakeWorkers, trainer: TrainerThread
) -> None:
    workers.scripts["train"] = lambda arguments: flood(3.0, 5_000)
    shown: list[int] = []
    trainer.history_changed.connect(lambda history: shown.append(history.step_count))
    before = psutil.Process().memory_info().rss
    with qtbot.waitSignal(trainer.run_ended, timeout=20_000) as blocker:
        trainer.begin()
    last = blocker.args[0]
    assert last.step_count > 5_000
    assert list(last.curve.steps) == list(range(1, last.step_count + 1))
    assert len(shown) <= 3.5 * 10
    assert shown == sorted(set(shown))
    assert psutil.Process().memory_info().rss - before < 30_000_000


def test_a_window_that_was_away_sees_the_latest_state_once(
    qtbot: QtBot, workers: FakeWorkers, trainer: TrainerThread
) -> None:
    workers.held.add("train")
    workers.script("train", *recording("pictures_8_epochs")[1:200])
    shown: list[RunHistory] = []
    trainer.history_changed.connect(shown.append)
    trainer.begin()
    time.sleep(0.5)  # the window does nothing meanwhile
    qtbot.waitUntil(lambda: bool(shown))
    qtbot.wait(120)
    assert len(shown) == 1
    assert shown[0].step_count == replay(recording("pictures_8_epochs")[:200]).step_count
