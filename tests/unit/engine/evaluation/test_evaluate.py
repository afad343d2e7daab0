from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from finetune_studio.engine.evaluation import answers as answers_module
from finetune_studio.engine.evaluation import one_label as one_label_module
from finetune_studio.engine.evaluation.answers import ask
from finetune_studio.engine.evaluation.evaluate import evaluate
from finetune_studio.engine.stopping import Stopped
from finetune_studio.events.descriptions import EvaluationReport, SamplePrediction
from finetune_studio.events.events import EpochFinished, Event
from finetune_studio.project.choices import Split
from finetune_studio.project.problems import ProblemError
from finetune_studio.project.project import DataChoice
from finetune_studio.runs.folder import RunFolder, list_runs
from tests.unit.engine.tiny_project import make_project, trained
from tests.unit.engine.training.tiny import CPU, TinyBatches, tiny_net


def never() -> bool:
    return False


def unheard(event: Event) -> None:
    """Nobody listens."""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunFolder, list[Event]]:
    torch.set_num_threads(1)
    folder = make_project(tmp_path_factory.mktemp("evaluated") / "project", epochs=4)
    events = trained(folder)
    return RunFolder(Path(list_runs(folder)[0].folder)), events


def test_the_test_samples_are_taken_when_there_are_any(
    run: tuple[RunFolder, list[Event]],
) -> None:
    report = evaluate(run[0].path, unheard, never)
    assert report.split is Split.TEST
    assert report.samples == 9
    assert sum(map(sum, report.confusion)) == 9
    right = sum(report.confusion[place][place] for place in range(3))
    assert report.figures.accuracy == pytest.approx(right / 9)
    low, high = report.interval
    assert low < report.figures.accuracy < high
    assert report.baseline_accuracy == pytest.approx(1 / 3)
    assert [figures.label for figures in report.labels] == ["down", "even", "up"]


def test_validation_gives_the_figures_the_best_epoch_had(
    run: tuple[RunFolder, list[Event]],
) -> None:
    report = evaluate(run[0].path, unheard, never, split=Split.VALIDATION)
    epochs = {event.epoch: event for event in run[1] if isinstance(event, EpochFinished)}
    best = epochs[report.epoch]
    assert best.best
    assert report.figures.loss == pytest.approx(best.val_loss, rel=1e-5)
    assert report.figures.accuracy == best.val_accuracy
    assert report.figures.macro_f1 == best.val_macro_f1


def test_report_and_predictions_are_written_down(run: tuple[RunFolder, list[Event]]) -> None:
    report = evaluate(run[0].path, unheard, never)
    text = run[0].report_file.read_text(encoding="utf-8")
    assert EvaluationReport.model_validate_json(text) == report
    lines = Path(report.predictions).read_text(encoding="utf-8").splitlines()
    predictions = [SamplePrediction.model_validate_json(line) for line in lines]
    assert len(predictions) == 9
    wrong = [one for one in predictions if one.true != one.predicted]
    assert sorted(wrong, key=lambda one: -one.probability) == list(report.mistakes)
    assert all(one.text.startswith("the film") and one.where for one in predictions)


def test_other_data_can_be_evaluated_and_unknown_labels_are_left_out_aloud(
    run: tuple[RunFolder, list[Event]], tmp_path: Path
) -> None:
    table = tmp_path / "more.csv"
    rows = ["the film good a,up", "the film bad the,down", "the film odd is,even"] * 3
    rows += ["the film what was,sideways", "the book what was,sideways"]
    numbered = [row.replace(",", f" {place},") for place, row in enumerate(rows)]
    table.write_text("\n".join(["text,label", *numbered]) + "\n")
    report = evaluate(run[0].path, unheard, never, data=DataChoice(path=str(table)))
    assert report.split is None
    assert report.samples == 9
    problem = next(one for one in report.problems if one.code == "label_unknown")
    assert "sideways" in problem.why
    assert report.data == str(table)


def test_data_without_a_known_label_are_refused(
    run: tuple[RunFolder, list[Event]], tmp_path: Path
) -> None:
    table = tmp_path / "strange.csv"
    rows = [f"a film {place},{'left' if place % 2 else 'right'}" for place in range(8)]
    table.write_text("\n".join(["text,label", *rows]) + "\n")
    with pytest.raises(ProblemError) as caught:
        evaluate(run[0].path, unheard, never, data=DataChoice(path=str(table)))
    assert caught.value.problem.code == "nothing_to_evaluate"


def test_with_very_many_labels_the_matrix_is_left_out_and_that_is_said(
    run: tuple[RunFolder, list[Event]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(one_label_module, "MOST_IN_MATRIX", 2)
    report = evaluate(run[0].path, unheard, never)
    assert report.confusion == ()
    assert "confusion_left_out" in [problem.code for problem in report.problems]


def test_a_stop_leaves_the_earlier_report(run: tuple[RunFolder, list[Event]]) -> None:
    before = evaluate(run[0].path, unheard, never)
    with pytest.raises(Stopped):
        evaluate(run[0].path, unheard, lambda: True)
    assert json.loads(run[0].report_file.read_text())["samples"] == before.samples


def test_answers_come_in_the_order_of_the_samples() -> None:
    module, data = tiny_net().eval(), TinyBatches(samples=10)
    told = ask(
        lambda inputs: module(inputs["x"]),
        data,
        CPU,
        samples=10,
        emit=unheard,
        phase="",
        stop_requested=never,
    )
    shares = module(data.inputs).detach().softmax(1)
    assert told.indices.tolist() == list(range(10))
    assert torch.equal(told.targets, data.targets)
    assert torch.allclose(told.probability, shares.max(1).values)
    assert torch.allclose(told.true_probability, shares[torch.arange(10), data.targets])
    assert torch.allclose(told.losses.exp().float(), 1 / told.true_probability)


def test_when_memory_runs_out_the_same_samples_are_asked_about_in_smaller_pieces() -> None:
    module, data = tiny_net().eval(), TinyBatches(samples=22, batch_size=8)
    sizes: list[int] = []

    def hungry(inputs: dict[str, torch.Tensor]) -> torch.Tensor:
        sizes.append(len(inputs["x"]))
        if sizes[-1] > 3:
            raise torch.OutOfMemoryError("CUDA out of memory")
        logits: torch.Tensor = module(inputs["x"])
        return logits

    def told(forward: answers_module.Forward) -> answers_module.Answers:
        return ask(forward, data, CPU, samples=22, emit=unheard, phase="", stop_requested=never)

    small, whole = told(hungry), told(lambda inputs: module(inputs["x"]))
    assert torch.equal(small.predicted, whole.predicted)
    assert torch.allclose(small.probability, whole.probability)
    assert sizes[:2] == [8, 4]
    assert max(sizes[2:]) == 2  # the next batches start with what fits


def test_one_sample_that_does_not_fit_is_a_plain_problem() -> None:
    def hungry(inputs: dict[str, torch.Tensor]) -> torch.Tensor:
        raise MemoryError

    with pytest.raises(ProblemError) as caught:
        ask(
            hungry,
            TinyBatches(),
            CPU,
            samples=20,
            emit=unheard,
            phase="",
            stop_requested=never,
        )
    assert caught.value.problem.code == "out_of_memory"
