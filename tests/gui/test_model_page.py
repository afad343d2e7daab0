"""The model page: finding one, using it, fetching its weights, taking one from this computer."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLineEdit, QStackedWidget, QWidget
from pytestqt.qtbot import QtBot

from finetune_studio.project import model_files
from finetune_studio.project.choices import ModelSource, Task
from finetune_studio.project.model_catalog import CATALOG, find
from finetune_studio.project.problems import Problem
from finetune_studio.project.project import ModelChoice, Project
from finetune_studio.ui.pages.model import local_model
from finetune_studio.ui.pages.model.card_grid import CardGrid
from finetune_studio.ui.pages.model.filters import Filter, Size, Speed, matching, offers
from finetune_studio.ui.pages.model.local_dialog import LocalModelDialog
from finetune_studio.ui.pages.model_page import ModelPage
from finetune_studio.ui.snapshot import Activity, Snapshot
from finetune_studio.ui.wishes import CancelActivity, DownloadModel
from tests.gui.made_up_data import photos_project, reviews_project
from tests.gui.watched import Watched, drop, find_button, nameless, nothing_emitted

STARTER = "starter/efficientnet_lite0"
RESNET = "torchvision/resnet18"
BERT = "transformers/google-bert/bert-base-uncased"
HERE = frozenset({STARTER, "starter/minilm-l6"})
PICTURE_MODELS = tuple(entry.id for entry in CATALOG if entry.task is Task.IMAGE)


@pytest.fixture
def page(qtbot: QtBot) -> Watched[ModelPage]:
    return Watched(qtbot, ModelPage(), Snapshot(available=HERE))


def shown(watched: Watched[ModelPage]) -> tuple[str, ...]:
    return tuple(entry.id for entry in watched.page.catalogue.shown)


def pick(qtbot: QtBot, watched: Watched[ModelPage], entry_id: str) -> None:
    card = watched.page.catalogue.cards.card(entry_id)
    qtbot.mouseClick(card, Qt.MouseButton.LeftButton)


def search(qtbot: QtBot, watched: Watched[ModelPage], text: str) -> None:
    field = watched.page.catalogue.filters.search
    field.clear()
    qtbot.keyClicks(field, text)


def weights_file(folder: Path, name: str, tensors: tuple[str, ...]) -> Path:
    header = {one: {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for one in tensors}
    content = json.dumps(header).encode()
    path = folder / name
    path.write_bytes(struct.pack("<Q", len(content)) + content)
    return path


# --------------------------------------------------------------------------- filters


def test_filters_narrow_the_catalogue() -> None:
    wanted = Filter(task=Task.IMAGE, size=Size.SMALL, speed=Speed.FAST)

    left = matching(CATALOG, wanted, HERE)

    assert STARTER in {entry.id for entry in left}
    assert all(entry.download_bytes < 50e6 and entry.gmacs < 2 for entry in left)
    assert matching(CATALOG, Filter(here_only=True), HERE) == [find(one) for one in sorted(HERE)]


def test_every_word_of_a_search_must_be_found() -> None:
    found = matching(CATALOG, Filter(text="bert multilingual"), HERE)

    assert found
    assert all("multilingual" in f"{entry.id} {entry.title}".lower() for entry in found)


@pytest.mark.parametrize(
    ("text", "task", "ids"),
    [
        ("timm/eva02_tiny", Task.IMAGE, ["timm/eva02_tiny"]),
        ("timm/eva02_tiny", Task.TEXT, ["timm/eva02_tiny"]),
        ("eva02_tiny", Task.IMAGE, ["timm/eva02_tiny"]),
        ("owner/some-bert", Task.TEXT, ["transformers/owner/some-bert"]),
        ("some-bert", None, ["timm/some-bert", "transformers/some-bert"]),
        ("owner/some-bert", None, ["transformers/owner/some-bert"]),
        (BERT, Task.TEXT, []),
        ("two words", None, []),
        ("../escape", None, []),
        ("ab", None, []),
    ],
)
def test_any_plausible_name_is_offered(text: str, task: Task | None, ids: list[str]) -> None:
    assert [entry.id for entry in offers(text, task)] == ids


# --------------------------------------------------------------------------- the page


def test_showing_emits_nothing(page: Watched[ModelPage]) -> None:
    with nothing_emitted(page):
        page.show(project=photos_project())
        page.show(project=reviews_project())


def test_the_task_filter_follows_the_project_until_the_user_changes_it(
    page: Watched[ModelPage],
) -> None:
    assert shown(page) == PICTURE_MODELS
    page.press("Task: Texts")
    assert BERT in shown(page)

    page.show(project=photos_project())
    assert BERT in shown(page), "an edit of something else must not undo the user's filter"
    page.show(project=reviews_project())
    page.show(project=photos_project())

    assert shown(page) == PICTURE_MODELS


def test_the_first_model_that_is_here_is_one_press_away(page: Watched[ModelPage]) -> None:
    assert page.primary == ("Use EfficientNet-Lite0", "")

    assert page.page.primary_pressed(page.snapshot) is True

    entry = find(STARTER)
    assert entry is not None
    assert page.project.model == entry.choice()
    assert page.primary == ("Next", "")


def test_a_card_shows_its_details(qtbot: QtBot, page: Watched[ModelPage]) -> None:
    with qtbot.waitSignal(page.page.primary_changed):
        pick(qtbot, page, RESNET)

    facts = page.page.details.facts
    assert facts.value("Parameters") == "11.7 M"
    assert facts.value("Download") == "46.8 MB"
    assert facts.value("Input") == "224 × 224 pixels"
    assert facts.value("Licence") == "BSD-3-Clause"
    assert facts.value("Weights") == ""
    assert page.edits == []


def test_using_a_text_model_makes_it_a_project_on_texts(
    qtbot: QtBot, page: Watched[ModelPage]
) -> None:
    page.show(project=photos_project())
    page.press("Task: Texts")
    pick(qtbot, page, "starter/minilm-l6")

    page.press("Use this model")

    assert page.project.task is Task.TEXT
    assert page.project.model is not None
    assert page.project.model.id == "starter/minilm-l6"


def test_cards_say_what_is_here_and_what_is_in_use(page: Watched[ModelPage]) -> None:
    page.show(project=photos_project(), available=HERE | {RESNET})

    cards = page.page.catalogue.cards
    assert cards.card(STARTER).mark == "in use"
    assert cards.card(RESNET).mark == "on this computer"
    assert cards.card("torchvision/resnet50").mark == ""


def test_a_model_is_picked_in_the_table_too(qtbot: QtBot, page: Watched[ModelPage]) -> None:
    page.press("View: Table")
    table = page.page.catalogue.table.table
    table.setFocus()

    qtbot.keyClick(table, Qt.Key.Key_Down)

    second = find(PICTURE_MODELS[1])
    assert second is not None
    assert page.page.details.accessibleName() == second.title


def test_a_search_without_a_match_says_what_to_do(qtbot: QtBot, page: Watched[ModelPage]) -> None:
    search(qtbot, page, "no such thing")

    assert shown(page) == ()
    assert page.page.catalogue.nothing.isVisible()
    assert page.page.catalogue.filters.count_text == "0 models"
    page.press("Clear the filters")
    assert shown(page) == PICTURE_MODELS


def test_find_goes_to_the_search(qtbot: QtBot, page: Watched[ModelPage]) -> None:
    page.page.activateWindow()
    page.page.setFocus()

    qtbot.keyClick(page.page, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)

    assert isinstance(page.page.focusWidget(), QLineEdit)


def test_a_name_beyond_the_catalogue_can_be_used(qtbot: QtBot, page: Watched[ModelPage]) -> None:
    search(qtbot, page, "eva02_tiny_patch14_224")

    page.press("Use timm/eva02_tiny_patch14_224")

    assert page.project.model == ModelChoice(
        id="timm/eva02_tiny_patch14_224",
        source=ModelSource.TIMM,
        task=Task.IMAGE,
        title="eva02_tiny_patch14_224",
    )
    assert page.page.details.accessibleName() == "eva02_tiny_patch14_224"
    assert page.primary == ("Next", "Download eva02_tiny_patch14_224 to go on")


# --------------------------------------------------------------------------- downloads


def test_downloading_also_uses_the_model(qtbot: QtBot, page: Watched[ModelPage]) -> None:
    pick(qtbot, page, RESNET)

    page.press("Download and use, 46.8 MB")

    assert page.project.model is not None
    assert page.project.model.id == RESNET
    assert page.wishes == [DownloadModel(RESNET)]


def test_a_download_shows_how_far_it_is_and_can_be_cancelled(
    qtbot: QtBot, page: Watched[ModelPage]
) -> None:
    pick(qtbot, page, RESNET)
    page.show(activities={f"download:{RESNET}": Activity("Downloading ResNet-18", 0.4, 95)})

    assert page.page.details.busy.text == "Downloading ResNet-18"
    page.press("Cancel")

    assert page.wishes == [CancelActivity(f"download:{RESNET}")]


def test_a_broken_download_can_be_resumed(qtbot: QtBot, page: Watched[ModelPage]) -> None:
    part = model_files.folder(RESNET) / "resnet18-f37072fd.pth.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"half")
    pick(qtbot, page, RESNET)

    page.press("Resume the download and use, 46.8 MB")

    assert page.wishes == [DownloadModel(RESNET)]


def test_offline_the_page_says_where_to_put_which_file(
    qtbot: QtBot, page: Watched[ModelPage]
) -> None:
    entry = find(RESNET)
    assert entry is not None
    problem = Problem(what="ResNet-18 could not be downloaded.", why="There is no network.")
    pick(qtbot, page, RESNET)
    page.show(activities={f"download:{RESNET}": Activity(problem=problem)})

    assert [card.problem for card in page.page.details.problems.cards] == [problem]
    assert "resnet18-f37072fd.pth" in page.page.details.hint
    assert str(model_files.folder(RESNET)) in page.page.details.hint
    assert find_button(page.page, "Download and use, 46.8 MB").isEnabled()

    told = problem.edited(remedy=f"Or by hand: {model_files.by_hand(entry)}")
    page.show(activities={f"download:{RESNET}": Activity(problem=told)})
    assert page.page.details.hint == "", "what the problem says is not said twice"


def test_a_model_without_weights_holds_back_the_next_step(page: Watched[ModelPage]) -> None:
    entry = find(RESNET)
    assert entry is not None

    page.show(project=Project(model=entry.choice()))
    assert page.primary == ("Next", "Download ResNet-18 to go on")

    page.show(available=HERE | {RESNET})
    assert page.primary == ("Next", "")


# ------------------------------------------------------------------- from this computer


def test_a_model_folder_is_taken(qtbot: QtBot, tmp_path: Path) -> None:
    folder = tmp_path / "my-bert"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "bert"}')
    weights_file(folder, "model.safetensors", ("bert.embeddings",))
    dialog = LocalModelDialog(Task.IMAGE)
    qtbot.addWidget(dialog)
    dialog.show()

    drop(dialog.drop_zone, folder)

    assert dialog.choice == ModelChoice(
        id="local/my-bert",
        source=ModelSource.LOCAL,
        task=Task.TEXT,
        title="my-bert",
        path=str(folder),
    )
    assert not dialog.architecture.isVisible()


def test_bare_weights_are_recognised_or_said_to_have_an_architecture(
    qtbot: QtBot, tmp_path: Path
) -> None:
    dialog = LocalModelDialog(Task.IMAGE)
    qtbot.addWidget(dialog)
    dialog.show()
    assert not dialog.use_button.isEnabled()

    dialog.take_path(weights_file(tmp_path, "finished.safetensors", ("fc.weight",)))
    assert dialog.choice is not None
    assert dialog.choice.architecture == ""
    assert dialog.use_button.isEnabled()

    qtbot.keyClick(dialog.architecture, Qt.Key.Key_Down)
    assert dialog.choice.architecture == local_model.architectures()[0].id


def test_enter_uses_the_model_once_there_is_one_and_escape_none(
    qtbot: QtBot, tmp_path: Path
) -> None:
    dialog = LocalModelDialog(Task.IMAGE)
    qtbot.addWidget(dialog)
    dialog.show()

    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert dialog.isVisible()

    dialog.take_path(weights_file(tmp_path, "finished.safetensors", ("fc.weight",)))
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert dialog.result() == QDialog.DialogCode.Accepted

    dialog.show()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.result() == QDialog.DialogCode.Rejected


def test_weights_that_do_not_tell_are_for_the_projects_task(tmp_path: Path) -> None:
    file = weights_file(tmp_path, "finished.safetensors", ("fc.weight",))

    tasks = [local_model.pick(file, task).choice for task in Task]

    assert [choice and choice.task for choice in tasks] == list(Task)


def test_the_architecture_says_what_bare_weights_are_for(tmp_path: Path) -> None:
    file = weights_file(tmp_path, "finished.safetensors", ("fc.weight",))

    picked = local_model.pick(file, Task.IMAGE).with_architecture(BERT)

    assert picked.choice is not None
    assert (picked.choice.architecture, picked.choice.task) == (BERT, Task.TEXT)


@pytest.mark.parametrize(
    ("name", "why"), [("model.pth", "may hold a program"), ("model.txt", "is not a .safetensors")]
)
def test_other_files_are_refused_with_the_reason(tmp_path: Path, name: str, why: str) -> None:
    file = tmp_path / name
    file.write_bytes(b"x")

    picked = local_model.pick(file, Task.IMAGE)

    assert picked.choice is None
    assert why in picked.trouble


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    assert "holds no .safetensors file" in local_model.pick(tmp_path, Task.TEXT).trouble


def test_a_file_dropped_on_the_page_opens_the_dialog_and_is_used(
    page: Watched[ModelPage], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = weights_file(tmp_path, "resnet18.safetensors", ("fc.weight",))
    monkeypatch.setattr(LocalModelDialog, "exec", lambda _: QDialog.DialogCode.Accepted)

    drop(page.page, file)

    assert page.project.model is not None
    assert page.project.model.path == str(file)
    assert page.page.details.accessibleName() == "resnet18"
    assert page.page.details.facts.value("Weights") == str(file)
    assert page.primary == ("Next", "")


def test_a_cancelled_dialog_changes_nothing(
    page: Watched[ModelPage], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LocalModelDialog, "exec", lambda _: QDialog.DialogCode.Rejected)

    page.press("From a folder or file…")

    assert page.edits == []


def test_every_control_has_a_name(page: Watched[ModelPage]) -> None:
    assert nameless(page.page) == []


def test_what_was_looked_at_in_another_project_is_not_picked_in_a_new_one(
    qtbot: QtBot, page: Watched[ModelPage]
) -> None:
    page.show(project=photos_project(), folder=Path("/photos"))
    pick(qtbot, page, RESNET)
    page.show(project=Project(task=Task.TEXT), folder=Path("/reviews"))
    assert page.primary == ("Use MiniLM-L6", "")
    page.show(project=Project(), folder=Path("/leaves"))
    assert page.primary == ("Use EfficientNet-Lite0", "")


def test_cards_are_as_high_as_what_they_say_after_the_window_grew_on_another_page(
    qtbot: QtBot,
) -> None:
    stack, grid = QStackedWidget(), CardGrid()
    qtbot.addWidget(stack)
    stack.addWidget(grid)
    stack.addWidget(QWidget())
    pictures = [entry for entry in CATALOG if entry.task is Task.IMAGE]
    grid.show_entries(pictures, HERE, "", "")
    stack.resize(920, 500)
    stack.show()
    qtbot.wait(50)
    stack.setCurrentIndex(1)
    stack.resize(1300, 800)
    stack.setCurrentIndex(0)
    qtbot.wait(50)
    cards = [grid.card(entry.id) for entry in pictures]
    assert max(card.height() for card in cards) == max(
        card.heightForWidth(card.width()) for card in cards
    )
