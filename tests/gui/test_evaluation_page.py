from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QGuiApplication, QImage

from finetune_studio.events.descriptions import Probability, SamplePrediction
from finetune_studio.events.events import PredictionMade
from finetune_studio.project.checks import Step
from finetune_studio.project.choices import Split, Task
from finetune_studio.project.problems import Problem
from finetune_studio.ui import wishes
from finetune_studio.ui.pages.evaluation.predictions_file import cell_samples
from finetune_studio.ui.pages.evaluation_page import EvaluationPage
from finetune_studio.ui.snapshot import Activity, Snapshot
from tests.gui import made_up

EARLIER = "2026-11-23-001"


@pytest.fixture
def page(qtbot: Any) -> EvaluationPage:
    page = EvaluationPage()
    qtbot.addWidget(page)
    page.resize(1000, 1400)
    page.show()
    return page


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    files = [tmp_path / f"{i}.png" for i in range(3)]
    for shade, file in enumerate(files):
        image = QImage(8, 8, QImage.Format.Format_RGB32)
        image.fill(shade * 80)
        assert image.save(str(file))
    return files


def evaluated(tmp_path: Path, pictures: list[Path] | None = None, **changes: Any) -> Snapshot:
    task = Task.IMAGE if pictures else Task.TEXT
    return replace(
        made_up.trained(),
        project=made_up.project(task),
        folder=tmp_path,
        evaluation=made_up.report(tmp_path, pictures),
        **changes,
    )


def asked(page: EvaluationPage) -> list[object]:
    told: list[object] = []
    page.requested.connect(told.append)
    return told


def answer(run: str, given: str) -> PredictionMade:
    shares = (0.7, 0.2, 0.1)
    return PredictionMade(
        run=run,
        input=given,
        label="sea",
        probabilities=tuple(
            Probability(label=label, probability=share)
            for label, share in zip(("sea", "city", "forest"), shares, strict=True)
        ),
        seconds=0.04,
    )


# -------------------------------------------------------------------------------------- states


def test_without_a_run_it_leads_to_training(page: EvaluationPage) -> None:
    page.show_snapshot(made_up.snapshot())
    told = asked(page)
    assert "Nothing to evaluate yet" in page.state.text
    assert not page.try_it.isVisible()
    page.state.empty.action_button.click()
    assert told == [wishes.GoToStep(Step.TRAINING)]
    assert page.primary(made_up.snapshot()) == ("Export", "Train once to go on")


def test_a_run_can_be_evaluated(page: EvaluationPage) -> None:
    page.show_snapshot(made_up.trained())
    told = asked(page)
    page.state.empty.action_button.click()
    assert told == [wishes.EvaluateRun()]
    assert page.primary(made_up.trained()) == ("Export", "")


def test_evaluating_shows_progress_and_can_be_cancelled(page: EvaluationPage) -> None:
    activity = Activity("Evaluating 64 test samples", 0.4, 12.0)
    page.show_snapshot(replace(made_up.trained(), activities={"evaluate": activity}))
    told = asked(page)
    assert page.state.text == "Evaluating 64 test samples"
    page.state.busy.cancel_button.click()
    assert told == [wishes.CancelActivity("evaluate")]


def test_a_failed_evaluation_says_why_and_can_be_tried_again(page: EvaluationPage) -> None:
    problem = Problem(what="The data have moved.", remedy="Choose them again.")
    page.show_snapshot(
        replace(made_up.trained(), activities={"evaluate": Activity(problem=problem)})
    )
    told = asked(page)
    assert page.state.text.startswith("The data have moved.")
    page.state.problem_card.fix_button.click()
    assert told == [wishes.EvaluateRun()]


# ------------------------------------------------------------------------------------- figures


def test_the_big_number_stands_beside_its_interval_and_the_baseline(
    page: EvaluationPage, tmp_path: Path
) -> None:
    page.show_snapshot(evaluated(tmp_path))
    told = asked(page)
    page.evaluate_button.click()
    assert told == [wishes.EvaluateRun()]
    assert page.figures.accuracy.text() == "65.6 %"
    assert page.figures.data.text() == "right on 64 test samples, epoch 6"
    assert page.figures.interval.text() == "95 % interval: 53.3 % to 76.2 %"
    assert "“beach” would be right for 15.6 %" in page.figures.verdict.text()
    assert page.figures.macro_f1.text() == "65.0 %"
    assert page.figures.weighted_f1.text() == "66.0 %"


def test_it_says_so_when_the_model_does_not_beat_the_baseline(
    page: EvaluationPage, tmp_path: Path
) -> None:
    snapshot = evaluated(tmp_path)
    assert snapshot.evaluation is not None
    report = snapshot.evaluation.edited(baseline_accuracy=0.6, split=Split.VALIDATION)
    page.show_snapshot(replace(snapshot, evaluation=report))
    assert page.figures.verdict.text().startswith("Not clearly better than always saying “beach”")
    assert page.figures.verdict.tone == "warning"
    assert "64 validation samples" in page.figures.data.text()


def test_each_label_has_its_row(page: EvaluationPage, tmp_path: Path) -> None:
    page.show_snapshot(evaluated(tmp_path))
    lines = page.labels.as_text().splitlines()
    assert lines[0].split("\t") == ["Label", "Samples", "Precision", "Recall", "F1"]
    assert lines[1].split("\t") == ["beach", "10", "50.0 %", "90.0 %", "60.0 %"]
    assert len(lines) == 8


def test_of_a_label_without_samples_nothing_is_claimed(
    page: EvaluationPage, tmp_path: Path
) -> None:
    snapshot = evaluated(tmp_path)
    assert snapshot.evaluation is not None
    first, *others = snapshot.evaluation.labels
    unseen = first.edited(support=0, precision=0.0, recall=0.0, f1=0.0)
    report = snapshot.evaluation.edited(labels=(unseen, *others))
    page.show_snapshot(replace(snapshot, evaluation=report))
    assert page.labels.as_text().splitlines()[1].split("\t") == ["beach", "0", "–", "–", "–"]


def test_another_run_can_be_picked(page: EvaluationPage, qtbot: Any, tmp_path: Path) -> None:
    page.show_snapshot(evaluated(tmp_path))
    told = asked(page)
    page.picker.setFocus()
    qtbot.keyClick(page.picker, Qt.Key.Key_Down)
    assert told == [wishes.ShowRun(EARLIER)]


def test_only_runs_with_an_epoch_can_be_picked(page: EvaluationPage) -> None:
    snapshot = made_up.trained()
    hopeless = snapshot.runs[1].edited(best_epoch=0, figures=None)
    page.show_snapshot(replace(snapshot, runs=(snapshot.runs[0], hopeless)))
    assert page.picker.count() == 1
    assert not page.picker.isEnabled()


# ------------------------------------------------------------------------------------- samples


def test_the_surest_mistakes_come_first_as_pictures(
    page: EvaluationPage, tmp_path: Path, pictures: list[Path]
) -> None:
    page.show_snapshot(evaluated(tmp_path, pictures))
    shown = page.samples.gallery.pictures
    assert page.samples.gallery.isVisible()
    assert len(shown) == 22
    assert (shown[0].caption, shown[0].note) == ("city 95 %", "is beach")


def test_texts_come_as_rows(page: EvaluationPage, tmp_path: Path) -> None:
    page.show_snapshot(evaluated(tmp_path))
    assert page.samples.rows.isVisible()
    assert "The city was nothing like the beach" in page.samples.rows.as_text()


def test_a_cell_of_the_matrix_shows_its_samples_and_leads_back(
    page: EvaluationPage, qtbot: Any, tmp_path: Path, pictures: list[Path]
) -> None:
    snapshot = evaluated(tmp_path, pictures)
    page.show_snapshot(snapshot)
    page.matrix.cell_selected.emit("forest", "mountain")
    assert page.samples.accessibleName() == "forest, taken for mountain"
    assert {picture.note for picture in page.samples.gallery.pictures} == {"is forest"}
    assert len(page.samples.gallery.pictures) == 3
    page.show_snapshot(replace(snapshot, shown_run=made_up.RUN))
    assert len(page.samples.gallery.pictures) == 3
    qtbot.mouseClick(page.samples.back_button, Qt.MouseButton.LeftButton)
    assert page.samples.accessibleName() == "Surest mistakes"


def test_a_vanished_predictions_file_is_said(page: EvaluationPage, tmp_path: Path) -> None:
    page.show_snapshot(evaluated(tmp_path))
    (tmp_path / "predictions.jsonl").unlink()
    page.matrix.cell_selected.emit("forest", "mountain")
    assert "Evaluate again" in page.samples.nothing.text()


def test_samples_of_a_cell_are_found_with_any_letters(tmp_path: Path) -> None:
    file = tmp_path / "predictions.jsonl"
    one = SamplePrediction(
        where="1", true="Käse", predicted='an "odd" label', probability=0.4, true_probability=0.1
    )
    other = one.edited(true="Brot", text='Käse is not an "odd" label')
    lines = [one, other, one.edited(where="2", probability=0.9)]
    file.write_text(
        "".join(line.model_dump_json() + "\n" for line in lines) + '{"cut', encoding="utf-8"
    )
    assert [s.where for s in cell_samples(file, "Käse", 'an "odd" label')] == ["2", "1"]
    assert len(cell_samples(file, "Käse", 'an "odd" label', most=1)) == 1
    assert cell_samples(tmp_path / "none", "a", "b") == ()


# -------------------------------------------------------------------------------------- try it


def test_a_dropped_picture_is_asked_about_and_answered(
    page: EvaluationPage, tmp_path: Path, pictures: list[Path]
) -> None:
    snapshot = evaluated(tmp_path, pictures)
    page.show_snapshot(snapshot)
    told = asked(page)
    page.try_it.input_panel.drop_zone.paths_dropped.emit((pictures[0],))
    given = str(pictures[0])
    assert told == [wishes.Predict(run=made_up.RUN, inputs=(given,))]
    page.show_snapshot(replace(snapshot, predictions=(answer(made_up.RUN, given),)))
    first, second = page.try_it.answers
    assert first.bars.rows[0] == ("sea", 0.7)
    assert not second.isVisible()
    assert page.try_it.picture.isVisible()


def test_a_text_is_classified_by_key(page: EvaluationPage, qtbot: Any, tmp_path: Path) -> None:
    page.show_snapshot(evaluated(tmp_path))
    told = asked(page)
    panel = page.try_it.input_panel
    assert not panel.classify_button.isEnabled()
    panel.text.setFocus()
    qtbot.keyClicks(panel.text, "Lovely waves")
    qtbot.keyClick(panel.text, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.mouseClick(panel.classify_button, Qt.MouseButton.LeftButton)
    assert told == [wishes.Predict(run=made_up.RUN, inputs=("Lovely waves",))] * 2


def test_another_run_answers_after_the_first(
    page: EvaluationPage, qtbot: Any, tmp_path: Path
) -> None:
    snapshot = evaluated(tmp_path)
    page.show_snapshot(snapshot)
    page.try_it.compare.setFocus()
    qtbot.keyClick(page.try_it.compare, Qt.Key.Key_Down)
    told = asked(page)
    page.try_it.input_panel.text.setPlainText("Lovely waves")
    page.try_it.input_panel.classify_button.click()
    busy = replace(snapshot, activities={"predict": Activity("Asking the model")})
    page.show_snapshot(busy)
    assert page.try_it.busy.isVisible()
    first = (answer(made_up.RUN, "Lovely waves"),)
    page.show_snapshot(replace(busy, predictions=first))
    assert len(told) == 1
    page.show_snapshot(replace(snapshot, predictions=first))
    qtbot.waitUntil(lambda: len(told) == 2)
    assert told[1] == wishes.Predict(run=EARLIER, inputs=("Lovely waves",))
    both = (answer(EARLIER, "Lovely waves"), *first)
    page.show_snapshot(replace(snapshot, predictions=both))
    assert all(panel.isVisible() for panel in page.try_it.answers)
    assert [panel.run.text() for panel in page.try_it.answers] == [made_up.RUN, EARLIER]


def test_a_failed_question_is_said_and_not_repeated(
    page: EvaluationPage, qtbot: Any, tmp_path: Path
) -> None:
    snapshot = evaluated(tmp_path)
    page.show_snapshot(snapshot)
    told = asked(page)
    page.try_it.input_panel.text.setPlainText("Lovely waves")
    page.try_it.input_panel.classify_button.click()
    problem = Problem(what="The run's weights are not there.")
    page.show_snapshot(replace(snapshot, activities={"predict": Activity(problem=problem)}))
    qtbot.wait(20)
    assert len(told) == 1
    assert page.try_it.problems.cards[0].problem == problem
    assert not any(panel.isVisible() for panel in page.try_it.answers)


def test_a_picture_can_be_pasted(
    page: EvaluationPage, tmp_path: Path, pictures: list[Path]
) -> None:
    page.show_snapshot(evaluated(tmp_path, pictures))
    told = asked(page)
    QGuiApplication.clipboard().setImage(QImage(str(pictures[1])))
    page.try_it.input_panel.paste()
    page.try_it.input_panel.paste()
    files = list((tmp_path / "cache" / "pasted").iterdir())
    assert len(files) == 1
    assert QImage(str(files[0])).size() == QImage(str(pictures[1])).size()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(pictures[2]))])
    QGuiApplication.clipboard().setMimeData(data)
    page.try_it.input_panel.paste()
    assert told[-1] == wishes.Predict(run=made_up.RUN, inputs=(str(pictures[2]),))


def test_showing_says_nothing(page: EvaluationPage, qtbot: Any, tmp_path: Path) -> None:
    told = asked(page)
    for snapshot in (Snapshot(), evaluated(tmp_path), made_up.trained()):
        page.show_snapshot(snapshot)
    qtbot.wait(20)
    assert told == []
