"""Several labels and numbers in the window: real widgets clicked, with made-up reports."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from finetune_studio.events import events as ev
from finetune_studio.events.descriptions import (
    ColumnDescription,
    DataReport,
    EvaluationReport,
    Figures,
    LabelCount,
    LabelFigures,
    Preview,
    Probability,
    SamplePrediction,
)
from finetune_studio.events.events import PredictionMade
from finetune_studio.events.history import replay
from finetune_studio.project.choices import DataKind, Split, Target, Task
from finetune_studio.project.facts import Facts
from finetune_studio.project.project import Project
from finetune_studio.project.target import TargetReading, joined
from finetune_studio.ui import wishes
from finetune_studio.ui.pages.data_page import DataPage
from finetune_studio.ui.pages.evaluation.thresholds import answered, recounted
from finetune_studio.ui.pages.evaluation_page import EvaluationPage
from finetune_studio.ui.pages.hyperparameters_page import HyperparametersPage
from finetune_studio.ui.pages.training_page import TrainingPage
from finetune_studio.ui.snapshot import Snapshot
from tests.gui import made_up

LABELS = ("rude", "threat", "toxic")


def predictions(count: int = 40) -> list[SamplePrediction]:
    draw = random.Random(5)
    found = []
    for place in range(count):
        true = [label for label in LABELS if draw.random() < 0.4]
        shares = tuple(
            draw.uniform(0.3, 0.9) if x in true else draw.uniform(0, 0.6) for x in LABELS
        )
        said = [label for label, share in zip(LABELS, shares, strict=True) if share >= 0.5]
        found.append(
            SamplePrediction(
                where=f"line {place}",
                true=joined(true),
                predicted=joined(said),
                probability=max(shares),
                true_probability=min(shares),
                text=f"text {place}",
                shares=shares,
            )
        )
    return found


def written(folder: Path, samples: list[SamplePrediction]) -> str:
    file = folder / "predictions.jsonl"
    file.write_text("".join(one.model_dump_json() + "\n" for one in samples))
    return str(file)


def several(folder: Path) -> EvaluationReport:
    samples = predictions()
    counts = recounted(answered(LABELS, samples), dict.fromkeys(LABELS, 0.5))
    together = tuple(
        tuple(sum(a in one.true and b in one.true for one in samples) for b in LABELS)
        for a in LABELS
    )
    figures = Figures(
        target=Target.LABELS,
        loss=0.4,
        accuracy=counts.all_right,
        macro_f1=counts.macro_f1,
        weighted_f1=0.7,
        micro_f1=counts.micro_f1,
    )
    return EvaluationReport(
        run=made_up.RUN,
        epoch=3,
        data="/data/table.csv",
        split=Split.TEST,
        samples=len(samples),
        figures=figures,
        interval=(0.6, 0.8),
        baseline_label="toxic",
        baseline_accuracy=0.1,
        baseline_macro_f1=0.2,
        baseline=figures.edited(macro_f1=0.2),
        labels=counts.labels,
        confusion=(),
        together=together,
        mistakes=tuple(one for one in samples if one.true != one.predicted),
        predictions=written(folder, samples),
        target=Target.LABELS,
    )


def numbers(folder: Path) -> EvaluationReport:
    draw = random.Random(6)
    samples = []
    for place in range(50):
        true = draw.uniform(0, 100)
        value = true + draw.gauss(0, 8)
        samples.append(
            SamplePrediction(
                where=f"line {place}",
                true=repr(true),
                predicted=repr(value),
                probability=0,
                true_probability=0,
                text=f"text {place}",
                value=value,
                true_value=true,
            )
        )
    samples.sort(key=lambda one: -abs(one.value - one.true_value))
    figures = Figures(
        target=Target.NUMBER,
        loss=0.1,
        accuracy=0,
        macro_f1=0,
        weighted_f1=0,
        mae=6.4,
        rmse=8.1,
        r2=0.91,
        unit="kg",
    )
    return EvaluationReport(
        run=made_up.RUN,
        epoch=3,
        data="/data/table.csv",
        split=Split.TEST,
        samples=50,
        figures=figures,
        interval=(5.2, 7.7),
        baseline_label="49.8 kg",
        baseline_accuracy=0,
        baseline_macro_f1=0,
        baseline=figures.edited(mae=25.0),
        labels=(),
        confusion=(),
        mistakes=tuple(samples),
        predictions=written(folder, samples),
        target=Target.NUMBER,
    )


def shown(qtbot: Any, report: EvaluationReport, folder: Path) -> EvaluationPage:
    page = EvaluationPage()
    qtbot.addWidget(page)
    page.resize(1100, 1300)
    page.show()
    snapshot = replace(
        made_up.trained(), project=made_up.project(Task.TEXT), folder=folder, evaluation=report
    )
    page.show_snapshot(snapshot)
    return page


# ------------------------------------------------------------------------------------ evaluation


def test_a_wheel_that_passes_over_a_threshold_does_not_move_it(qtbot: Any, tmp_path: Path) -> None:
    page = shown(qtbot, several(tmp_path), tmp_path)
    slider = page.label_panel.bar.slider
    slider.clearFocus()
    before = slider.value()
    wheel = QWheelEvent(
        QPointF(5, 5),
        slider.mapToGlobal(QPointF(5, 5)),
        QPoint(0, 0),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(slider, wheel)
    assert slider.value() == before


def test_moving_a_threshold_counts_again_and_reset_takes_it_back(
    qtbot: Any, tmp_path: Path
) -> None:
    report = several(tmp_path)
    page = shown(qtbot, report, tmp_path)
    panel = page.label_panel
    assert page.figures.accuracy.text() == f"{100 * report.figures.macro_f1:.1f} %"
    assert "Threshold" in panel.table.as_text()
    before = panel.bar.figures.text()

    panel.table.selectRow(2)
    assert panel.bar.label == "toxic"
    panel.bar.slider.setFocus()
    qtbot.keyClick(panel.bar.slider, Qt.Key.Key_Home)
    assert panel.thresholds["toxic"] == 0.0
    expected = recounted(
        answered(LABELS, predictions()), {"rude": 0.5, "threat": 0.5, "toxic": 0.0}
    )
    assert f"{100 * expected.macro_f1:.1f} %" in panel.bar.figures.text() != before
    row = next(line for line in panel.table.as_text().splitlines() if line.startswith("toxic"))
    assert row.endswith("0.0 %")
    assert "100.0 %" in row  # every toxic sample is found now

    qtbot.mouseClick(panel.bar.reset_button, Qt.MouseButton.LeftButton)
    assert panel.bar.figures.text() == before
    assert not panel.bar.reset_button.isEnabled()


def test_kept_thresholds_are_asked_for_with_the_run(qtbot: Any, tmp_path: Path) -> None:
    page = shown(qtbot, several(tmp_path), tmp_path)
    told: list[object] = []
    page.requested.connect(told.append)
    panel = page.label_panel
    assert not panel.bar.keep_button.isEnabled()
    panel.bar.slider.setValue(160)
    qtbot.mouseClick(panel.bar.keep_button, Qt.MouseButton.LeftButton)

    assert told == [wishes.KeepThresholds(made_up.RUN, {"rude": 0.8})]
    assert not panel.bar.keep_button.isEnabled()


def test_labels_that_come_together_can_be_looked_at(qtbot: Any, tmp_path: Path) -> None:
    report = several(tmp_path)
    page = shown(qtbot, report, tmp_path)
    assert page.together.isVisible()
    assert not page.matrix.isVisible()
    page.together.grid.cell_chosen.emit(0, 2)
    assert f"{report.together[0][2]} samples" in page.samples._caption.text()
    assert page.samples.rows.model().rowCount() == report.together[0][2]


def test_numbers_are_points_beside_the_diagonal(qtbot: Any, tmp_path: Path) -> None:
    page = shown(qtbot, numbers(tmp_path), tmp_path)
    assert page.figures.accuracy.text() == "6.40 kg"
    assert page.figures.macro_f1.text() == "8.10 kg"
    assert page.scatter.isVisible()
    assert page.scatter.count == 50
    assert not page.label_panel.isVisible()
    first = page.samples.rows.model().index(0, 3).data()
    assert first not in ("", "–")

    page.scatter.point_chosen.emit(3)
    assert page.samples.rows.model().rowCount() == 1
    qtbot.mouseClick(page.samples.back_button, Qt.MouseButton.LeftButton)
    assert page.samples.rows.model().rowCount() == 50


def test_another_kind_of_report_brings_its_own_views_back(qtbot: Any, tmp_path: Path) -> None:
    page = shown(qtbot, numbers(tmp_path), tmp_path)
    snapshot = replace(
        made_up.trained(), folder=tmp_path, evaluation=made_up.report(tmp_path, None)
    )
    page.show_snapshot(snapshot)
    assert page.matrix.isVisible()
    assert page.labels.isVisible()
    assert not page.label_panel.bar.isVisible()
    assert "Threshold" not in page.labels.as_text()


def test_try_it_says_which_labels_are_given_or_the_number(qtbot: Any, tmp_path: Path) -> None:
    page = shown(qtbot, several(tmp_path), tmp_path)
    probabilities = tuple(
        Probability(label=label, probability=share, threshold=cut)
        for label, share, cut in (("toxic", 0.7, 0.5), ("rude", 0.4, 0.3), ("threat", 0.1, 0.5))
    )
    made = PredictionMade(
        run=made_up.RUN,
        input="you",
        label="rude | toxic",
        probabilities=probabilities,
        target=Target.LABELS,
    )
    panel = page.try_it.answers[0]
    panel.show_answer(made_up.RUN, made, "")
    assert panel.said.text() == "rude, toxic"
    panel.show_answer(made_up.RUN, made.edited(label=""), "")
    assert panel.said.text() == "None of the labels"
    number = made.edited(label="12.5 kg", target=Target.NUMBER, value=12.5, probabilities=())
    panel.show_answer(made_up.RUN, number, "")
    assert panel.said.text() == "12.5 kg"


# ------------------------------------------------------------------------------------------ data


def data_report(tmp_path: Path, target: TargetReading, bars: list[tuple[str, int]]) -> DataReport:
    previews = tmp_path / "previews.jsonl"
    shown = [
        Preview(label="big, red", split=Split.TRAIN, where="line 2", text="one", groups=("big",)),
        Preview(label="red", split=Split.TEST, where="line 3", text="two", groups=("red",)),
    ]
    previews.write_text("".join(one.model_dump_json() + "\n" for one in shown))
    return DataReport(
        path="/data/table.csv",
        task=Task.TEXT,
        kind=DataKind.TABLE,
        samples=10,
        labels=tuple(LabelCount(label=label, count=count) for label, count in bars),
        columns=tuple(
            ColumnDescription(name=name, examples=("a",), distinct=3)
            for name in ("text", "tags", "hot", "wet")
        ),
        text_column="text",
        label_column="tags",
        delimiter=",",
        encoding="utf-8",
        previews=str(previews),
        target=target,
        divided=(6, 2, 2),
        unlabelled=1,
    )


@pytest.fixture
def page(qtbot: Any) -> DataPage:
    page = DataPage()
    qtbot.addWidget(page)
    page.resize(1040, 900)
    page.show()
    return page


def show(page: DataPage, report: DataReport) -> list[Project]:
    edits: list[Project] = []
    page.edited.connect(edits.append)
    page.show_snapshot(Snapshot(project=made_up.project(Task.TEXT), data_report=report))
    return edits


SEVERAL = TargetReading(kind=Target.LABELS, separator="|", reason="Seen so.")


def test_several_labels_are_said_and_can_be_changed(page: DataPage, tmp_path: Path) -> None:
    edits = show(page, data_report(tmp_path, SEVERAL, [("big", 5), ("red", 9)]))
    options = page.report.options
    words = page.report.samples.target.text()
    assert "add up to 14" in words
    assert "Seen so." in words
    assert "1 sample has none" in words
    assert "guessed" in options.mark("target")

    combo = options.combo("target")
    combo.setCurrentIndex(combo.findData("label"))
    combo.activated.emit(combo.currentIndex())
    assert edits[-1].data is not None
    assert edits[-1].data.target is Target.LABEL
    separator = options.combo("label_separator")
    separator.activated.emit(separator.findData(";"))
    assert edits[-1].data is not None
    assert edits[-1].data.label_separator == ";"


def test_columns_of_labels_are_ticked_in_a_list(qtbot: Any, page: DataPage, tmp_path: Path) -> None:
    edits = show(page, data_report(tmp_path, SEVERAL, [("big", 5), ("red", 9)]))
    columns = page.report.options.columns
    for action in columns.menu.actions():
        if action.data() in ("hot", "wet"):
            columns.menu.setActiveAction(action)
            qtbot.keyClick(columns.menu, Qt.Key.Key_Space)
    assert columns.ticked == ("hot", "wet")
    columns.menu.aboutToHide.emit()
    assert edits[-1].data is not None
    assert edits[-1].data.label_columns == ("hot", "wet")


def test_numbers_stay_in_order_and_have_a_unit(qtbot: Any, page: DataPage, tmp_path: Path) -> None:
    number = TargetReading(kind=Target.NUMBER, unit="kg")
    edits = show(
        page, data_report(tmp_path, number, [("0 to 5", 1), ("5 to 10", 8), ("10 to 15", 1)])
    )
    bars = page.report.samples.labels
    assert bars.shown_names == ("0 to 5", "5 to 10", "10 to 15")
    assert not bars.order.isVisible()
    assert not bars.is_marked("0 to 5")
    unit = page.report.options.unit
    assert unit.edit.text() == "kg"
    unit.edit.selectAll()
    qtbot.keyClicks(unit.edit, "g")
    qtbot.keyClick(unit.edit, Qt.Key.Key_Return)
    assert edits[-1].data is not None
    assert edits[-1].data.number_unit == "g"


def test_the_samples_of_a_bar_say_what_they_are(page: DataPage, tmp_path: Path) -> None:
    show(page, data_report(tmp_path, SEVERAL, [("big", 5), ("red", 9)]))
    samples = page.report.samples
    samples.labels.bar_selected.emit("big")
    assert samples.rows.model().rowCount() == 1


# -------------------------------------------------------------------------------- training, form


def history(target: Target, unit: str = "") -> Any:
    found = {
        Target.LABELS: Figures(
            target=target, loss=0.4, accuracy=0.5, macro_f1=0.7, weighted_f1=0.7, micro_f1=0.75
        ),
        Target.NUMBER: Figures(
            target=target,
            loss=0.2,
            accuracy=0,
            macro_f1=0,
            weighted_f1=0,
            mae=3.2,
            r2=0.8,
            unit=unit,
        ),
    }[target]
    events: list[ev.Event] = [
        ev.RunStarted(run=made_up.RUN, folder="/x", epochs=2),
        ev.ModelPrepared(
            title="M", parameters=10, trainable=5, labels=("a",), target=target, unit=unit
        ),
        ev.EpochStarted(epoch=1, steps=2),
        ev.StepFinished(step=1, epoch=1, loss=0.7, accuracy=4.0, learning_rates={"head": 0.1}),
        ev.EpochFinished(
            epoch=1,
            step=2,
            train_loss=0.6,
            train_accuracy=4.0,
            val_loss=found.loss,
            val_accuracy=found.accuracy,
            val_macro_f1=found.macro_f1,
            learning_rates={"head": 0.1},
            seconds=1,
            best=True,
            validation=found,
        ),
    ]
    return replay(events)


@pytest.mark.parametrize(
    ("target", "unit", "title", "number"),
    [(Target.LABELS, "", "Macro F1", "70.0 %"), (Target.NUMBER, "kg", "Mean error", "3.20 kg")],
)
def test_the_lower_curve_is_the_main_figure(
    qtbot: Any, target: Target, unit: str, title: str, number: str
) -> None:
    page = TrainingPage()
    qtbot.addWidget(page)
    page.resize(1040, 760)
    page.show()
    page.show_snapshot(Snapshot(project=made_up.project(), history=history(target, unit)))
    assert page.views.curves.accuracy.title == title
    assert page.status.number.text() == number
    header, rows = page.views.curves.accuracy.table()
    assert header[1].startswith("Training")
    assert any(row[2] == pytest.approx(0.7 if target is Target.LABELS else 3.2) for row in rows)

    page.show_snapshot(made_up.trained())
    assert page.views.curves.accuracy.title == "Accuracy"


def test_settings_appear_where_they_matter(qtbot: Any) -> None:
    page = HyperparametersPage()
    qtbot.addWidget(page)
    for target, seen in (
        (Target.LABEL, ()),
        (Target.LABELS, ("thresholds",)),
        (Target.NUMBER, ("number_loss",)),
    ):
        page.show_snapshot(
            Snapshot(project=made_up.project(), facts=Facts(train_samples=9, target=target))
        )
        for name in ("thresholds", "number_loss"):
            assert page.form.row(name).isHidden() is (name not in seen)


def test_figures_of_labels_are_counted_as_the_engine_counts() -> None:
    labels = recounted(answered(("a", "b"), []), {"a": 0.5, "b": 0.5}).labels
    assert labels[0] == LabelFigures(label="a", precision=0, recall=0, f1=0, support=0)
