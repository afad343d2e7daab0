"""A journey: product reviews, the real MiniLM, from a messy CSV to a model elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from finetune_studio.samples import unpack
from tests.e2e.studio import Receiver, Studio

_TEXTS = ("Broke after two days, want my money back.", "I love it, the best I have ever bought.")


@pytest.fixture(scope="module")
def reviews(places: Path) -> Path:
    return unpack("reviews", places / "unpacked")


@pytest.fixture(scope="module")
def project(studio: Studio, places: Path, reviews: Path) -> Path:
    folder = places / "reviews project"
    studio(
        "new",
        folder,
        "--model",
        "starter/minilm-l6",
        "--data",
        reviews,
        "--set",
        "training.epochs=5",
    )
    return folder


@pytest.fixture(scope="module")
def run(studio: Studio, project: Path) -> Path:
    return Path(studio("train", project, "--json").only("RunStarted")["folder"])


def test_the_columns_are_guessed_and_the_mess_is_reported(studio: Studio, reviews: Path) -> None:
    report = studio("inspect", reviews, "--json").only("DataInspected")["report"]
    assert (report["text_column"], report["label_column"]) == ("review", "sentiment")
    assert {label["label"] for label in report["labels"]} == {"positive", "neutral", "negative"}
    assert report["samples"] >= 400
    said = " ".join(problem["what"] for problem in report["problems"])
    assert "label" in said


def test_the_tuned_model_beats_the_majority_on_every_label(studio: Studio, run: Path) -> None:
    report = studio("evaluate", run, "--json").only("EvaluationFinished")["report"]
    assert report["figures"]["accuracy"] > report["baseline_accuracy"]
    assert report["figures"]["macro_f1"] > report["baseline_macro_f1"] + 0.2


def test_sentiment_is_told_apart_in_words_it_has_not_seen(studio: Studio, run: Path) -> None:
    said = studio("predict", run, *_TEXTS, "--json")
    labels = [event["label"] for event in said.events if event["event"] == "PredictionMade"]
    assert labels == ["negative", "positive"]


def test_the_exported_model_works_where_there_is_no_torch(
    studio: Studio, run: Path, places: Path, receiver: Receiver
) -> None:
    out = places / "elsewhere"
    certificate = studio("export", run, "--format", "onnx", "--out", out, "--json").only(
        "ModelExported"
    )["certificate"]
    assert certificate["agreement"] == 1.0
    lines = receiver(out / "predict.py", *_TEXTS).splitlines()
    assert [line.rsplit(": ", 1)[1].split(" ")[0] for line in lines] == ["negative", "positive"]


def test_the_exported_folder_agrees_with_the_trained_model(
    studio: Studio, run: Path, places: Path
) -> None:
    said = studio("export", run, "--format", "folder", "--out", places / "folder", "--json")
    assert said.only("ModelExported")["certificate"]["agreement"] == 1.0
