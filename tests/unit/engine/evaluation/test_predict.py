from __future__ import annotations

from pathlib import Path

import pytest
import torch

from finetune_studio.engine.evaluation.predict import predict, predict_all, run_model
from finetune_studio.engine.stopping import Stopped
from finetune_studio.events.events import Event, PredictionMade, ProblemFound
from finetune_studio.project.problems import ProblemError
from finetune_studio.runs.folder import list_runs
from tests.unit.engine.tiny_project import make_pictures, make_project, trained


def never() -> bool:
    return False


@pytest.fixture(scope="module")
def text_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    folder = make_project(tmp_path_factory.mktemp("texts") / "project", epochs=1)
    trained(folder)
    return Path(list_runs(folder)[0].folder)


@pytest.fixture(scope="module")
def picture_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    folder = make_pictures(tmp_path_factory.mktemp("pictures") / "project")
    trained(folder)
    return Path(list_runs(folder)[0].folder)


def asked(run: Path, *inputs: str, kind: str = "auto") -> list[Event]:
    events: list[Event] = []
    predict_all(run, inputs, kind, events.append, never)
    return events


def test_a_text_gets_a_probability_for_each_label(text_run: Path) -> None:
    (made,) = asked(text_run, "the film good")
    assert isinstance(made, PredictionMade)
    shares = [one.probability for one in made.probabilities]
    assert sum(shares) == pytest.approx(1, abs=1e-5)
    assert shares == sorted(shares, reverse=True)
    assert made.label == made.probabilities[0].label
    assert {one.label for one in made.probabilities} == {"down", "even", "up"}
    assert (made.run, made.input) == (text_run.name, "the film good")


def test_a_text_file_is_asked_about_by_what_it_holds(text_run: Path, tmp_path: Path) -> None:
    file = tmp_path / "review.txt"
    file.write_text("the film good", encoding="utf-16")
    from_file, from_text = asked(text_run, str(file), "the film good")
    assert isinstance(from_file, PredictionMade)
    assert isinstance(from_text, PredictionMade)
    assert from_file.probabilities == from_text.probabilities
    assert from_file.input == str(file)


def test_a_text_that_is_meant_as_a_text_is_never_opened(text_run: Path, tmp_path: Path) -> None:
    file = tmp_path / "good"
    file.write_text("bad")
    as_text, as_file = asked(text_run, str(file), kind="text") + asked(text_run, str(file))
    assert isinstance(as_text, PredictionMade)
    assert isinstance(as_file, PredictionMade)
    assert as_text.probabilities != as_file.probabilities


@pytest.mark.parametrize("text", ["", "x" * 10_000, "two\nlines\x00", "\ud800 lone", "🎬" * 50])
def test_no_text_is_too_odd(text_run: Path, text: str) -> None:
    (made,) = asked(text_run, text)
    assert isinstance(made, PredictionMade)


def test_pictures_are_answered_and_one_that_is_none_is_named(
    picture_run: Path, tmp_path: Path
) -> None:
    picture = next((picture_run.parents[1] / "pictures" / "light").iterdir())
    broken = tmp_path / "broken.png"
    broken.write_text("no picture")
    made, problem = asked(picture_run, str(picture), str(broken))
    assert isinstance(made, PredictionMade)
    assert made.label in ("dark", "light")
    assert isinstance(problem, ProblemFound)
    assert "broken.png" in problem.problem.text() + problem.problem.where


def test_when_nothing_can_be_read_the_job_fails(picture_run: Path, tmp_path: Path) -> None:
    with pytest.raises(ProblemError):
        asked(picture_run, str(tmp_path / "none.png"))


def test_the_best_epochs_weights_answer(text_run: Path) -> None:
    one, other = run_model(text_run), run_model(text_run)
    assert not one.module.training
    first, second = next(predict(one, ["the film"])), next(predict(other, ["the film"]))
    assert first.probabilities == second.probabilities


def test_a_damaged_model_is_refused(text_run: Path) -> None:
    file = text_run / "model" / "bundle.json"
    before = file.read_bytes()
    file.write_bytes(before.replace(b"up", b"UP"))
    try:
        with pytest.raises(ProblemError) as caught:
            run_model(text_run)
    finally:
        file.write_bytes(before)
    assert caught.value.problem.code == "model_damaged"


def test_a_stop_is_heard_between_two_inputs(text_run: Path) -> None:
    with pytest.raises(Stopped):
        predict_all(text_run, ["a", "b"], "text", lambda event: None, lambda: True)
