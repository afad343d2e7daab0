"""Texts cleaned and varied: in training, in prediction, in exports, and after a stop."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from finetune_studio.engine.data import text_source
from finetune_studio.engine.data.text_source import TextSource
from finetune_studio.engine.data.text_variation import vary
from finetune_studio.engine.evaluation.evaluate import evaluate
from finetune_studio.engine.evaluation.predict import predict, predict_all, run_model
from finetune_studio.engine.export.export import export
from finetune_studio.engine.model.bundle import BundleRecord, TextPreprocessing, read_record
from finetune_studio.engine.stopping import Control, Stopped
from finetune_studio.events import events as ev
from finetune_studio.project import storage
from finetune_studio.project.choices import ExportFormat
from finetune_studio.project.cleaning import Cleaning, from_words
from finetune_studio.project.freeze_plan import FreezePlan
from finetune_studio.project.problems import ProblemError
from finetune_studio.project.text_variation import TextVariation
from finetune_studio.runs.folder import list_runs, read_events
from tests.unit.engine.tiny_project import make_project, trained

STEPS = "html,urls:link,lowercase,repeated:2,whitespace"
MARKED = "<p>The  film {opinion}</p> http://x.y/z {rest}!!!!!!"
VARIED = {"word_dropout": 0.3, "word_swap": 0.2, "spelling_noise": 0.2}


def run_of(folder: Path) -> Path:
    return Path(list_runs(folder)[0].folder)


def weights_of(folder: Path) -> dict[str, bytes]:
    module = run_model(run_of(folder)).module
    return {name: value.numpy().tobytes() for name, value in module.state_dict().items()}


def losses(folder: Path) -> list[float]:
    """Of every step of the newest run, as it was written down last."""
    steps = [event for event in read_events(run_of(folder)) if isinstance(event, ev.StepFinished)]
    return list({event.step: event.loss for event in steps}.values())


def rewritten(file: Path, text: Callable[[str], str]) -> None:
    """Write the texts of a table otherwise."""
    head, *rows = file.read_text(encoding="utf-8").splitlines()
    pairs = [row.rsplit(",", 1) for row in rows]
    file.write_text("\n".join([head, *(f"{text(t)},{label}" for t, label in pairs)]) + "\n")


def cleaning(folder: Path, steps: Cleaning) -> Path:
    storage.save(storage.load(folder).edited(cleaning=steps), folder)
    return folder


def marked(text: str) -> str:
    return f"<p>{text.upper()}</p> http://x.y/z soooo"


def plain(text: str) -> str:
    return f"{text} link soo"


def unheard(event: ev.Event) -> None:
    """Nobody listens."""


@pytest.fixture(scope="module")
def cleaned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[ev.Event]]:
    """A run on texts with markup in them that is cleaned away."""
    torch.set_num_threads(1)
    folder = make_project(tmp_path_factory.mktemp("cleaned") / "project", epochs=2)
    rewritten(folder / "reviews.csv", marked)
    cleaning(folder, from_words(STEPS))
    return folder, trained(folder)


# --------------------------------------------------------------------------------------- cleaning


def test_training_on_cleaned_texts_is_training_on_texts_written_so(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    same, raw = (make_project(tmp_path / name, epochs=1) for name in ("same", "raw"))
    rewritten(same / "reviews.csv", plain)
    rewritten(raw / "reviews.csv", marked)
    for folder in (same, raw):  # a column, so that both are divided alike
        rows = (folder / "reviews.csv").read_text().splitlines()
        parts = ["split", *(("train", "train", "validation")[row // 3 % 3] for row in range(60))]
        pairs = zip(rows, parts, strict=True)
        (folder / "reviews.csv").write_text("".join(f"{row},{part}\n" for row, part in pairs))
    cleaning(raw, from_words(STEPS))

    trained(same)
    trained(raw)

    assert losses(raw) == losses(same)
    assert weights_of(raw) == weights_of(same)


def test_what_the_model_sees_is_cleaned(
    cleaned: tuple[Path, list[ev.Event]], monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = run_model(run_of(cleaned[0]))
    seen: list[str] = []
    assert bundle.tokenizer is not None
    real = type(bundle.tokenizer).__call__

    def spy(self: object, texts: list[str], **more: object) -> object:
        seen.extend(texts)
        return real(self, texts, **more)

    monkeypatch.setattr(type(bundle.tokenizer), "__call__", spy)
    list(predict(bundle, ["<p>The FILM</p> https://a.b is goooood"]))

    assert seen == ["the film link is good"]


def test_the_steps_are_kept_with_the_model_and_with_the_run(
    cleaned: tuple[Path, list[ev.Event]],
) -> None:
    run = run_of(cleaned[0])
    preprocessing = read_record(run / "model").preprocessing

    assert isinstance(preprocessing, TextPreprocessing)
    assert preprocessing.cleaning == from_words(STEPS)
    assert storage.load(run).cleaning == from_words(STEPS)


def test_a_model_of_an_earlier_version_cleans_nothing(
    cleaned: tuple[Path, list[ev.Event]],
) -> None:
    record = json.loads((run_of(cleaned[0]) / "model" / "bundle.json").read_text())
    del record["preprocessing"]["cleaning"]

    read = BundleRecord.model_validate(record).preprocessing

    assert isinstance(read, TextPreprocessing)
    assert read.cleaning == ()


def test_prediction_cleans_what_it_is_given(cleaned: tuple[Path, list[ev.Event]]) -> None:
    bundle = run_model(run_of(cleaned[0]))

    raw, clean, other = predict(
        bundle, ["<b>The FILM</b> was BAD http://q.r", "the film was bad link", "the film was good"]
    )

    assert raw.probabilities == clean.probabilities
    assert raw.probabilities != other.probabilities


def test_evaluation_says_of_raw_texts_what_prediction_says(
    cleaned: tuple[Path, list[ev.Event]],
) -> None:
    run = run_of(cleaned[0])
    report = evaluate(run, unheard, lambda: False)
    lines = [json.loads(line) for line in Path(report.predictions).read_text().splitlines()]

    assert lines[0]["text"].startswith("<p>")  # people see what they wrote
    for line in lines[:4]:
        said = next(iter(predict(run_model(run), [line["text"]])))
        assert said.label == line["predicted"]
        assert said.probabilities[0].probability == pytest.approx(line["probability"], abs=1e-3)


def test_a_text_of_which_nothing_is_left_is_not_answered(
    cleaned: tuple[Path, list[ev.Event]],
) -> None:
    with pytest.raises(ProblemError) as caught:
        predict_all(run_of(cleaned[0]), ["<p></p>"], "text", unheard, lambda: False)
    assert caught.value.problem.code == "text_emptied"
    assert STEPS in caught.value.problem.why


@pytest.mark.parametrize("export_format", list(ExportFormat))
def test_an_export_cleans_raw_texts_without_our_package(
    cleaned: tuple[Path, list[ev.Event]], tmp_path: Path, export_format: ExportFormat
) -> None:
    run, out = run_of(cleaned[0]), tmp_path / "out"
    certificate = export(run, export_format, out, unheard, lambda: False)
    assert certificate.agreement == 1.0
    assert certificate.largest_difference < 1e-4
    card = (out / "README.md").read_text(encoding="utf-8")
    assert "1. Remove HTML" in card
    assert "replaced by “link”" in card

    text = "<b>The FILM</b> was BAAAAD http://q.r"
    program = (
        "import json, sys; sys.modules['finetune_studio'] = None; sys.path.insert(0, '.');"
        f"from predict import predict; print(json.dumps(predict([{text!r}])[0]))"
    )
    said = subprocess.run(
        [sys.executable, "-P", "-c", program], cwd=out, capture_output=True, text=True, check=True
    )
    exported = json.loads(said.stdout.splitlines()[-1])
    trained_says = next(iter(predict(run_model(run), [text]))).probabilities
    assert exported == pytest.approx({p.label: p.probability for p in trained_says}, abs=1e-4)


def test_texts_that_cleaning_empties_are_told_and_left_out(tmp_path: Path) -> None:
    folder = make_project(tmp_path / "project", epochs=1)
    emptied = iter(range(60))
    rewritten(
        folder / "reviews.csv",
        lambda text: f"http://only.address/{place}" if (place := next(emptied)) < 6 else text,
    )
    cleaning(folder, from_words("urls:"))

    events = trained(folder)

    told = [e.problem for e in events if isinstance(e, ev.ProblemFound)]
    emptied_ones = [problem for problem in told if problem.code == "text_emptied"]
    prepared = next(e for e in events if isinstance(e, ev.DataPrepared))
    assert prepared.train + prepared.validation < 51
    assert "empty once cleaned" in emptied_ones[0].what
    assert "line " in emptied_ones[0].where


def test_nothing_is_trained_where_cleaning_leaves_nothing(tmp_path: Path) -> None:
    folder = make_project(tmp_path / "project", epochs=1)
    number = iter(range(60))
    rewritten(folder / "reviews.csv", lambda text: f"http://only.address/{next(number)}")
    cleaning(folder, from_words("urls:"))

    with pytest.raises(ProblemError) as caught:
        trained(folder)
    assert caught.value.problem.code == "text_emptied"


# -------------------------------------------------------------------------------------- variation


def test_variation_changes_training_and_nothing_else(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    plainly = make_project(tmp_path / "plain", epochs=1)
    varied = make_project(tmp_path / "varied", epochs=1, **VARIED)
    trained(plainly)
    trained(varied)

    assert losses(varied) != losses(plainly)
    said = next(iter(predict(run_model(run_of(varied)), ["the film was good"])))
    assert said.probabilities[0].probability > 0


def test_the_same_seed_varies_alike(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    one, other = (make_project(tmp_path / name, **VARIED) for name in ("one", "other"))
    trained(one)
    trained(other)

    assert losses(one) == losses(other)
    assert weights_of(one) == weights_of(other)


@pytest.mark.parametrize(
    "settings",
    [{"text_views": 0}, {"text_views": 2, "reuse_frozen": True}],
    ids=["anew every epoch", "frozen views"],
)
def test_going_on_is_exact_with_varied_texts(tmp_path: Path, settings: dict[str, object]) -> None:
    torch.set_num_threads(1)

    def made(name: str) -> Path:
        folder = make_project(tmp_path / name, epochs=3, **VARIED, **settings)
        if settings["text_views"]:
            project = storage.load(folder)
            storage.save(project.edited(freeze=FreezePlan(preset="head")), folder)
        return folder

    def stop_in_second(event: ev.Event, control: Control) -> None:
        if isinstance(event, ev.EpochStarted) and event.epoch == 2:
            control.stop()

    unbroken, broken = made("unbroken"), made("broken")
    trained(unbroken)
    with pytest.raises(Stopped):
        trained(broken, watch=stop_in_second)
    trained(broken, resume=True)

    assert losses(broken) == losses(unbroken)
    assert weights_of(broken) == weights_of(unbroken)


def test_frozen_layers_see_each_view_once_and_training_is_the_same(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    found = {}
    for name, reuse in (("stored", True), ("plain", False)):
        folder = make_project(
            tmp_path / name, epochs=2, dropout=0.0, text_views=2, reuse_frozen=reuse, **VARIED
        )
        project = storage.load(folder)
        storage.save(project.edited(freeze=FreezePlan(preset="head")), folder)
        found[name] = trained(folder)

    planned = next(e for e in found["stored"] if isinstance(e, ev.FrozenPartPlanned))
    computed = [e for e in found["stored"] if isinstance(e, ev.FrozenPartComputed)]
    assert planned.used
    assert planned.views == 2
    assert sorted(e.view for e in computed if e.part == "training") == [1, 2]
    # With as many views as epochs, plain training sees the very same texts.
    assert losses(tmp_path / "stored") == pytest.approx(losses(tmp_path / "plain"), rel=1e-4)


def test_a_run_says_when_variation_keeps_frozen_layers_busy(tmp_path: Path) -> None:
    folder = make_project(tmp_path / "project", epochs=2, text_views=0, word_dropout=0.2)
    storage.save(storage.load(folder).edited(freeze=FreezePlan(preset="head")), folder)

    planned = next(e for e in trained(folder) if isinstance(e, ev.FrozenPartPlanned))

    assert not planned.used
    assert "varied texts are set to 0" in planned.reason


def test_each_training_text_is_varied_once_an_epoch_and_no_other_ever(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen: list[tuple[int, int, str]] = []

    def spy(text: str, how: TextVariation, *, epoch: int, place: int, **more: Any) -> str:
        seen.append((epoch, place, text))
        return vary(text, how, epoch=epoch, place=place, **more)

    monkeypatch.setattr(text_source, "vary", spy)
    folder = make_project(tmp_path / "project", epochs=2, text_views=0, **VARIED)
    cleaning(folder, from_words("lowercase"))
    rewritten(folder / "reviews.csv", str.upper)
    trained(folder)
    evaluate(run_of(folder), unheard, lambda: False)

    assert sorted((epoch, place) for epoch, place, _ in seen) == [
        (epoch, place) for epoch in (1, 2) for place in range(42)
    ]
    assert all(text == text.lower() for _, _, text in seen)


def test_batches_are_bucketed_by_the_lengths_of_their_own_epoch(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[tuple[int | None, int]] = []
    real = TextSource.lengths

    def lengths(self: TextSource, places: list[int], epoch: int | None) -> list[int]:
        found = real(self, places, epoch)
        asked.append((epoch, sum(found)))
        return found

    monkeypatch.setattr(TextSource, "lengths", lengths)
    trained(make_project(tmp_path / "project", epochs=2, text_views=0, word_dropout=0.4))

    by_epoch = {epoch: total for epoch, total in asked if epoch}
    assert by_epoch[1] != by_epoch[2]
    assert vary.__module__.endswith("text_variation")
