"""The commands that show cleaned and varied texts, on a real table with a real worker's job."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from finetune_studio.cli import text_previews as module
from finetune_studio.cli.commands import main
from finetune_studio.engine.jobs import run_job
from finetune_studio.engine.stopping import Control
from finetune_studio.events.events import AnyEvent, Event, JobFinished
from finetune_studio.project import storage
from finetune_studio.project.choices import Task
from finetune_studio.project.project import DataChoice, Project


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project on a small table; its jobs are done here, without a process of their own."""
    rows = [f"<b>GOOD</b> film number {n} \x1b[31m,up" for n in range(20)]
    rows += [f"bad film number {n},down" for n in range(20)] + ["http://only.link,up"]
    table = tmp_path / "reviews.csv"
    table.write_text("\n".join(["text,label", *rows]) + "\n", encoding="utf-8")
    folder = tmp_path / "project"
    storage.save(Project(task=Task.TEXT, data=DataChoice(path=str(table))), folder)

    def do(job: str, arguments: dict[str, Any], _show: object) -> list[AnyEvent]:
        events: list[Any] = []

        def emit(event: Event) -> None:
            events.append(event)

        run_job(job, arguments, emit, Control())
        return [*events, JobFinished(job=job)]

    monkeypatch.setattr(module, "do", do)
    return folder


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["finetune-studio", *arguments])
    try:
        return main()
    except SystemExit as stop:
        return int(stop.code or 0)


def test_cleaning_is_shown_step_by_step_and_text_by_text(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    steps = ("--set", "cleaning=html,urls:")

    assert run(monkeypatch, "preview-cleaning", str(project), *steps) == 0
    said = capsys.readouterr().out
    assert "Together they change 21 of 41 texts; of 1 nothing is left." in said
    assert "[-<b>-]GOOD[-</b>-]" in said
    assert "[-http://only.link-]" in said
    assert "\x1b[31m" not in said
    assert storage.load(project).cleaning == ()


def test_variation_is_shown(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = ("--set", "training.word_dropout=0.5", "--epoch", "3")

    assert run(monkeypatch, "preview-variation", str(project), *settings) == 0
    assert "[-" in capsys.readouterr().out


def test_senseless_steps_and_pictures_are_told(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "preview-cleaning", str(project), "--set", "cleaning=soap") == 2
    assert "There is no step “soap”" in capsys.readouterr().err
    storage.save(Project(), project)
    assert run(monkeypatch, "preview-cleaning", str(project)) == 2
    assert "no texts" in capsys.readouterr().err
