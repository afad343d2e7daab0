"""The layers page: what is ticked is what trains, wherever it is decided."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from finetune_studio.project.checks import Step
from finetune_studio.project.choices import Adapters, FreezePreset, Unfreezing
from finetune_studio.project.facts import Facts
from finetune_studio.project.freeze_plan import FreezePlan
from finetune_studio.project.problems import Problem
from finetune_studio.project.project import Project
from finetune_studio.project.timeline import waking_epochs
from finetune_studio.ui.pages.layers.plan_edits import block_of, block_shares, plan_from_paths
from finetune_studio.ui.pages.layers_page import LayersPage
from finetune_studio.ui.snapshot import Activity, Snapshot
from finetune_studio.ui.widgets.layer_model import LayerColumn
from finetune_studio.ui.wishes import CancelActivity, DescribeModel, GoToStep
from tests.gui.made_up_data import deep_model, photos_project
from tests.gui.watched import Watched, nameless, nothing_emitted

MODEL = deep_model()
FACTS = Facts(train_samples=300, label_counts=(60, 40))
LAST_THREE = FreezePlan(preset=FreezePreset.LAST_BLOCKS, last_blocks=3)


def page_with(qtbot: QtBot, plan: FreezePlan) -> Watched[LayersPage]:
    project = photos_project(freeze=plan)
    return Watched(qtbot, LayersPage(), Snapshot(project=project, model=MODEL, facts=FACTS))


def custom(*paths: str) -> FreezePlan:
    return FreezePlan(preset=FreezePreset.CUSTOM, trainable=paths)


# ---------------------------------------------------------------------- from ticks to a plan


@pytest.mark.parametrize(
    ("ticked", "plan"),
    [
        (("part9",), FreezePlan()),
        (("part9.0", "part9.1"), FreezePlan()),
        (("part8.0", "part8.1", "part9"), FreezePlan(preset=FreezePreset.LAST_BLOCKS)),
        (("part6", "part7", "part8", "part9"), LAST_THREE),
        (tuple(f"part{i}" for i in range(10)), FreezePlan(preset=FreezePreset.EVERYTHING)),
        (("part7.1", "part9"), custom("part7.1", "part9")),
        (("part7.0", "part7.1", "part9"), custom("part7", "part9")),
        ((), custom()),
    ],
)
def test_ticks_become_the_simplest_plan_that_trains_the_same(
    ticked: tuple[str, ...], plan: FreezePlan
) -> None:
    assert plan_from_paths(MODEL, ticked) == plan


def test_a_half_ticked_block_is_half_warm() -> None:
    shares = block_shares(MODEL, custom("part6.1", "part9"))

    assert [round(share, 2) for share in shares] == [0, 0, 0, 0, 0, 0, 0.5, 0, 0, 1]


def test_a_layer_belongs_to_the_block_around_it() -> None:
    assert [block_of(MODEL, path) for path in ("part0", "part6.1", "elsewhere")] == [0, 6, -1]


# ------------------------------------------------------------------------------ the page


def test_showing_emits_nothing(qtbot: QtBot) -> None:
    watched = page_with(qtbot, FreezePlan())

    with nothing_emitted(watched):
        for plan in (LAST_THREE, FreezePlan(preset=FreezePreset.EVERYTHING), custom("part6.1")):
            watched.show(project=photos_project(freeze=plan))


def test_the_card_says_what_trains_and_what_it_costs(qtbot: QtBot) -> None:
    watched = page_with(qtbot, LAST_THREE)

    said = watched.page.view.cost.accessibleDescription()
    assert said.startswith("Trains 2.7 M of 3.5 M (76 %), about ")
    assert "each first 4 epochs, " in said
    assert "later epochs, " in said
    assert said.endswith("2.1 times faster than training everything")


def test_a_preset_sets_how_deep_training_goes(qtbot: QtBot) -> None:
    watched = page_with(qtbot, FreezePlan())

    watched.press("Preset: Everything")

    assert watched.project.freeze.preset is FreezePreset.EVERYTHING
    assert watched.page.view.strip.first_trainable == 0
    assert watched.page.view.tree.check_state("part0") is Qt.CheckState.Checked


def test_the_slider_adds_last_blocks(qtbot: QtBot) -> None:
    watched = page_with(qtbot, FreezePlan())
    watched.press("Preset: Head and last blocks")
    slider = watched.page.view.presets.slider

    qtbot.keyClick(slider, Qt.Key.Key_Right)
    qtbot.keyClick(slider, Qt.Key.Key_Right)

    assert watched.project.freeze == LAST_THREE
    assert watched.page.view.presets.count_text == "3 blocks"
    assert slider.maximum() == len(MODEL.blocks) - 2


def test_custom_is_reached_by_ticking_and_not_by_pressing(qtbot: QtBot) -> None:
    watched = page_with(qtbot, FreezePlan())
    segments = watched.page.view.presets.segments

    watched.page.view.tree.toggle("part7.1")

    assert watched.project.freeze == custom("part7.1", "part9")
    assert segments.key == FreezePreset.CUSTOM.value


def test_ticking_a_whole_block_before_the_head_is_a_preset_again(qtbot: QtBot) -> None:
    watched = page_with(qtbot, FreezePlan())
    tree = watched.page.view.tree
    tree.select("part8")

    qtbot.keyClick(tree, Qt.Key.Key_Space)

    assert watched.project.freeze == FreezePlan(preset=FreezePreset.LAST_BLOCKS)


def test_dragging_the_frost_line_ticks_the_tree(qtbot: QtBot) -> None:
    watched = page_with(qtbot, FreezePlan())
    strip = watched.page.view.strip
    target = QPoint(round(strip.block_area(6).left()), 40)

    qtbot.mousePress(strip.handle, Qt.MouseButton.LeftButton, pos=strip.handle.rect().center())
    qtbot.mouseMove(strip.handle, strip.handle.mapFrom(strip, target))
    dragged = watched.page.view.cost.accessibleDescription()
    qtbot.mouseRelease(strip.handle, Qt.MouseButton.LeftButton)

    assert "Trains 2.7 M" in dragged
    assert watched.edits == [watched.project]
    assert watched.project.freeze == LAST_THREE
    assert watched.page.view.tree.check_state("part6") is Qt.CheckState.Checked


def test_a_line_dragged_behind_the_head_comes_back_to_it(qtbot: QtBot) -> None:
    watched = page_with(qtbot, FreezePlan())
    strip = watched.page.view.strip

    qtbot.keyClick(strip.handle, Qt.Key.Key_End)

    assert watched.edits == []
    assert strip.first_trainable == len(MODEL.blocks) - 1


def test_strip_and_tree_select_the_same_layer(qtbot: QtBot) -> None:
    watched = page_with(qtbot, FreezePlan())
    view = watched.page.view
    area = view.strip.block_area(4)

    qtbot.mouseClick(view.strip, Qt.MouseButton.LeftButton, pos=area.center().toPoint())
    assert view.tree.currentIndex().data() == "Stage 4"

    qtbot.keyClick(view.tree, Qt.Key.Key_Down)
    qtbot.keyClick(view.tree, Qt.Key.Key_Down)
    qtbot.keyClick(view.tree, Qt.Key.Key_Down)
    assert view.strip.selected == 5


def test_a_frozen_head_is_warned_about_and_mended(qtbot: QtBot) -> None:
    watched = page_with(qtbot, custom("part7.1"))
    assert [card.problem.code for card in watched.page.view.warnings.cards] == ["head_frozen"]

    watched.press("Train the head too")

    assert watched.project.freeze == custom("part7.1", "part9")
    assert watched.page.view.warnings.cards == ()


def test_nothing_ticked_holds_back_the_next_step(qtbot: QtBot) -> None:
    watched = page_with(qtbot, FreezePlan())

    watched.page.view.tree.toggle("part9")

    assert watched.project.freeze == custom()
    assert watched.primary == ("Next", "Tick at least the head to go on")
    watched.press("Train the head")
    assert watched.project.freeze == FreezePlan()
    assert watched.primary == ("Next", "")


def test_a_batch_twice_as_large_takes_more_memory(qtbot: QtBot) -> None:
    watched = page_with(qtbot, FreezePlan())
    before = watched.page.view.cost.accessibleDescription()
    project = photos_project(pinned=("batch_size",))

    watched.show(project=project.edited(training=project.training.edited(batch_size=256)))

    assert watched.page.view.cost.accessibleDescription() != before


# ----------------------------------------------------------------------- nothing to show yet


def test_without_a_model_the_page_leads_to_the_models(qtbot: QtBot) -> None:
    watched = Watched(qtbot, LayersPage(), Snapshot())

    watched.press("Choose a model")

    assert watched.wishes == [GoToStep(Step.MODEL)]
    assert watched.primary == ("Next", "Choose a model to go on")


def test_without_weights_the_page_leads_to_the_models(qtbot: QtBot) -> None:
    choice = photos_project().model
    assert choice is not None
    elsewhere = choice.edited(id="timm/nobody_has_this", title="Nobody has this")
    watched = Watched(qtbot, LayersPage(), Snapshot(project=Project(model=elsewhere)))

    assert "The weights of Nobody has this are not here yet" in watched.page.state.text
    watched.press("Go to the model")
    assert watched.wishes == [GoToStep(Step.MODEL)]


def test_while_a_model_is_opened_the_page_says_so_and_can_be_cancelled(qtbot: QtBot) -> None:
    watched = page_with(qtbot, FreezePlan())

    watched.show(model=None, activities={"describe": Activity("Opening EfficientNet-Lite0")})

    assert watched.page.state.text == "Opening EfficientNet-Lite0"
    watched.press("Cancel")
    assert watched.wishes == [CancelActivity("describe")]


def test_a_model_that_cannot_be_opened_can_be_tried_again(qtbot: QtBot) -> None:
    watched = page_with(qtbot, FreezePlan())
    problem = Problem(what="The weights do not fit.", remedy="Choose another architecture.")

    watched.show(model=None, activities={"describe": Activity(problem=problem)})

    assert "The weights do not fit." in watched.page.state.text
    watched.press("Try again")
    assert watched.wishes == [DescribeModel()]


def test_another_models_layers_are_never_shown(qtbot: QtBot) -> None:
    watched = page_with(qtbot, FreezePlan())
    choice = photos_project().model
    assert choice is not None

    watched.show(project=photos_project(model=choice.edited(id="torchvision/resnet18")))

    assert not watched.page.view.isVisible()


def test_every_control_has_a_name(qtbot: QtBot) -> None:
    assert nameless(page_with(qtbot, LAST_THREE).page) == []


# --------------------------------------------------------------------------------- over time

EVERYTHING = FreezePlan(preset=FreezePreset.EVERYTHING)
HEAD_FIRST = EVERYTHING.edited(unfreezing=Unfreezing.HEAD_FIRST)


def over_time(qtbot: QtBot, plan: FreezePlan, epochs: int = 8) -> Watched[LayersPage]:
    project = photos_project(freeze=plan, pinned=("epochs",))
    project = project.edited(training=project.training.edited(epochs=epochs))
    return Watched(qtbot, LayersPage(), Snapshot(project=project, model=MODEL, facts=FACTS))


def wakes_of(watched: Watched[LayersPage]) -> tuple[int, ...]:
    epochs = watched.project.training.epochs
    return waking_epochs(watched.project.freeze, MODEL.block_paths, epochs)


def test_a_rule_for_waking_is_chosen_and_told_in_words(qtbot: QtBot) -> None:
    watched = over_time(qtbot, LAST_THREE)
    watched.press("Unfreezing: One block an epoch")
    assert watched.project.freeze == LAST_THREE.edited(unfreezing=Unfreezing.ONE_BY_ONE)
    assert watched.page.view.over_time.timeline.wakes == (0, 0, 0, 0, 0, 0, 4, 3, 2, 1)
    assert watched.page.view.over_time.bar.help.text() == (
        "Head from epoch 1, Neck from epoch 2, Stage 7 from epoch 3, Stage 6 from epoch 4"
    )


def test_dragging_a_block_in_the_timeline_is_one_decision(qtbot: QtBot) -> None:
    watched = over_time(qtbot, HEAD_FIRST)
    timeline = watched.page.view.over_time.timeline
    before = watched.page.view.cost.accessibleDescription()
    area = timeline.column_area(6)
    row = area.height() / 8
    start = QPoint(round(area.center().x()), round(area.top() + row))

    qtbot.mousePress(timeline, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(timeline, start + QPoint(0, round(row)))
    qtbot.mouseMove(timeline, start + QPoint(0, round(3 * row)))
    assert watched.edits == []
    assert "from epoch 5" in watched.page.view.over_time.bar.help.text()
    assert watched.page.view.cost.accessibleDescription() != before
    qtbot.mouseRelease(timeline, Qt.MouseButton.LeftButton)

    assert watched.edits == [watched.project]
    assert watched.project.freeze.unfreezing is Unfreezing.CUSTOM
    assert wakes_of(watched) == (5, 5, 5, 5, 5, 5, 5, 2, 2, 1)


def test_the_columns_of_the_timeline_stand_under_their_blocks(qtbot: QtBot) -> None:
    watched = over_time(qtbot, HEAD_FIRST)
    view, timeline = watched.page.view, watched.page.view.over_time.timeline
    for index in range(len(MODEL.blocks)):
        block = view.strip.mapTo(view, view.strip.block_area(index).center().toPoint())
        column = timeline.mapTo(view, timeline.column_area(index).center().toPoint())
        assert abs(block.x() - column.x()) <= 1


def test_another_depth_keeps_the_timeline(qtbot: QtBot) -> None:
    watched = over_time(qtbot, HEAD_FIRST)
    watched.press("Preset: Head and last blocks")
    assert watched.project.freeze.unfreezing is Unfreezing.HEAD_FIRST
    watched.page.view.tree.toggle("part7")
    assert watched.project.freeze.unfreezing is Unfreezing.HEAD_FIRST


def test_a_head_alone_has_no_timeline(qtbot: QtBot) -> None:
    watched = over_time(qtbot, FreezePlan())
    assert not watched.page.view.over_time.timeline.isVisible()
    assert "none can wake later" in watched.page.view.over_time.bar.help.text()


def test_the_tree_says_from_which_epoch_each_block_trains(qtbot: QtBot) -> None:
    watched = over_time(qtbot, LAST_THREE.edited(unfreezing=Unfreezing.ONE_BY_ONE))
    tree = watched.page.view.tree
    assert not tree.isColumnHidden(LayerColumn.WAKES)
    shown = [tree.model().index(row, LayerColumn.WAKES).data() for row in range(len(MODEL.blocks))]
    assert shown == ["", "", "", "", "", "", "4", "3", "2", "1"]
    watched.press("Unfreezing: All at once")
    assert tree.isColumnHidden(LayerColumn.WAKES)


def test_the_schedule_can_be_begun_anew_whenever_blocks_wake(qtbot: QtBot) -> None:
    watched = over_time(qtbot, HEAD_FIRST)
    qtbot.mouseClick(watched.page.view.over_time.bar.restart, Qt.MouseButton.LeftButton)
    assert watched.project.freeze == HEAD_FIRST.edited(restart_schedule=True)


def test_a_block_that_would_wake_too_late_is_warned_about_and_mended(qtbot: QtBot) -> None:
    late = EVERYTHING.edited(unfreezing=Unfreezing.CUSTOM, wakes=("part0:9",))
    watched = over_time(qtbot, late)
    assert [card.problem.code for card in watched.page.view.warnings.cards] == ["wakes_too_late"]
    watched.press("Wake with the last epoch")
    assert wakes_of(watched) == (8, 1, 1, 1, 1, 1, 1, 1, 1, 1)


def test_nothing_training_at_first_holds_back_the_next_step(qtbot: QtBot) -> None:
    watched = over_time(qtbot, EVERYTHING.edited(unfreezing=Unfreezing.CUSTOM, wakes=(":3",)))
    assert watched.primary == ("Next", "Let a block train from epoch 1 to go on")
    watched.press("Let all train from the start")
    assert watched.primary == ("Next", "")


def test_the_card_tells_later_epochs_from_the_first(qtbot: QtBot) -> None:
    watched = over_time(qtbot, FreezePlan())
    facts = watched.page.view.cost.facts
    assert facts.value("First epoch") != facts.value("Later epochs") != ""
    assert facts.value("Whole run")


def test_the_card_tells_what_each_phase_costs(qtbot: QtBot) -> None:
    watched = over_time(qtbot, HEAD_FIRST)
    names = [fact.name for fact in watched.page.view.cost.facts.facts]
    assert names == ["Memory", "Whole run", "Epoch 1", "Epochs 2 to 8"]
    said = watched.page.view.cost.accessibleDescription()
    assert "Trains 3.5 M of 3.5 M" in said


# ------------------------------------------------------------------------------------- rates


def test_with_one_rate_everywhere_no_rate_is_shown(qtbot: QtBot) -> None:
    page = page_with(qtbot, LAST_THREE).page
    assert page.view.tree.isColumnHidden(LayerColumn.RATE)


def test_each_layer_that_trains_shows_the_rate_of_its_block(qtbot: QtBot) -> None:
    watched = page_with(qtbot, LAST_THREE)
    project = photos_project(freeze=LAST_THREE)
    training = project.training.edited(learning_rate=1e-3, rate_decay=2.0, head_rate=10.0)
    project = project.edited(training=training, pinned=("learning_rate", "rate_decay", "head_rate"))
    watched.page.show_snapshot(Snapshot(project=project, model=MODEL, facts=FACTS))
    tree = watched.page.view.tree
    assert not tree.isColumnHidden(LayerColumn.RATE)
    rows = range(tree.model().rowCount())
    shown = {
        tree.model().index(row, 0).data(): tree.model().index(row, LayerColumn.RATE).data()
        for row in rows
    }
    rates = list(shown.values())
    assert rates[-1] == "1e-2"
    assert rates[-4:-1] == ["2.5e-4", "5e-4", "1e-3"]
    assert set(rates[:-4]) == {""}


# ----------------------------------------------------------------------------- adapters


def test_adapters_can_be_chosen_where_more_than_the_head_trains(qtbot: QtBot) -> None:
    desk = page_with(qtbot, FreezePlan())
    assert not desk.page.view.cost.adapters.isVisibleTo(desk.page)
    desk = page_with(qtbot, LAST_THREE)
    switch = desk.page.view.cost.adapters
    assert switch.isVisibleTo(desk.page)
    assert switch.line.text().startswith("Adapters would train ")
    desk.press("Adapters")
    assert desk.project.training.adapters is Adapters.LORA
    assert "adapters" in desk.project.pinned
    assert switch.line.text().startswith("All weights would train ")
