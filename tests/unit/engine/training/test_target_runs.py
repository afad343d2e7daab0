"""Several labels and numbers from data to export, for pictures and texts, on tiny random models."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from finetune_studio.engine.evaluation.evaluate import evaluate
from finetune_studio.engine.evaluation.predict import predict_all, run_model
from finetune_studio.engine.export.export import export
from finetune_studio.engine.stopping import Control, Stopped
from finetune_studio.events import events as ev
from finetune_studio.events.descriptions import SamplePrediction
from finetune_studio.project import storage
from finetune_studio.project.choices import ExportFormat, Metric, Target, Task
from finetune_studio.project.problems import ProblemError
from finetune_studio.project.project import DataChoice
from finetune_studio.project.target import parts_of
from finetune_studio.runs.checkpoints import WEIGHTS, best_checkpoint, facts_of
from finetune_studio.runs.folder import RunFolder, run_folders, summarize
from finetune_studio.runs.thresholds import read_chosen, write_moved
from tests.unit.engine.tiny_project import WORDS, make_pictures, make_project, trained

Done = tuple[Path, Task, Target, list[ev.Event]]

LABELS = ("down", "even", "up")
KINDS = [(task, target) for task in Task for target in (Target.LABELS, Target.NUMBER)]


def texts(folder: Path, target: Target) -> Path:
    """Texts whose three opinions are three labels, and whose number is their sum."""
    make_project(folder, epochs=2)
    lines = ["text,tags" if target is Target.LABELS else "text,price"]
    for row in range(60):
        on = [(row >> place) & 1 for place in range(3)]
        words = " ".join(WORDS[2 * place + 1 - one] for place, one in enumerate(on))
        tags = "|".join(label for label, one in zip(LABELS, on, strict=True) if one)
        number = f"{10 * sum(on) + row / 8:.3f} kg"
        lines.append(f"the {words} {row},{tags if target is Target.LABELS else number}")
    (folder / "reviews.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def pictures(folder: Path, target: Target) -> Path:
    """Dark and light pictures in a table, some of them even as well."""
    make_pictures(folder)
    lines = ["image,tags" if target is Target.LABELS else "image,price"]
    for place, file in enumerate(sorted((folder / "pictures").rglob("*.png"))):
        name = {"dark": "down", "light": "up"}[file.parent.name]
        tags = f"{name}|even" if place % 2 else name
        number = f"{(3 if name == 'down' else 8) + place / 16} kg"
        path = file.relative_to(folder).as_posix()
        lines.append(f"{path},{tags if target is Target.LABELS else number}")
    (folder / "table.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    project = storage.load(folder)
    storage.save(project.edited(data=DataChoice(path=str(folder / "table.csv"))), folder)
    return folder


def project_of(folder: Path, task: Task, target: Target) -> Path:
    return (texts if task is Task.TEXT else pictures)(folder, target)


def run_of(folder: Path) -> RunFolder:
    return RunFolder(run_folders(folder)[0])


@pytest.fixture(params=KINDS, ids=lambda kind: f"{kind[0]}-{kind[1]}", scope="module")
def done(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Done:
    torch.set_num_threads(1)
    task, target = request.param
    folder = project_of(tmp_path_factory.mktemp("done") / "project", task, target)
    return folder, task, target, trained(folder)


def quiet(_: ev.Event) -> None:
    return None


def never() -> bool:
    return False


def test_a_run_tells_and_keeps_what_it_learns(done: Done) -> None:
    folder, _, target, events = done
    prepared = next(one for one in events if isinstance(one, ev.ModelPrepared))
    finished = [one for one in events if isinstance(one, ev.EpochFinished)]
    figures = [one.validation for one in finished]

    assert prepared.target is target
    assert all(one is not None and one.target is target for one in figures)
    summary = summarize(run_of(folder).path)
    assert summary.figures is not None
    assert summary.figures.target is target
    if target is Target.NUMBER:
        assert (prepared.labels, prepared.unit) == (("price",), "kg")
        assert all(one is not None and one.mae > 0 for one in figures)
        assert figures[0] is not None
        assert finished[0].train_accuracy == pytest.approx(figures[0].mae, rel=1.5)
    else:
        assert prepared.labels == LABELS
        facts = facts_of(best_checkpoint(run_of(folder).checkpoints))
        assert facts is not None
        assert len(facts.thresholds) == 3
    data = run_of(folder).project.data
    assert data is not None
    assert data.target is target


def test_an_evaluation_says_what_it_can(done: Done) -> None:
    folder, task, target, _ = done
    report = evaluate(run_of(folder).path, quiet, never)
    predictions = [
        SamplePrediction.model_validate_json(line)
        for line in Path(report.predictions).read_text().splitlines()
    ]

    assert report.target is target
    assert len(predictions) == report.samples
    assert report.confusion == ()
    assert report.baseline is not None
    low, high = report.interval
    if target is Target.NUMBER:
        assert low <= report.figures.mae <= high
        errors = [abs(one.value - one.true_value) for one in report.mistakes]
        assert errors == sorted(errors, reverse=True)
        mean = sum(abs(one.value - one.true_value) for one in predictions) / len(predictions)
        assert report.figures.mae == pytest.approx(mean)
    else:
        assert low <= report.figures.macro_f1 <= high
        assert len(report.together) == len(report.labels) == 3
        for one in predictions:
            pairs = zip(report.labels, one.shares, strict=True)
            given = {label.label for label, share in pairs if share >= label.threshold}
            assert set(parts_of(one.predicted)) == given
        assert all(one.true != one.predicted for one in report.mistakes)
    assert all(bool(one.path) is (task is Task.IMAGE) for one in predictions)


@pytest.mark.parametrize("export_format", list(ExportFormat))
def test_an_export_agrees_and_its_script_says_the_same(
    done: Done, export_format: ExportFormat, tmp_path: Path
) -> None:
    folder, task, target, _ = done
    out = tmp_path / "out"
    certificate = export(run_of(folder).path, export_format, out, quiet, never)
    assert certificate.agreement == 1.0
    assert certificate.largest_difference < 1e-4

    asked = next((folder / "pictures").rglob("*.png")) if task is Task.IMAGE else "the good bad odd"
    made: list[ev.PredictionMade] = []
    predict_all(run_of(folder).path, [str(asked)], "auto", made.append, never)
    said = subprocess.run(
        [sys.executable, str(out / "predict.py"), str(asked)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.partition(": ")[2]
    if target is Target.NUMBER:
        assert said.strip().endswith(" kg")
        assert float(said.split()[0]) == pytest.approx(made[0].value, rel=2e-3)
        assert made[0].label.endswith(" kg")
        assert "Mean error" in (out / "README.md").read_text()
    else:
        named = said.partition("none of the labels")[0]
        assert {label for label in LABELS if label in named} == set(parts_of(made[0].label))
        assert "| even | 0." in (out / "README.md").read_text()


def test_going_on_is_exact(done: Done, tmp_path: Path) -> None:
    whole, task, target, unbroken = done
    folder = project_of(tmp_path / "project", task, target)

    def watch(event: ev.Event, control: Control) -> None:
        if isinstance(event, ev.CheckpointSaved) and event.epoch == 1:
            control.stop()

    with pytest.raises(Stopped):
        trained(folder, watch=watch)
    resumed = trained(folder, resume=True)

    def figures(told: list[ev.Event]) -> object:
        last = [one for one in told if isinstance(one, ev.EpochFinished)][-1]
        return last.epoch, last.train_loss, last.validation

    assert figures(resumed) == figures(unbroken)
    one, other = (best_checkpoint(run_of(place).checkpoints) for place in (folder, whole))
    assert (one / WEIGHTS).read_bytes() == (other / WEIGHTS).read_bytes()


def test_moved_thresholds_are_used_everywhere_and_can_be_taken_back(tmp_path: Path) -> None:
    folder = texts(tmp_path / "project", Target.LABELS)
    trained(folder)
    run = run_of(folder)
    chosen = read_chosen(run.path, LABELS)
    assert tuple(chosen.values()) == run_model(run.path).outputs.thresholds

    write_moved(run.path, {"even": 0.0, "up": 1.0})
    made: list[ev.PredictionMade] = []
    predict_all(run.path, ["the good bad odd"], "text", made.append, never)
    assert "even" in parts_of(made[0].label)
    assert "up" not in parts_of(made[0].label)
    export(run.path, ExportFormat.FOLDER, tmp_path / "out", quiet, never)
    facts = json.loads((tmp_path / "out" / "finetune_studio.json").read_text())
    assert facts["outputs"]["thresholds"] == [chosen["down"], 0.0, 1.0]
    report = evaluate(run.path, quiet, never)
    assert {one.label: one.threshold for one in report.labels}["even"] == 0.0

    write_moved(run.path, {})
    assert run_model(run.path).outputs.thresholds == tuple(chosen.values())


def test_other_data_are_read_as_what_the_model_learned(tmp_path: Path) -> None:
    folder = texts(tmp_path / "project", Target.LABELS)
    trained(folder)
    other = tmp_path / "other.csv"
    other.write_text("text,tags\nthe good bad,up\nthe fine odd,down|new\nthe bad a,\n")
    report = evaluate(run_of(folder).path, quiet, never, data=DataChoice(path=str(other)))

    assert report.samples == 3
    assert next(problem.code for problem in report.problems) == "label_unknown"


def test_what_does_not_apply_is_said_before_training(tmp_path: Path) -> None:
    folder = texts(tmp_path / "project", Target.NUMBER)
    project = storage.load(folder)
    training = project.training.edited(best_metric=Metric.VAL_ACCURACY)
    storage.save(project.edited(training=training), folder)
    with pytest.raises(ProblemError) as caught:
        trained(folder)
    assert caught.value.problem.where == "training.best_metric"


def test_what_is_recommended_fits_what_is_learned(tmp_path: Path) -> None:
    metrics = {}
    for target in (Target.LABELS, Target.NUMBER):
        folder = texts(tmp_path / target.value, target)
        project = storage.load(folder)
        pinned = tuple(name for name in project.pinned if name != "best_metric")
        storage.save(project.edited(pinned=pinned), folder)
        trained(folder)
        metrics[target] = run_of(folder).project.training.best_metric
    assert metrics == {Target.LABELS: Metric.VAL_MACRO_F1, Target.NUMBER: Metric.VAL_MAE}
