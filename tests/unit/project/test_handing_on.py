from __future__ import annotations

import json
from pathlib import Path

import pytest

from finetune_studio.project.choices import CleaningKind
from finetune_studio.project.choosing import with_model
from finetune_studio.project.cleaning import from_words
from finetune_studio.project.handing_on import about_cleaning, cleaning_of
from finetune_studio.project.model_catalog import RUN_RECORD, choice_from_text
from finetune_studio.project.project import ModelChoice, Project

HTML = CleaningKind.HTML.title_text


def _run(folder: Path, cleaning: str, **changes: object) -> ModelChoice:
    """The model of a made-up run."""
    steps = [step.model_dump(mode="json") for step in from_words(cleaning)]
    record = {
        "task": "text",
        "title": "MiniLM",
        "preprocessing": {"max_tokens": 64, "cleaning": steps},
        **changes,
    }
    (folder / RUN_RECORD).parent.mkdir(parents=True)
    (folder / RUN_RECORD).write_text(json.dumps(record))
    return choice_from_text(str(folder))


def _about(project: Project) -> str:
    return about_cleaning(project, cleaning_of(project.model))


def test_a_project_cleans_texts_as_the_run_did_whose_model_it_takes(tmp_path: Path) -> None:
    project = with_model(Project(), _run(tmp_path / "1", "html,urls:link"))
    assert project.cleaning == from_words("html,urls:link")
    assert _about(project).startswith(f"Taken over from MiniLM after 1: {HTML}")


def test_steps_decided_on_are_kept_and_the_difference_is_told(tmp_path: Path) -> None:
    run = _run(tmp_path / "1", "html")
    decided = with_model(Project(cleaning=from_words("lowercase")), run)
    assert decided.cleaning == from_words("lowercase")
    about = _about(decided)
    assert about == f"MiniLM after 1 learned from texts cleaned otherwise: {HTML}."


def test_steps_that_came_with_a_model_go_with_it(tmp_path: Path) -> None:
    first = with_model(Project(), _run(tmp_path / "1", "html"))
    second = with_model(first, _run(tmp_path / "2", "none"))
    assert second.cleaning == ()
    assert _about(second) == ""
    changed = second.edited(cleaning=from_words("html"))
    assert _about(changed).endswith("cleaned otherwise: not at all.")


@pytest.mark.parametrize(
    "changes",
    [
        {"preprocessing": {"size": 224}},
        {"preprocessing": None},
        {"preprocessing": {"max_tokens": 8, "cleaning": [{"kind": "unheard of"}]}},
    ],
)
def test_pictures_and_damaged_records_hand_nothing_on(
    tmp_path: Path, changes: dict[str, object]
) -> None:
    choice = _run(tmp_path / "1", "html", **changes)
    assert cleaning_of(choice) is None
    assert with_model(Project(), choice).cleaning == ()


def test_a_model_of_no_run_says_nothing() -> None:
    project = with_model(Project(), choice_from_text("starter/minilm-l6"))
    assert cleaning_of(project.model) is None
    assert _about(project) == ""
