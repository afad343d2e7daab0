from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest

from finetune_studio.project.choices import ModelSource, Task
from finetune_studio.project.model_catalog import CATALOG, choice_from_text, entry_for, find
from finetune_studio.project.problems import ProblemError


def _bare_file(path: Path, *names: str) -> Path:
    header = json.dumps(
        {name: {"dtype": "F32", "shape": [], "data_offsets": [0, 0]} for name in names}
    )
    path.write_bytes(struct.pack("<Q", len(header)) + header.encode())
    return path


def test_ids_are_unique_and_begin_with_their_source() -> None:
    assert len({entry.id for entry in CATALOG}) == len(CATALOG)
    assert all(entry.id.startswith(f"{entry.source.value}/") for entry in CATALOG)


def test_titles_tell_the_entries_of_a_task_apart() -> None:
    for task in Task:
        titles = [entry.title for entry in CATALOG if entry.task is task]
        assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("entry", CATALOG, ids=lambda entry: entry.id)
def test_an_entry_says_everything_a_choice_needs(entry) -> None:  # noqa: ANN001
    assert entry.good_for.endswith(".")
    assert entry.parameters > 1_000_000
    assert 3.9 < entry.download_bytes / entry.parameters < 4.2  # float32, and a little more
    assert 0 < entry.gmacs < 50
    assert entry.licence
    assert entry.pretrained_on
    assert (entry.accuracy is None) == (not entry.accuracy_note)
    weights_lie_somewhere = bool(entry.repository) or bool(entry.url)
    assert weights_lie_somewhere or entry.source is ModelSource.STARTER


def test_each_task_has_a_starter_that_comes_first() -> None:
    for task in Task:
        first = next(entry for entry in CATALOG if entry.task is task)
        assert first.source is ModelSource.STARTER


@pytest.mark.parametrize(
    "text", ["starter/minilm-l6", "torchvision/resnet18", " timm/resnet50.a1_in1k "]
)
def test_a_catalogue_id_is_a_choice(text: str) -> None:
    choice = choice_from_text(text)
    assert choice.id == text.strip()
    entry = find(choice.id)
    assert entry is not None
    assert choice.title == entry.title


@pytest.mark.parametrize(
    ("text", "task", "repository"),
    [
        ("timm/eva02_tiny_patch14_336.mim_in22k_ft_in1k", Task.IMAGE,
         "timm/eva02_tiny_patch14_336.mim_in22k_ft_in1k"),
        ("transformers/dbmdz/bert-base-german-cased", Task.TEXT, "dbmdz/bert-base-german-cased"),
    ],
)  # fmt: skip
def test_names_beyond_the_catalogue_are_choices_too(text: str, task: Task, repository: str) -> None:
    assert find(text) is None
    assert choice_from_text(text).task is task
    entry = entry_for(text)
    assert entry is not None
    assert entry.repository == repository
    assert entry.parameters == 0


@pytest.mark.parametrize(
    "text",
    ["", "timm/", "timm/../../etc", "transformers/a/b/c", "transformers/.hidden/x", "torchvision/x",
     "transformers/a b", "timm/https://evil"],
)  # fmt: skip
def test_a_name_that_leads_elsewhere_is_no_model(text: str) -> None:
    with pytest.raises(ProblemError) as caught:
        choice_from_text(text)
    assert caught.value.problem.code == "model_unknown"


def test_a_misspelt_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(ProblemError) as caught:
        choice_from_text("torchvision/resnet81")
    assert "torchvision/resnet18" in caught.value.problem.remedy


def test_a_model_for_the_other_task_is_refused() -> None:
    with pytest.raises(ProblemError) as caught:
        choice_from_text("torchvision/resnet18", Task.TEXT)
    assert caught.value.problem.code == "model_wrong_task"


@pytest.mark.parametrize(
    ("settings", "task"),
    [({"architecture": "resnet18"}, Task.IMAGE), ({"model_type": "bert"}, Task.TEXT)],
)
def test_a_folder_tells_by_its_configuration_what_it_is_for(
    tmp_path: Path, settings: dict[str, str], task: Task
) -> None:
    folder = tmp_path / "My model"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(settings))
    choice = choice_from_text(str(folder))
    assert choice.source is ModelSource.LOCAL
    assert choice.task is task
    assert choice.title == "My model"
    assert choice.path == str(folder)


def test_a_bare_file_tells_by_its_tensors_what_it_is_for(tmp_path: Path) -> None:
    text = _bare_file(tmp_path / "a.safetensors", "embeddings.word_embeddings.weight")
    image = _bare_file(tmp_path / "b.safetensors", "conv1.weight")
    assert choice_from_text(str(text)).task is Task.TEXT
    assert choice_from_text(str(image)).task is Task.IMAGE


def test_a_file_with_nonsense_in_it_is_left_for_the_engine_to_explain(tmp_path: Path) -> None:
    file = tmp_path / "c.safetensors"
    file.write_bytes(b"\xff" * 100)
    assert choice_from_text(str(file), Task.TEXT).task is Task.TEXT
