"""The layers page: what is ticked is what trains, wherever it is decided."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from finetune_studio.project.checks import Step
from finetune_studio.project.choices import FreezePreset
from finetune_studio.project.freeze_plan import FreezePlan
from finetune_studio.project.problems import Problem
from finetune_studio.project.project import Project
from finetune_studio.project.recommendation import Facts
from finetune_studio.ui.pages.layers.plan_edits import block_of, block_shares, plan_from_paths
from finetune_studio.ui.pages.layers_page import LayersPage
from finetune_studio.ui.snapshot import Activity, Snapshot
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
    assert "an epoch" in said
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
