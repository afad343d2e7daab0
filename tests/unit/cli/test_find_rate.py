from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from finetune_studio.cli import find_rate
from finetune_studio.cli.commands import app
from finetune_studio.events.events import JobFinished, RatesSuggested
from finetune_studio.project import storage
from finetune_studio.project.problems import ProblemError
from finetune_studio.project.project import Project

FOUND = RatesSuggested(tried=80, diverged=True, valley=1.26e-3, steepest=4e-4, minimum=None)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the worker was asked for; it answers at once."""
    seen: list[dict[str, Any]] = []

    def done(job: str, arguments: dict[str, Any], show: object) -> list[object]:
        seen.append({"job": job, **arguments})
        return [FOUND, JobFinished(job=job)]

    monkeypatch.setattr(find_rate, "do", done)
    return seen


def test_suggestions_are_listed_and_nothing_is_stored(
    tmp_path: Path, asked: list[dict[str, Any]]
) -> None:
    storage.save(Project(), tmp_path)
    result = CliRunner().invoke(app, ["find-rate", str(tmp_path), "--set", "training.seed=7"])
    assert result.exit_code == 0, result.output
    assert "80 rates tried, until the loss shot up." in result.output
    assert "1.3e-3" in result.output
    assert asked[0]["job"] == "find_learning_rate"
    assert asked[0]["project"]["training"]["seed"] == 7
    assert storage.load(tmp_path) == Project()


def test_taking_one_stores_and_pins_it(tmp_path: Path, asked: list[dict[str, Any]]) -> None:
    storage.save(Project(), tmp_path)
    result = CliRunner().invoke(
        app, ["find-rate", str(tmp_path), "--take", "valley", "--set", "training.seed=7"]
    )
    assert result.exit_code == 0, result.output
    project = storage.load(tmp_path)
    assert project.training.learning_rate == 1.3e-3
    assert project.pinned == ("learning_rate",)


def test_what_was_not_suggested_cannot_be_taken(
    tmp_path: Path, asked: list[dict[str, Any]]
) -> None:
    storage.save(Project(), tmp_path)
    result = CliRunner().invoke(app, ["find-rate", str(tmp_path), "--take", "minimum"])
    assert isinstance(result.exception, ProblemError)
    assert storage.load(tmp_path) == Project()
