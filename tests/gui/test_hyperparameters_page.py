from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt

from finetune_studio.project import wording
from finetune_studio.project.choices import (
    FreezePreset,
    Optimizer,
    Schedule,
    Unfreezing,
    WarmupUnit,
)
from finetune_studio.project.freeze_plan import FreezePlan
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.project import Project
from finetune_studio.project.recommendation import fill_recommended, reasons
from finetune_studio.ui.pages.hyperparameters_page import HyperparametersPage
from finetune_studio.ui.snapshot import Snapshot
from finetune_studio.ui.widgets.choice_editor import ChoiceEditor
from finetune_studio.ui.widgets.number_editor import NumberEditor
from finetune_studio.ui.widgets.schedule_plot import RateCurve
from tests.gui import made_up


class Desk:
    """Shows snapshots to the page and takes its edits, as the session does."""

    def __init__(self, page: HyperparametersPage, snapshot: Snapshot) -> None:
        self.page = page
        self.edits: list[Project] = []
        page.edited.connect(self._take)
        self.show(snapshot)

    def show(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.page.show_snapshot(snapshot)

    def _take(self, project: Project) -> None:
        self.edits.append(project)
        self.show(replace(self.snapshot, project=fill_recommended(project, self.snapshot.facts)))

    @property
    def project(self) -> Project:
        return self.snapshot.project


@pytest.fixture
def desk(qtbot: Any) -> Desk:
    page = HyperparametersPage()
    qtbot.addWidget(page)
    page.resize(1000, 640)
    page.show()
    return Desk(page, made_up.snapshot())


def advised(desk: Desk) -> Hyperparameters:
    free = desk.project.edited(
        training=Hyperparameters(optimizer=desk.project.training.optimizer), pinned=()
    )
    return fill_recommended(free, desk.snapshot.facts).training


def type_into(qtbot: Any, desk: Desk, name: str, text: str) -> None:
    editor = desk.page.form.row(name).editor
    assert isinstance(editor, NumberEditor)
    editor.setFocus()
    editor.selectAll()
    qtbot.keyClicks(editor, text)
    qtbot.keyClick(editor, Qt.Key.Key_Return)


def shown(desk: Desk, name: str) -> str:
    editor = desk.page.form.row(name).editor
    return editor.currentText() if isinstance(editor, ChoiceEditor) else editor.lineEdit().text()  # type: ignore[union-attr]


def test_the_recommended_values_are_shown_where_nothing_is_pinned(desk: Desk) -> None:
    values = advised(desk)
    assert shown(desk, "epochs") == str(values.epochs)
    assert shown(desk, "batch_size") == str(values.batch_size)
    assert float(shown(desk, "learning_rate")) == values.learning_rate
    assert shown(desk, "augmentation") == values.augmentation.title_text
    assert desk.edits == []


def test_editing_stores_the_value_and_pins_the_field(desk: Desk, qtbot: Any) -> None:
    type_into(qtbot, desk, "learning_rate", "5e-4")
    assert desk.project.training.learning_rate == 5e-4
    assert desk.project.pinned == ("learning_rate",)
    type_into(qtbot, desk, "learning_rate", "1e-4")
    assert desk.project.pinned == ("learning_rate",)
    assert len(desk.edits) == 2


def test_the_chip_returns_a_field_to_the_recommendation(desk: Desk, qtbot: Any) -> None:
    type_into(qtbot, desk, "epochs", "3")
    type_into(qtbot, desk, "dropout", "0.5")
    chip = desk.page.form.row("epochs").chip
    qtbot.mouseClick(chip._reset, Qt.MouseButton.LeftButton)
    assert desk.project.pinned == ("dropout",)
    assert desk.project.training.epochs == advised(desk).epochs
    assert shown(desk, "epochs") == str(advised(desk).epochs)
    assert reasons(desk.project, desk.snapshot.facts)["epochs"] in desk.page.form.row("epochs").help


def test_one_button_returns_everything(desk: Desk, qtbot: Any) -> None:
    assert not desk.page.reset_button.isVisible()
    type_into(qtbot, desk, "epochs", "3")
    type_into(qtbot, desk, "warmup", "0.2")
    qtbot.mouseClick(desk.page.reset_button, Qt.MouseButton.LeftButton)
    assert desk.project.pinned == ()
    assert desk.project.training == advised(desk)
    assert not desk.page.reset_button.isVisible()


def test_a_recommendation_follows_what_it_depends_on(desk: Desk, qtbot: Any) -> None:
    combo = desk.page.form.row("optimizer").editor
    assert isinstance(combo, ChoiceEditor)
    before = advised(desk).learning_rate
    combo.setFocus()
    for _ in range(2):
        qtbot.keyClick(combo, Qt.Key.Key_Down)
    assert desk.project.training.optimizer is Optimizer.SGD
    assert float(shown(desk, "learning_rate")) == 10 * before
    assert desk.page.form.row("momentum").editor.isEnabled()


def test_wrong_input_holds_the_way_on_and_names_the_field(desk: Desk, qtbot: Any) -> None:
    with qtbot.waitSignal(desk.page.primary_changed):
        type_into(qtbot, desk, "epochs", "0")
    assert desk.edits == []
    assert desk.page.primary(desk.snapshot) == ("Next", "Correct “Epochs” to go on")
    type_into(qtbot, desk, "epochs", "4")
    assert desk.page.primary(desk.snapshot) == ("Next", "")


def test_the_schedule_counts_the_steps_of_the_run(desk: Desk) -> None:
    facts = desk.page.schedule_card.facts
    values = advised(desk)
    an_epoch = math.ceil(desk.snapshot.facts.train_samples / values.batch_size)
    assert facts.value("Steps an epoch") == str(an_epoch)
    assert facts.value("Steps") == str(an_epoch * values.epochs)
    assert facts.value("Time, about") != ""
    warm = round(values.warmup * an_epoch * values.epochs)
    assert f"first {warm} steps" in desk.page.schedule_card.line.text()


def test_the_schedule_is_drawn_anew_with_every_edit(desk: Desk, monkeypatch: Any) -> None:
    drawn: list[tuple[list[RateCurve], list[int]]] = []
    plot = desk.page.schedule_card.plot
    monkeypatch.setattr(plot, "show_curves", lambda *what: drawn.append(what))
    fixed = {"warmup": 0.0, "epochs": 6, "batch_size": 16, "learning_rate": 2e-3}
    training = desk.project.training.edited(schedule=Schedule.STEP, **fixed)
    pinned = ("schedule", *fixed)
    project = desk.project.edited(training=training, pinned=pinned)
    desk.show(replace(desk.snapshot, project=project))
    desk.show(replace(desk.snapshot, project=project))
    assert len(drawn) == 1
    (curve,), marks = drawn[0]
    steps, rates = curve.steps, curve.rates
    assert (steps[0], steps[-1]) == (1, 114)
    assert marks == [19, 38, 57, 76, 95]
    assert rates[0] == pytest.approx(2e-3)
    assert rates[-1] == pytest.approx(2e-4)


def test_a_long_run_is_drawn_from_few_points(desk: Desk, monkeypatch: Any) -> None:
    drawn: list[Any] = []
    plot = desk.page.schedule_card.plot
    monkeypatch.setattr(plot, "show_curves", lambda *what: drawn.append(what))
    training = desk.project.training.edited(epochs=10_000, batch_size=16)
    project = desk.project.edited(training=training, pinned=("epochs", "batch_size"))
    desk.show(replace(desk.snapshot, project=project))
    (curve,) = drawn[0][0]
    assert len(curve.steps) <= 400
    assert curve.steps[-1] == 190_000


def test_dividing_the_rate_draws_a_curve_a_block_with_a_key_and_says_so(
    desk: Desk, qtbot: Any
) -> None:
    everything = desk.project.edited(freeze=FreezePlan(preset=FreezePreset.EVERYTHING))
    desk.show(replace(desk.snapshot, project=everything))
    assert not desk.page.schedule_card.key.isVisible()
    type_into(qtbot, desk, "rate_decay", "2.6")
    assert desk.snapshot.model is not None
    names = [block.name for block in reversed(desk.snapshot.model.blocks)]
    key = desk.page.schedule_card.key
    assert [name for name, _ in key.entries] == names
    peak = desk.project.training.learning_rate
    assert key.entries[1][1] == wording.rate(peak)
    assert key.entries[2][1] == wording.rate(peak / 2.6)
    assert "2.6 times slower" in desk.page.schedule_card.line.text()
    assert "Each block below" in desk.page.schedule_card.line.text()


def test_what_stays_frozen_has_no_rate(desk: Desk, qtbot: Any) -> None:
    last = desk.project.edited(freeze=FreezePlan(preset=FreezePreset.LAST_BLOCKS, last_blocks=2))
    desk.show(replace(desk.snapshot, project=last))
    type_into(qtbot, desk, "rate_decay", "2")
    assert len(desk.page.schedule_card.key.entries) == 3


def test_a_block_that_wakes_later_is_drawn_from_then_on(desk: Desk, monkeypatch: Any) -> None:
    drawn: list[tuple[list[RateCurve], list[int]]] = []
    monkeypatch.setattr(
        desk.page.schedule_card.plot, "show_curves", lambda *what: drawn.append(what)
    )
    plan = FreezePlan(preset=FreezePreset.EVERYTHING, unfreezing=Unfreezing.HEAD_FIRST)
    training = desk.project.training.edited(head_rate=10.0)
    project = desk.project.edited(freeze=plan, training=training, pinned=("head_rate",))
    desk.show(replace(desk.snapshot, project=project))
    head, backbone = drawn[0][0]
    assert (head.name, backbone.name) == ("Head", "Backbone")
    assert head.steps[0] == 1
    assert backbone.steps[0] > drawn[0][1][0]
    assert max(head.rates) == pytest.approx(10 * max(backbone.rates), rel=0.2)


def test_it_says_that_a_plateau_cannot_be_drawn(desk: Desk) -> None:
    training = desk.project.training.edited(schedule=Schedule.PLATEAU)
    desk.show(replace(desk.snapshot, project=desk.project.edited(training=training)))
    assert "cannot be drawn" in desk.page.schedule_card.line.text()


@pytest.mark.parametrize("schedule", list(Schedule))
def test_every_schedule_can_be_drawn_with_any_warm_up(desk: Desk, schedule: Schedule) -> None:
    for unit in WarmupUnit:
        training = desk.project.training.edited(schedule=schedule, warmup_unit=unit, warmup_steps=7)
        project = desk.project.edited(training=training, pinned=("schedule", "warmup_unit"))
        desk.show(replace(desk.snapshot, project=project))
        words = desk.page.schedule_card.plot.accessibleDescription()
        assert words.startswith("from ")
        if unit is WarmupUnit.STEPS:
            assert "first 7 steps" in desk.page.schedule_card.line.text()


def test_before_the_data_are_read_it_says_when_values_are_recommended(qtbot: Any) -> None:
    page = HyperparametersPage()
    qtbot.addWidget(page)
    page.show_snapshot(Snapshot())
    page.show()
    assert not page.form.row("epochs").chip.isVisible()
    assert page._note.text() == "Recommended values appear once the data are read."
    assert page.primary(Snapshot()) == ("Next", "Choose a model to go on")


def test_showing_says_nothing(desk: Desk) -> None:
    desk.show(made_up.snapshot())
    desk.show(Snapshot())
    assert desk.edits == []
