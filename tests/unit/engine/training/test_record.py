from __future__ import annotations

import os
from pathlib import Path

import pytest

from finetune_studio.engine.training.record import Record
from finetune_studio.events import events as ev
from finetune_studio.runs.event_log import read_log


def step(number: int) -> ev.StepFinished:
    return ev.StepFinished(step=number, epoch=1, loss=1.0, accuracy=0.5, learning_rates={})


def test_everything_but_progress_is_written_down_with_the_time(tmp_path: Path) -> None:
    told: list[ev.Event] = []
    record = Record(tmp_path / "e.jsonl", told.append)
    record(ev.EpochStarted(epoch=1, steps=2))
    record(ev.Progress(phase="Validating", done=1))
    record.close()
    (written,) = read_log(tmp_path / "e.jsonl")
    assert isinstance(written, ev.EpochStarted)
    assert written.at > 1.7e9
    assert [type(event) for event in told] == [ev.EpochStarted, ev.Progress]


def test_an_event_that_says_when_it_happened_keeps_its_time(tmp_path: Path) -> None:
    record = Record(tmp_path / "e.jsonl", lambda event: None)
    record.steps([step(1).edited(at=5.0), step(2)])
    record.close()
    first, second = read_log(tmp_path / "e.jsonl")
    assert first.at == 5.0
    assert second.at > 1.7e9


def test_of_many_steps_all_are_written_and_few_are_told(tmp_path: Path) -> None:
    now = 0.0
    told: list[ev.Event] = []
    record = Record(tmp_path / "e.jsonl", told.append, clock=lambda: now)
    for number in range(1, 301):
        now += 0.001
        record.steps([step(number)])
    record.steps([], tell=True)
    record.steps([], tell=True)
    record.close()
    assert len(list(read_log(tmp_path / "e.jsonl"))) == 300
    assert 5 <= len(told) <= 12
    assert isinstance(told[-1], ev.StepFinished)
    assert told[-1].step == 300
    assert len({event.step for event in told if isinstance(event, ev.StepFinished)}) == len(told)


def test_a_note_is_written_and_not_told(tmp_path: Path) -> None:
    told: list[ev.Event] = []
    record = Record(tmp_path / "e.jsonl", told.append)
    record.note(ev.JobStopped(job="train"))
    record.close()
    assert told == []
    assert [type(event) for event in read_log(tmp_path / "e.jsonl")] == [ev.JobStopped]


def test_an_epochs_end_is_on_the_disk_before_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda handle: order.append("synced"))
    record = Record(tmp_path / "e.jsonl", lambda event: order.append(type(event).__name__))
    record(ev.EpochStarted(epoch=1, steps=2))
    record(ev.CheckpointSaved(epoch=1, path="x", best=True))
    record.close()
    assert order == ["EpochStarted", "synced", "CheckpointSaved"]
