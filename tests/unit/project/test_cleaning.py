"""The list of steps: written down, arranged, moved, and checked."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from finetune_studio.project import storage
from finetune_studio.project.choices import CleaningKind
from finetune_studio.project.cleaning import (
    RECOMMENDED,
    CleaningStep,
    active,
    arranged,
    from_words,
    in_words,
    moved,
    recommended,
    usual,
    with_step,
)
from finetune_studio.project.problems import ProblemError
from finetune_studio.project.project import Project
from finetune_studio.project.settings_path import with_setting


def test_steps_are_written_down_and_read_back() -> None:
    text = "html,urls:link,emails:,repeated:2,emoji:named,lowercase"

    steps = from_words(text)

    assert [step.kind.value for step in steps] == [
        "html", "urls", "emails", "repeated", "emoji", "lowercase",
    ]  # fmt: skip
    assert (steps[1].word, steps[2].word, steps[3].most, steps[4].named) == ("link", "", 2, True)
    assert in_words(steps) == text
    assert from_words(in_words(steps)) == steps


def test_none_and_nothing_are_no_steps() -> None:
    assert from_words("none") == from_words("") == ()
    assert in_words(()) == "none"
    assert [step.kind for step in from_words("recommended")] == list(RECOMMENDED)


@pytest.mark.parametrize(
    "text", ["nonsense", "html,html", "repeated:0", "repeated:x", "html:1", "emoji:big", "html,"]
)
def test_senseless_steps_are_told(text: str) -> None:
    with pytest.raises(ProblemError) as caught:
        from_words(text)
    assert caught.value.problem.code == "setting_value"
    assert "lowercase" in caught.value.problem.remedy


def test_the_command_line_sets_the_whole_list() -> None:
    project = with_setting(Project(), "cleaning=html,lowercase")

    assert in_words(project.cleaning) == "html,lowercase"
    assert project.pinned == ()
    assert with_setting(project, "cleaning=none").cleaning == ()


def test_a_project_keeps_its_steps_in_their_order(tmp_path: Path) -> None:
    steps = moved(arranged(from_words("lowercase,html")), 1, 0)
    project = Project(cleaning=steps)
    storage.save(project, tmp_path)

    assert storage.load(tmp_path).cleaning == steps
    assert [step.kind.value for step in active(steps)] == ["html", "lowercase"]


def test_an_older_project_cleans_nothing(tmp_path: Path) -> None:
    storage.project_file(tmp_path).write_text('{"version": 1, "name": "old"}')

    assert storage.load(tmp_path).cleaning == ()


def test_a_step_is_there_only_once() -> None:
    twice = (usual(CleaningKind.HTML), usual(CleaningKind.HTML))
    with pytest.raises(ValidationError, match="only once"):
        Project(cleaning=twice)


def test_every_step_is_offered_once_and_off_until_decided() -> None:
    steps = arranged(())

    assert [step.kind for step in steps] == list(CleaningKind)
    assert active(steps) == ()
    assert arranged(steps) == steps


def test_recommended_steps_join_those_that_are_on() -> None:
    steps = recommended(from_words("lowercase"))

    assert {step.kind for step in active(steps)} == {*RECOMMENDED, CleaningKind.LOWERCASE}


def test_a_step_moves_and_the_others_close_up() -> None:
    steps = from_words("html,urls,lowercase")

    assert in_words(moved(steps, 2, 0)) == "lowercase,html,urls:link"
    assert in_words(moved(steps, 0, 99)) == "urls:link,lowercase,html"
    assert with_step(steps, CleaningStep(kind=CleaningKind.HTML, on=False))[0].on is False
