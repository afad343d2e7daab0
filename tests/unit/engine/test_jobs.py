from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from finetune_studio.engine.jobs import JOBS, run_job
from finetune_studio.engine.stopping import Control
from finetune_studio.events import events as ev
from finetune_studio.project import storage
from finetune_studio.project.problems import ProblemError
from finetune_studio.project.project import Project
from finetune_studio.runs.folder import list_runs
from tests.unit.engine.tiny_project import make_project

REPOSITORY = Path(__file__).resolve().parents[3]


def done(name: str, **arguments: object) -> list[ev.Event]:
    events: list[ev.Event] = []
    run_job(name, arguments, events.append, Control())
    return [event for event in events if not isinstance(event, ev.Progress)]


def test_every_job_of_the_contract_is_there() -> None:
    assert set(JOBS) == {
        "describe_machine",
        "describe_model",
        "inspect_data",
        "inspect_earlier",
        "download_model",
        "preview_augmentation",
        "preview_cleaning",
        "preview_text_variation",
        "find_learning_rate",
        "train",
        "evaluate",
        "predict",
        "export",
    }


def test_an_unknown_job_is_a_plain_problem() -> None:
    with pytest.raises(ProblemError) as caught:
        done("make_coffee")
    assert caught.value.problem.code == "job_unknown"


@pytest.mark.parametrize(
    "arguments", [{}, {"folder": "x", "resume": "perhaps"}, {"folder": "x", "sugar": 1}]
)
def test_wrong_arguments_are_a_plain_problem(arguments: dict[str, object]) -> None:
    with pytest.raises(ProblemError) as caught:
        done("train", **arguments)
    assert caught.value.problem.code == "job_unknown"


def test_the_machine_is_described() -> None:
    (event,) = done("describe_machine")
    assert isinstance(event, ev.MachineDescribed)


def test_a_project_without_model_or_data_is_asked_for_one() -> None:
    bare = Project().model_dump(mode="json")
    for job, more in (("describe_model", {}), ("inspect_data", {"cache": "c"})):
        with pytest.raises(ProblemError, match=r"no (model|data) yet"):
            done(job, project=bare, **more)


def test_the_whole_way_from_data_to_predictions(tmp_path: Path) -> None:
    folder = make_project(tmp_path / "project", epochs=1)
    project = storage.load(folder).model_dump(mode="json")
    (inspected,) = done("inspect_data", project=project, cache=str(folder / "cache"))
    assert isinstance(inspected, ev.DataInspected)
    (described,) = done("describe_model", project=project, labels=["up", "down", "even"])
    assert isinstance(described, ev.ModelDescribed)
    finished = done("train", folder=str(folder))[-1]
    assert isinstance(finished, ev.RunFinished)
    run = list_runs(folder)[0].folder
    (evaluated,) = done("evaluate", run=run)
    assert isinstance(evaluated, ev.EvaluationFinished)
    assert evaluated.report.epoch == finished.best_epoch
    (made,) = done("predict", run=run, inputs=["the film good"], **{"as": "auto"})
    assert isinstance(made, ev.PredictionMade)


def test_settings_given_with_a_job_hold_for_its_run_only(tmp_path: Path) -> None:
    folder = make_project(tmp_path / "project", epochs=3)
    project = storage.load(folder)
    shorter = project.edited(training=project.training.edited(epochs=1))
    finished = done("train", folder=str(folder), project=shorter.model_dump(mode="json"))[-1]
    assert isinstance(finished, ev.RunFinished)
    assert finished.epochs == 1
    assert storage.load(folder) == project


def test_looking_through_the_door_loads_neither_torch_nor_qt() -> None:
    program = "import finetune_studio.engine.jobs, sys; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=REPOSITORY
    ).stdout.split()
    assert not {"torch", "transformers", "timm", "PySide6", "PIL", "numpy"}.intersection(loaded)
