from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from finetune_studio.project import storage
from finetune_studio.project.choices import ModelSource, Optimizer, Task
from finetune_studio.project.freeze_plan import FreezePlan, FreezePreset
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.problems import ProblemError
from finetune_studio.project.project import DataChoice, ModelChoice, Project

EVERYTHING = Project(
    name="Käfer & <b>Motten</b>",
    task=Task.TEXT,
    model=ModelChoice(
        id="starter/minilm-l6", source=ModelSource.STARTER, task=Task.TEXT, title="MiniLM"
    ),
    data=DataChoice(path="/data/ä.csv", delimiter="\t", leave_out=("text_empty",)),
    freeze=FreezePlan(preset=FreezePreset.CUSTOM, trainable=("head", "encoder.layer.5")),
    training=Hyperparameters(optimizer=Optimizer.SGD, learning_rate=0.123456789012345),
    pinned=("optimizer",),
)


def problem_of(folder: Path) -> str:
    with pytest.raises(ProblemError) as caught:
        storage.load(folder)
    assert str(folder) in caught.value.problem.where
    assert caught.value.problem.remedy
    return caught.value.problem.code


@pytest.mark.parametrize("project", [Project(), EVERYTHING])
def test_what_is_saved_is_loaded(tmp_path: Path, project: Project) -> None:
    storage.save(project, tmp_path / "project")
    assert storage.is_project(tmp_path / "project")
    assert storage.load(tmp_path / "project") == project


def test_a_folder_without_a_project_says_so(tmp_path: Path) -> None:
    assert not storage.is_project(tmp_path)
    assert problem_of(tmp_path) == "project_missing"


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        '{"task": "music"}',
        '{"training": {"epochs": -1}}',
        '{"surprise": 1}',
        '{"split": {"validation": 0.8, "test": 0.8}}',
        "\x00\x00",
    ],
)
def test_a_damaged_file_is_named_and_left_alone(tmp_path: Path, content: str) -> None:
    storage.project_file(tmp_path).write_text(content)
    assert problem_of(tmp_path) == "project_damaged"
    assert storage.project_file(tmp_path).read_text() == content


def test_a_file_that_is_no_text_is_damaged(tmp_path: Path) -> None:
    storage.project_file(tmp_path).write_bytes(os.urandom(200) + b"\xff\xfe")
    assert problem_of(tmp_path) == "project_damaged"


def test_a_project_of_a_newer_program_is_refused_and_left_byte_for_byte(tmp_path: Path) -> None:
    content = json.dumps({"version": 99, "future": True})
    storage.project_file(tmp_path).write_text(content)
    assert problem_of(tmp_path) == "project_newer"
    assert storage.project_file(tmp_path).read_text() == content


def test_a_project_without_a_version_is_of_the_first(tmp_path: Path) -> None:
    storage.project_file(tmp_path).write_text('{"name": "old"}')
    assert storage.load(tmp_path).name == "old"


def test_older_projects_are_brought_up_to_date_step_by_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "FORMAT_VERSION", 3)
    renamed = {1: lambda raw: {"title": raw["label"]}, 2: lambda raw: {"name": raw["title"]}}
    monkeypatch.setattr(storage, "_MIGRATIONS", renamed)
    storage.project_file(tmp_path).write_text('{"version": 1, "label": "old"}')
    assert storage.load(tmp_path).name == "old"


def test_a_folder_that_cannot_be_made_is_a_plain_problem(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ProblemError) as caught:
        storage.save(Project(), tmp_path / "file" / "project")
    assert caught.value.problem.code == "project_save"
