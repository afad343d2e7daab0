from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from finetune_studio.events import events as ev
from finetune_studio.events.descriptions import Figures
from finetune_studio.events.history import RunState
from finetune_studio.project import storage
from finetune_studio.project.choices import ModelSource, Task
from finetune_studio.project.problems import Problem, ProblemError
from finetune_studio.project.project import ModelChoice, Project
from finetune_studio.runs.event_log import EventLog
from finetune_studio.runs.folder import RunFolder, list_runs, read_events, read_history, summarize
from finetune_studio.runs.lock import RunLock

DAY = dt.date(2026, 11, 23)
FIGURES = Figures(loss=0.4, accuracy=0.9, macro_f1=0.8, weighted_f1=0.85)


def epoch(number: int, *, best: bool) -> ev.EpochFinished:
    return ev.EpochFinished(
        epoch=number,
        step=number * 10,
        train_loss=1.0,
        train_accuracy=0.5,
        val_loss=0.4,
        val_accuracy=0.9,
        val_macro_f1=0.8,
        learning_rates={"head": 0.1},
        seconds=2.0,
        best=best,
    )


def record(run: RunFolder, *events: ev.Event) -> None:
    with EventLog(run.events_file) as log:
        for event in events:
            log.append(event)


def begun(run: RunFolder, *, resumed_from: int = 0) -> ev.RunStarted:
    return ev.RunStarted(
        run=run.name, folder=str(run.path), epochs=3, resumed_from=resumed_from, at=7.0
    )


def ended(run: RunFolder, *, stopped: bool = False) -> ev.RunFinished:
    return ev.RunFinished(
        run=run.name, best_epoch=1, figures=FIGURES, epochs=2, seconds=5.0, stopped=stopped
    )


def test_runs_are_named_by_day_and_number(tmp_path: Path) -> None:
    names = [RunFolder.create(tmp_path, DAY).name for _ in range(3)]
    assert names == ["2026-11-23-001", "2026-11-23-002", "2026-11-23-003"]
    assert RunFolder.create(tmp_path, dt.date(2026, 11, 24)).name == "2026-11-24-001"


def test_a_removed_run_does_not_give_its_name_to_one_before_the_newest(tmp_path: Path) -> None:
    first, _ = RunFolder.create(tmp_path, DAY), RunFolder.create(tmp_path, DAY)
    first.path.rmdir()
    assert RunFolder.create(tmp_path, DAY).name == "2026-11-23-003"


def test_two_programs_never_get_the_same_folder(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        runs = list(pool.map(lambda _: RunFolder.create(tmp_path, DAY), range(40)))
    assert len({run.name for run in runs}) == 40


def test_more_than_999_runs_a_day_are_sorted_by_number(tmp_path: Path) -> None:
    (tmp_path / "runs" / "2026-11-23-999").mkdir(parents=True)
    RunFolder.create(tmp_path, DAY)
    assert [run.name for run in list_runs(tmp_path)] == ["2026-11-23-1000", "2026-11-23-999"]


def test_a_project_folder_that_is_a_file_is_a_plain_problem(tmp_path: Path) -> None:
    (tmp_path / "p").write_text("")
    with pytest.raises(ProblemError) as caught:
        RunFolder.create(tmp_path / "p", DAY)
    assert caught.value.problem.code == "run_folder"


def test_a_finished_run_in_a_line(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path, DAY)
    model = ModelChoice(id="a/b", source=ModelSource.TIMM, task=Task.IMAGE, title="Net")
    storage.save(Project(model=model), run.path)
    record(run, begun(run), epoch(1, best=True), epoch(2, best=False), ended(run))
    summary = summarize(run.path)
    assert summary.state is RunState.FINISHED
    assert (summary.epochs, summary.planned_epochs, summary.best_epoch) == (2, 3, 1)
    assert summary.figures is not None
    assert summary.figures.accuracy == 0.9
    assert summary.figures.weighted_f1 == 0.85
    assert (summary.started_at, summary.seconds, summary.model_title) == (7.0, 5.0, "Net")
    assert summary.usable
    assert not summary.resumable


def test_a_stopped_run_can_be_gone_on_with(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path, DAY)
    record(run, begun(run), epoch(1, best=True), ended(run, stopped=True))
    assert summarize(run.path).state is RunState.STOPPED
    assert summarize(run.path).resumable


def test_a_run_whose_process_was_killed_has_failed_and_can_be_gone_on_with(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path, DAY)
    record(run, begun(run), ev.EpochStarted(epoch=1, steps=10), epoch(1, best=True))
    summary = summarize(run.path)
    assert (summary.state, summary.resumable) == (RunState.FAILED, True)
    problem = read_history(run.path).problem
    assert problem is not None
    assert problem.code == "run_interrupted"


def test_a_run_that_is_being_trained_is_not_offered_for_resuming(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path, DAY)
    record(run, begun(run), ev.EpochStarted(epoch=1, steps=10))
    with RunLock(run.path):
        summary = summarize(run.path)
    assert (summary.state, summary.resumable) == (RunState.TRAINING, False)


def test_going_on_with_a_run_that_lost_its_loss_would_lose_it_again(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path, DAY)
    problem = Problem(what="The loss is no number.", code="loss_not_finite")
    record(run, begun(run), epoch(1, best=True), ev.JobFailed(job="train", problem=problem))
    summary = summarize(run.path)
    assert (summary.state, summary.resumable, summary.usable) == (RunState.FAILED, False, True)


def test_a_resumed_run_is_counted_once(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path, DAY)
    record(run, begun(run), epoch(1, best=True), epoch(2, best=True))
    record(run, begun(run, resumed_from=1), epoch(2, best=True), ended(run))
    summary = summarize(run.path)
    assert (summary.epochs, summary.state) == (2, RunState.FINISHED)


def test_an_empty_folder_is_a_run_that_did_nothing(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path, DAY)
    summary = summarize(run.path)
    assert (summary.state, summary.usable, summary.resumable) == (RunState.NONE, False, False)


def test_events_are_read_back_in_full(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path, DAY)
    step = ev.StepFinished(step=1, epoch=1, loss=0.5, accuracy=0.5, learning_rates={"head": 0.1})
    record(run, begun(run), step)
    assert list(read_events(run.path)) == [begun(run), step]
