"""The command that writes varied pictures."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from finetune_studio.cli import preview_augmentation as module
from finetune_studio.cli.commands import main
from finetune_studio.events.descriptions import VariedPicture
from finetune_studio.events.events import AnyEvent, JobFinished, PicturesVaried
from finetune_studio.project import storage
from finetune_studio.project.choices import Augmentation, Task
from finetune_studio.project.project import Project


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["finetune-studio", "preview-augmentation", *arguments])
    try:
        return main()
    except SystemExit as stop:
        return int(stop.code or 0)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the job was asked for."""
    found: list[dict[str, Any]] = []

    def do(job: str, arguments: dict[str, Any], _show: object) -> list[AnyEvent]:
        found.append({"job": job, **arguments})
        picture = VariedPicture(label="cat", where="cats/1.jpg", path="1.png", varied=("2.png",))
        return [PicturesVaried(pictures=(picture,)), JobFinished(job=job)]

    monkeypatch.setattr(module, "do", do)
    return found


def test_settings_and_choices_reach_the_job(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    asked: list[dict[str, Any]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    storage.save(Project(), tmp_path / "project")
    setting = ("--set", "training.augmentation=strong", "--set", "training.augment_strength=1.5")
    out = tmp_path / "out"

    code = run(
        *(monkeypatch, str(tmp_path / "project"), "--out", str(out), *setting),
        *("--pictures", "2", "--variations", "6", "--which", "3", "--chance", "1"),
    )

    assert code == 0
    (arguments,) = asked
    assert arguments["out"] == str(out)
    training = arguments["project"]["training"]
    assert (training["augmentation"], training["augment_strength"]) == ("strong", 1.5)
    show = {"pictures": 2, "variations": 6, "which": 3, "chance": 1, "side": 0}
    assert arguments["show"] == show
    assert "cat: cats/1.jpg" in capsys.readouterr().out
    assert storage.load(tmp_path / "project").training.augmentation is Augmentation.LIGHT


@pytest.mark.parametrize(
    ("project", "settings", "said"),
    [
        (Project(), ("--set", "training.augmentation=off"), "not varied"),
        (Project(), ("--set", "training.augment_strength=0"), "not varied"),
        (Project(task=Task.TEXT), (), "about texts"),
    ],
)
def test_where_nothing_varies_it_says_so(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    asked: list[dict[str, Any]],
    capsys: pytest.CaptureFixture[str],
    project: Project,
    settings: tuple[str, ...],
    said: str,
) -> None:
    storage.save(project, tmp_path / "project")

    code = run(monkeypatch, str(tmp_path / "project"), "--out", str(tmp_path / "out"), *settings)

    assert code == 2
    assert asked == []
    assert said in capsys.readouterr().err
