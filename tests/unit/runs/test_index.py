from __future__ import annotations

import random
import sqlite3
from pathlib import Path

import pytest

from finetune_studio.events import events as ev
from finetune_studio.events.history import RunState
from finetune_studio.runs import index as index_module
from finetune_studio.runs.event_log import EventLog
from finetune_studio.runs.folder import RunFolder, list_runs
from finetune_studio.runs.index import RunIndex
from finetune_studio.runs.lock import RunLock


def make_run(project: Path, *, finished: bool = False) -> RunFolder:
    run = RunFolder.create(project)
    with EventLog(run.events_file) as log:
        log.append(ev.RunStarted(run=run.name, folder=str(run.path), epochs=3))
        if finished:
            log.append(ev.JobStopped(job="train"))
    return run


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for _ in range(3):
        make_run(tmp_path / "project", finished=True)
    return tmp_path / "project"


def names(index: RunIndex, project: Path) -> list[str]:
    return [summary.name[-3:] for summary in index.runs(project)]


def test_the_index_says_what_the_folders_say(tmp_path: Path, project: Path) -> None:
    index = RunIndex(tmp_path / "runs.sqlite")
    assert index.runs(project) == list_runs(project)
    assert index.runs(project) == list_runs(project)
    index.close()


def test_only_folders_that_changed_are_read_again(
    tmp_path: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = RunIndex(tmp_path / "runs.sqlite")
    index.runs(project)
    read: list[str] = []
    real = index_module.summarize
    monkeypatch.setattr(
        index_module, "summarize", lambda folder: (read.append(folder.name[-3:]), real(folder))[1]
    )
    index.runs(project)
    assert read == []
    with EventLog(project / "runs" / f"{list_runs(project)[1].name}" / "events.jsonl") as log:
        log.append(ev.JobStopped(job="train"))
    index.runs(project)
    assert read == ["002"]
    index.close()


def test_what_is_new_appears_and_what_is_gone_disappears(tmp_path: Path, project: Path) -> None:
    index = RunIndex(tmp_path / "runs.sqlite")
    assert names(index, project) == ["003", "002", "001"]
    make_run(project)
    (RunFolder(Path(list_runs(project)[2].folder)).events_file).unlink()
    Path(list_runs(project)[2].folder).rmdir()
    assert names(index, project) == ["004", "003", "001"]
    index.close()


def test_a_run_that_is_trained_now_is_read_each_time(tmp_path: Path, project: Path) -> None:
    index = RunIndex(tmp_path / "runs.sqlite")
    run = make_run(project)
    with RunLock(run.path):
        assert index.runs(project)[0].state is RunState.PREPARING
    assert index.runs(project)[0].state is RunState.FAILED
    index.close()


def test_the_index_survives_a_restart(tmp_path: Path, project: Path) -> None:
    index = RunIndex(tmp_path / "runs.sqlite")
    before = index.runs(project)
    index.close()
    index = RunIndex(tmp_path / "runs.sqlite")
    assert not index.rebuilt
    assert index.runs(project) == before
    index.close()


def test_a_damaged_index_is_set_aside_and_built_again(tmp_path: Path, project: Path) -> None:
    dice = random.Random(5)
    file = tmp_path / "runs.sqlite"
    index = RunIndex(file)
    before = index.runs(project)
    index.close()
    sound = file.read_bytes()
    for _ in range(25):
        place = dice.randrange(0, len(sound) - 1024)
        file.write_bytes(sound[:place] + dice.randbytes(1024) + sound[place + 1024 :])
        index = RunIndex(file)
        assert index.runs(project) == before
        index.close()


def test_an_index_with_strange_triggers_is_not_used(tmp_path: Path, project: Path) -> None:
    file = tmp_path / "runs.sqlite"
    RunIndex(file).close()
    with sqlite3.connect(file) as database:
        database.execute("CREATE TRIGGER t AFTER INSERT ON runs BEGIN DELETE FROM runs; END")
    database.close()
    index = RunIndex(file)
    assert index.rebuilt
    assert len(index.runs(project)) == 3
    index.close()


def test_an_index_of_a_newer_program_is_left_byte_for_byte(tmp_path: Path, project: Path) -> None:
    file = tmp_path / "runs.sqlite"
    with sqlite3.connect(file) as database:
        database.execute("CREATE TABLE later (x)")
        database.execute("PRAGMA user_version = 99")
    database.close()
    before = file.read_bytes()
    index = RunIndex(file)
    assert len(index.runs(project)) == 3
    index.close()
    assert file.read_bytes() == before


def test_every_write_is_on_the_disk_before_it_counts(tmp_path: Path) -> None:
    index = RunIndex(tmp_path / "runs.sqlite")
    pragmas = {
        name: index._database.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "trusted_schema")
    }
    index.close()
    assert pragmas == {"journal_mode": "truncate", "synchronous": 2, "trusted_schema": 0}
