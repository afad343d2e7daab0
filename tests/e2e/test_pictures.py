"""A journey: digits and the real EfficientNet-Lite0, from a folder to a model elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from finetune_studio.samples import unpack
from tests.e2e.studio import Receiver, Studio

_PER_LABEL = 24


@pytest.fixture(scope="module")
def digits(places: Path) -> Path:
    """A small part of the sample: 24 pictures of each digit."""
    folder = unpack("digits", places / "unpacked")
    for label in folder.iterdir():
        for file in sorted(label.iterdir())[_PER_LABEL:]:
            file.unlink()
    return folder


@pytest.fixture(scope="module")
def project(studio: Studio, places: Path, digits: Path) -> Path:
    folder = places / "digits project"
    studio(
        "new",
        folder,
        "--model",
        "starter/efficientnet_lite0",
        "--data",
        digits,
        "--set",
        "training.epochs=4",
        "--set",
        "training.precision=fp32",  # a timing decides about bf16, and could decide otherwise
    )
    return folder


@pytest.fixture(scope="module")
def run(studio: Studio, project: Path) -> Path:
    said = studio("train", project, "--json")
    epochs = [event for event in said.events if event["event"] == "EpochFinished"]
    assert [epoch["epoch"] for epoch in epochs] == [1, 2, 3, 4]
    assert epochs[-1]["train_loss"] < epochs[0]["train_loss"]
    wanted = {
        "epoch",
        "train_loss",
        "train_accuracy",
        "val_loss",
        "val_accuracy",
        "val_macro_f1",
        "learning_rates",
        "seconds",
    }
    assert wanted <= epochs[0].keys()
    return Path(said.only("RunStarted")["folder"])


def test_training_tells_what_it_does_and_keeps_the_best_epoch(run: Path) -> None:
    assert (run / "curves.png").stat().st_size > 1000
    assert (run / "project.json").is_file()
    assert (run / "worker.log").is_file()


def test_the_tuned_model_is_far_better_than_guessing(studio: Studio, run: Path) -> None:
    report = studio("evaluate", run, "--json").only("EvaluationFinished")["report"]
    assert report["split"] == "test"
    assert report["figures"]["accuracy"] > 0.6
    assert report["baseline_accuracy"] < 0.2
    assert sum(map(sum, report["confusion"])) == report["samples"]


def test_nothing_was_written_to_the_data(run: Path, digits: Path) -> None:
    assert run.is_dir()
    assert {file.suffix for file in digits.rglob("*") if file.is_file()} == {".png"}


@pytest.mark.parametrize("kind", ["onnx", "folder"])
def test_an_export_agrees_with_the_trained_model(
    studio: Studio, run: Path, places: Path, kind: str
) -> None:
    said = studio("export", run, "--format", kind, "--out", places / kind, "--json")
    certificate = said.only("ModelExported")["certificate"]
    assert certificate["samples"] >= 20
    assert certificate["agreement"] == 1.0
    assert certificate["largest_difference"] < 1e-3
    assert "licence" in (places / kind / "README.md").read_text(encoding="utf-8")


def test_the_exported_model_works_where_there_is_no_torch(
    studio: Studio, run: Path, places: Path, digits: Path, receiver: Receiver
) -> None:
    out = places / "elsewhere"
    studio("export", run, "--format", "onnx", "--out", out)
    pictures = [str(min((digits / label).iterdir())) for label in ("0", "1", "7")]
    there = [
        line.split(": ")[1].split(" ")[0]
        for line in receiver(out / "predict.py", *pictures).splitlines()
    ]
    here = [
        event["label"]
        for event in studio("predict", run, *pictures, "--json").events
        if event["event"] == "PredictionMade"
    ]
    assert there == here


def test_a_second_run_gives_the_same_numbers(studio: Studio, project: Path, run: Path) -> None:
    said = studio("train", project, "--json")
    first = [
        json.loads(line) for line in (run / "events.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    before = [event["val_loss"] for event in first if event["event"] == "EpochFinished"]
    after = [event["val_loss"] for event in said.events if event["event"] == "EpochFinished"]
    assert after == before
    listed = json.loads(studio("runs", project, "--json").out)
    assert [entry["state"] for entry in listed] == ["finished", "finished"]
