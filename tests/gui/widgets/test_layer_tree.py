"""What is ticked is what trains, told in the fewest paths."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from finetune_studio.ui.widgets.layer_model import LayerColumn
from finetune_studio.ui.widgets.layer_tree import LayerNode, LayerTree

Show = Callable[..., Any]


def leaf(path: str, parameters: int) -> LayerNode:
    return LayerNode(path, path.rsplit(".", 1)[-1], "Conv2d", "8 × 4 × 4", parameters, 0.001)


STAGE = LayerNode(
    "stage",
    "Stage 1",
    "Sequential",
    parameters=40,
    seconds=0.002,
    children=(leaf("stage.a", 10), leaf("stage.b", 30), leaf("stage.relu", 0)),
)
ROOT = LayerNode("", "model", "Net", parameters=55, children=(STAGE, leaf("head", 15)))
ALL, SOME, NONE = (
    Qt.CheckState.Checked,
    Qt.CheckState.PartiallyChecked,
    Qt.CheckState.Unchecked,
)


@pytest.fixture
def tree(show: Show) -> LayerTree:
    tree = LayerTree()
    tree.show_tree(ROOT, frozenset({"head"}))
    return show(tree, 900, 400)


def test_showing_ticks_what_the_paths_cover_and_says_nothing(qtbot: QtBot, tree: LayerTree) -> None:
    with qtbot.assertNotEmitted(tree.trainable_paths_changed):
        tree.show_trainable(frozenset({"stage.b", "head"}))
    assert [tree.check_state(path) for path in ("stage", "stage.a", "stage.b", "head")] == [
        SOME,
        NONE,
        ALL,
        ALL,
    ]
    assert tree.trainable_paths == ("stage.b", "head")


def test_ticking_a_stage_ticks_everything_in_it(qtbot: QtBot, tree: LayerTree) -> None:
    with qtbot.waitSignal(tree.trainable_paths_changed) as told:
        tree.toggle("stage")
    assert told.args == [("stage", "head")]
    assert tree.check_state("stage.a") is ALL


def test_unticking_one_layer_leaves_its_fellows(tree: LayerTree) -> None:
    tree.toggle("stage")
    tree.toggle("stage.a")
    assert tree.check_state("stage") is SOME
    assert tree.trainable_paths == ("stage.b", "head")
    tree.toggle("stage.a")
    assert tree.trainable_paths == ("stage", "head")


def test_the_box_is_clicked_with_the_mouse(qtbot: QtBot, tree: LayerTree) -> None:
    row = tree.visualRect(tree.model().index(0, 0))
    with qtbot.waitSignal(tree.trainable_paths_changed) as told:
        place = row.topLeft()
        place.setX(place.x() + 16)
        place.setY(row.center().y())
        qtbot.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert told.args == [("stage", "head")]


def test_space_ticks_the_current_layer_in_any_column(qtbot: QtBot, tree: LayerTree) -> None:
    tree.setCurrentIndex(tree.model().index(1, LayerColumn.KIND))
    with qtbot.waitSignal(tree.trainable_paths_changed) as told:
        qtbot.keyClick(tree, Qt.Key.Key_Space)
    assert told.args == [()]


def test_a_layer_without_parameters_has_no_box(tree: LayerTree) -> None:
    tree.expand_to("stage")
    relu = tree.model().index(2, 0, tree.model().index(0, 0))
    assert relu.data(Qt.ItemDataRole.CheckStateRole) is None
    tree.toggle("stage.relu")
    assert tree.trainable_paths == ("head",)


def test_parameters_that_belong_to_no_child_train_with_their_layer() -> None:
    attention = LayerNode("attn", "Attention", parameters=30, children=(leaf("attn.out", 10),))
    tree = LayerTree()
    tree.show_tree(
        LayerNode("", "m", parameters=30, children=(attention,)), frozenset({"attn.out"})
    )
    assert tree.check_state("attn") is SOME
    tree.toggle("attn")
    assert tree.trainable_paths == ("attn",)


def test_everything_means_the_root_when_the_root_has_parameters_of_its_own() -> None:
    tree = LayerTree()
    root = LayerNode("", "m", parameters=20, children=(leaf("a", 5), leaf("b", 5)))
    tree.show_tree(root, frozenset({"a"}))
    tree.toggle("b")
    assert tree.trainable_paths == ("",)


def test_a_column_without_values_is_not_there(tree: LayerTree) -> None:
    assert tree.isColumnHidden(LayerColumn.RATE)
    tree.show_rates({"head": "1e-3"})
    assert not tree.isColumnHidden(LayerColumn.RATE)
    assert tree.model().index(1, LayerColumn.RATE).data() == "1e-3"
    tree.grab()


def test_selecting_opens_what_hides_a_layer_and_says_nothing(qtbot: QtBot, tree: LayerTree) -> None:
    with qtbot.assertNotEmitted(tree.layer_selected):
        tree.select("stage.b")
    assert tree.isExpanded(tree.model().index(0, 0))
    with qtbot.waitSignal(tree.layer_selected) as told:
        qtbot.keyClick(tree, Qt.Key.Key_Up)
    assert told.args == ["stage.a"]
