"""The commands that need no worker, called as the program calls them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from finetune_studio.cli.commands import main
from finetune_studio.project import storage
from finetune_studio.project.project import Project


def _run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["finetune-studio", *arguments])
    try:
        return main()
    except SystemExit as stop:
        return int(stop.code or 0)


def test_models_as_json_say_what_is_here(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(monkeypatch, "models", "--json") == 0
    models = json.loads(capsys.readouterr().out)
    assert {"id", "task", "available"} <= models[0].keys()
    assert {model["task"] for model in models} == {"image", "text"}
    starters = [model for model in models if model["source"] == "starter"]
    assert len(starters) == 2
    assert all(model["available"] for model in starters)


def test_a_project_without_data_keeps_what_was_set(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "beans"
    options = ("--model", "torchvision/resnet18", "--set", "training.epochs=3")
    assert _run(monkeypatch, "new", str(folder), *options) == 0
    project = storage.load(folder)
    assert project.name == "beans"
    assert project.training.epochs == 3
    assert project.pinned == ("epochs",)
    assert project.model is not None
    assert project.model.id == "torchvision/resnet18"


def test_a_project_is_never_made_over_another(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    storage.save(Project(name="precious"), tmp_path / "beans")
    assert _run(monkeypatch, "new", str(tmp_path / "beans")) == 2
    assert storage.load(tmp_path / "beans").name == "precious"
    assert "is a project already" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("training.epochs=0", "cannot be"),
        ("training.optimiser=adam", "Did you mean optimizer?"),
        ("nonsense", "is not a setting"),
        ("data.delimiter=;", "Choose the data first"),
    ],
)
def test_wrong_settings_are_answered_in_words(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    setting: str,
    said: str,
) -> None:
    assert _run(monkeypatch, "new", str(tmp_path / "x"), "--set", setting) == 2
    shown = capsys.readouterr()
    assert said in " ".join(shown.err.split())
    assert "Traceback" not in shown.err
    assert not (tmp_path / "x").exists()


def test_runs_of_a_new_project_are_an_empty_list(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    storage.save(Project(), tmp_path / "p")
    assert _run(monkeypatch, "runs", str(tmp_path / "p"), "--json") == 0
    assert json.loads(capsys.readouterr().out) == []


def test_an_unknown_option_is_wrong_use(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _run(monkeypatch, "models", "--frobnicate") == 2


def test_only_a_project_is_opened_and_only_where_a_window_can_be_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert _run(monkeypatch, "open", str(tmp_path)) == 2
    assert "is not a project" in capsys.readouterr().err
    storage.save(Project(name="beans"), tmp_path / "beans")
    assert _run(monkeypatch, "open", str(tmp_path / "beans")) == 2
    assert "There is no display" in capsys.readouterr().err
