from __future__ import annotations

from typing import Any

import pytest
from pydantic import Field
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from finetune_studio.project.choices import Metric, Optimizer, Schedule
from finetune_studio.project.hyperparameters import Hyperparameters
from finetune_studio.project.value import Value
from finetune_studio.ui.widgets.choice_editor import ChoiceEditor, SwitchEditor
from finetune_studio.ui.widgets.field_columns import FieldGroup
from finetune_studio.ui.widgets.field_declaration import FieldKind, declarations, number_text
from finetune_studio.ui.widgets.field_form import Advice, FieldForm
from finetune_studio.ui.widgets.number_editor import NumberEditor, stepped


@pytest.fixture
def form(qtbot: Any) -> FieldForm:
    form = FieldForm(Hyperparameters)
    qtbot.addWidget(form)
    form.resize(700, 900)
    form.show_values(Hyperparameters(), "image", {})
    form.show()
    return form


def number(form: FieldForm, name: str) -> NumberEditor:
    editor = form.row(name).editor
    assert isinstance(editor, NumberEditor)
    return editor


def choice(form: FieldForm, name: str) -> ChoiceEditor:
    editor = form.row(name).editor
    assert isinstance(editor, ChoiceEditor)
    return editor


def edits(form: FieldForm) -> list[tuple[str, object]]:
    told: list[tuple[str, object]] = []
    form.edited.connect(lambda name, value: told.append((name, value)))
    return told


def type_into(qtbot: Any, editor: NumberEditor, text: str) -> None:
    editor.setFocus()
    editor.selectAll()
    qtbot.keyClicks(editor, text)


def test_every_declared_setting_has_a_field_with_name_and_help(form: FieldForm) -> None:
    for name, info in Hyperparameters.model_fields.items():
        editor = form.row(name).editor
        assert editor.accessibleName() == info.title
        assert info.description
        assert info.description in editor.accessibleDescription()


def test_showing_values_says_nothing(form: FieldForm) -> None:
    told = edits(form)
    form.show_values(Hyperparameters(epochs=3, optimizer=Optimizer.SGD), "image", {})
    assert number(form, "epochs").lineEdit().text() == "3"
    assert choice(form, "optimizer").value is Optimizer.SGD
    assert told == []


def test_a_typed_number_is_told_once_when_it_is_finished(form: FieldForm, qtbot: Any) -> None:
    told = edits(form)
    type_into(qtbot, number(form, "epochs"), "12")
    assert told == []
    qtbot.keyClick(number(form, "epochs"), Qt.Key.Key_Return)
    form.row("batch_size").editor.setFocus()
    assert told == [("epochs", 12)]


@pytest.mark.parametrize(
    ("text", "value"), [("1e-3", 0.001), ("0,0005", 0.0005), (" 2.5e-05 ", 2.5e-5)]
)
def test_a_rate_can_be_written_the_ways_people_write_it(
    form: FieldForm, qtbot: Any, text: str, value: float
) -> None:
    told = edits(form)
    form.show_values(Hyperparameters(learning_rate=0.5), "image", {})
    type_into(qtbot, number(form, "learning_rate"), text)
    qtbot.keyClick(number(form, "learning_rate"), Qt.Key.Key_Return)
    assert told == [("learning_rate", value)]


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("epochs", "0", "0 is too low: at least 1."),
        ("epochs", "two", "Write a whole number, such as 8."),
        ("epochs", "2.5", "Write a whole number, such as 8."),
        ("learning_rate", "0", "0 is too low: more than 0."),
        ("learning_rate", "nan", "Write a number, such as 0.001."),
        ("momentum", "1", "1 is too high: less than 1."),
        ("batch_size", "5,000", "5,000 is too high: at most 4,096."),
        ("dropout", "", "Write a number, such as 0.1."),
    ],
)
def test_wrong_input_says_why_and_is_not_stored(
    form: FieldForm, qtbot: Any, name: str, text: str, reason: str
) -> None:
    form.show_values(Hyperparameters(optimizer=Optimizer.SGD), "image", {})
    form.fold.set_open(True)
    told = edits(form)
    editor = number(form, name)
    editor.setFocus()
    editor.selectAll()
    qtbot.keyClick(editor, Qt.Key.Key_Delete)
    qtbot.keyClicks(editor, text)
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert form.row(name).objection == reason
    assert form.objections == {form.row(name).declaration.title: reason}
    assert told == []


def test_wrong_input_stays_until_escape_brings_the_value_back(form: FieldForm, qtbot: Any) -> None:
    editor = number(form, "epochs")
    type_into(qtbot, editor, "0")
    form.row("batch_size").editor.setFocus()
    form.show_values(Hyperparameters(), "image", {})
    assert editor.lineEdit().text() == "0"
    editor.setFocus()
    qtbot.keyClick(editor, Qt.Key.Key_Escape)
    assert editor.lineEdit().text() == "8"
    assert form.objections == {}


def test_arrow_keys_step_a_rate_by_factors_and_a_share_by_differences(
    form: FieldForm, qtbot: Any
) -> None:
    told = edits(form)
    for name in ("learning_rate", "dropout", "batch_size", "epochs"):
        form.row(name).editor.setFocus()
        qtbot.keyClick(form.row(name).editor, Qt.Key.Key_Up)
    assert told == [("learning_rate", 0.002), ("dropout", 0.15), ("batch_size", 64), ("epochs", 9)]


def test_steps_never_leave_the_bounds() -> None:
    known = {declared.name: declared for declared in declarations(Hyperparameters)}
    for name, declared in known.items():
        if declared.kind not in (FieldKind.WHOLE, FieldKind.NUMBER):
            continue
        for direction in (1, -1):
            value = float(getattr(Hyperparameters(), name))
            for _ in range(60):
                value = stepped(declared, value, direction)
                Hyperparameters(**{name: value})


def test_a_switch_says_how_it_stands_and_what_was_switched(form: FieldForm, qtbot: Any) -> None:
    form.fold.set_open(True)
    editor = form.row("reuse_frozen").editor
    assert isinstance(editor, SwitchEditor)
    assert (editor.value, editor.text()) == (True, "On")
    told = edits(form)
    qtbot.keyClick(editor, Qt.Key.Key_Space)
    assert told == [("reuse_frozen", False)]
    assert editor.text() == "Off"
    form.show_values(Hyperparameters(), "image", {})
    assert (editor.value, editor.text()) == (True, "On")
    assert len(told) == 1


def test_room_is_stepped_by_whole_gigabytes(form: FieldForm, qtbot: Any) -> None:
    form.fold.set_open(True)
    told = edits(form)
    form.row("stored_gigabytes").editor.setFocus()
    qtbot.keyClick(form.row("stored_gigabytes").editor, Qt.Key.Key_Down)
    assert told == [("stored_gigabytes", 9.0)]


def test_weight_decay_steps_down_to_nothing_and_up_again() -> None:
    decay = next(one for one in declarations(Hyperparameters) if one.name == "weight_decay")
    value = 1e-5
    seen = [value := stepped(decay, value, -1) for _ in range(4)]
    assert seen == [5e-6, 2e-6, 1e-6, 0.0]
    assert stepped(decay, 0.0, 1) == 1e-4


def test_a_field_without_effect_is_left_out_until_it_has_one(form: FieldForm) -> None:
    form.fold.set_open(True)
    assert not form.row("step_every").isVisibleTo(form)
    form.show_values(Hyperparameters(schedule=Schedule.STEP), "image", {})
    assert form.row("step_every").isVisibleTo(form)
    assert form.row("step_every").editor.isEnabled()


def test_a_search_finds_what_is_folded_away_and_what_has_no_effect(
    form: FieldForm, qtbot: QtBot
) -> None:
    form.fold.set_open(False)
    qtbot.keyClicks(form.search, "drop epochs")
    assert form.row("step_every").isVisibleTo(form)
    assert not form.row("step_every").editor.isEnabled()
    assert form.row("step_every").help.startswith("Only used when Schedule is Step.")
    assert not form.row("learning_rate").isVisibleTo(form)
    assert not form.row("max_tokens").isVisibleTo(form)  # of texts

    qtbot.keyClick(form.search, Qt.Key.Key_Escape)
    assert form.search.text() == ""
    assert form.row("learning_rate").isVisibleTo(form)
    assert not form.row("step_every").isVisibleTo(form)
    assert not form.fold.is_open


def test_cards_found_twice_are_told_apart(form: FieldForm, qtbot: QtBot) -> None:
    def headings() -> list[str]:
        cards = form.findChildren(FieldGroup)
        return [card.accessibleName() for card in cards if card.isVisibleTo(form)]

    qtbot.keyClicks(form.search, "warm")
    assert [name for name in headings() if name.startswith("Schedule")] == [
        "Schedule",
        "Schedule, advanced",
    ]
    form.search.clear()
    form.fold.set_open(True)
    assert "Schedule, advanced" not in headings()


def test_a_search_for_nothing_we_have_says_so(form: FieldForm, qtbot: QtBot) -> None:
    qtbot.keyClicks(form.search, "quantum")
    said = [label.text() for label in form.findChildren(QLabel) if label.isVisibleTo(form)]
    assert "No setting speaks of that." in said


def test_only_what_the_task_has_is_shown(form: FieldForm) -> None:
    assert form.row("augmentation").isVisibleTo(form)
    assert not form.row("max_tokens").isVisibleTo(form)
    form.show_values(Hyperparameters(), "text", {})
    assert form.row("max_tokens").isVisibleTo(form)
    assert not form.row("augmentation").isVisibleTo(form)


def test_the_recommended_chip_leads_back(form: FieldForm, qtbot: Any) -> None:
    asked: list[str] = []
    form.reset_requested.connect(asked.append)
    form.show_values(
        Hyperparameters(epochs=3), "image", {"epochs": Advice(8, "Gives 300 steps.", False)}
    )
    chip = form.row("epochs").chip
    assert chip.isVisibleTo(form)
    button = next(child for child in chip.findChildren(QWidget) if "8" in child.accessibleName())
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert asked == ["epochs"]
    assert "Gives 300 steps." in form.row("epochs").help


def test_help_appears_below_on_focus_and_moves_nothing(form: FieldForm, qtbot: Any) -> None:
    with qtbot.waitExposed(form):
        form.activateWindow()
    before = form.row("patience").mapTo(form, form.row("patience").rect().topLeft())
    form.row("learning_rate").editor.setFocus()
    assert form.help_line.text().startswith("Learning rate: The size of a step")
    assert form.row("patience").mapTo(form, form.row("patience").rect().topLeft()) == before


def test_the_fold_stays_as_it_was_left(qtbot: Any) -> None:
    first = FieldForm(Hyperparameters, remember="test")
    qtbot.addWidget(first)
    assert not first.fold.is_open
    first.fold.button.click()
    second = FieldForm(Hyperparameters, remember="test")
    qtbot.addWidget(second)
    assert second.fold.is_open


def test_a_passing_wheel_changes_nothing(form: FieldForm) -> None:
    from PySide6.QtCore import QPoint, QPointF
    from PySide6.QtGui import QWheelEvent
    from PySide6.QtWidgets import QApplication

    told = edits(form)
    form.row("patience").editor.setFocus()
    for name in ("epochs", "optimizer"):
        editor = form.row(name).editor
        turn = QWheelEvent(
            QPointF(5, 5),
            QPointF(5, 5),
            QPoint(),
            QPoint(0, 120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(editor, turn)
    assert told == []


def test_a_narrow_form_has_one_column(form: FieldForm, qtbot: Any) -> None:
    def lefts() -> set[int]:
        names = ("epochs", "optimizer", "patience")
        return {form.row(name).mapTo(form, form.row(name).rect().topLeft()).x() for name in names}

    qtbot.waitUntil(lambda: len(lefts()) == 2)
    form.resize(400, 900)
    qtbot.waitUntil(lambda: len(lefts()) == 1)


def test_the_form_follows_the_declarations_of_any_class(qtbot: Any) -> None:
    class Made(Value):
        loud: bool = Field(default=False, title="Loud")
        depth: int = Field(default=2, ge=1, json_schema_extra={"unit": "m"})

    form = FieldForm(Made)
    qtbot.addWidget(form)
    form.show_values(Made(), "", {})
    told = edits(form)
    form.row("loud").editor.click()  # type: ignore[union-attr]
    assert told == [("loud", True)]
    assert form.row("depth").declaration.title == "Depth"


@pytest.mark.parametrize(
    ("value", "text"), [(0.002, "0.002"), (2e-5, "2e-5"), (4096, "4,096"), (0.1, "0.1"), (1.0, "1")]
)
def test_numbers_are_written_as_one_would_type_them(value: float, text: str) -> None:
    assert number_text(value) == text


def test_only_metrics_that_fit_what_is_learned_are_offered(form: FieldForm) -> None:
    def offered() -> list[str]:
        editor = choice(form, "best_metric")
        return [editor.itemText(place) for place in range(editor.count())]

    assert "Validation balanced accuracy" in offered()
    assert not {"Validation error", "Validation micro F1"} & set(offered())
    told = edits(form)
    of_number = Hyperparameters(best_metric=Metric.VAL_MAE)
    form.show_values(of_number, "image", {}, "number")
    assert offered() == ["Validation loss", "Validation error", "Validation RMSE"]
    assert choice(form, "best_metric").value is Metric.VAL_MAE
    # What is decided stays to be seen, whatever it is decided for.
    form.show_values(of_number, "image", {}, "labels")
    assert choice(form, "best_metric").value is Metric.VAL_MAE
    assert "Validation micro F1" in offered()
    assert "Validation RMSE" not in offered()
    assert told == []
