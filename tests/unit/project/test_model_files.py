from __future__ import annotations

import sys
from pathlib import Path

import pytest

from finetune_studio.project import model_files
from finetune_studio.project.catalog_entry import CatalogEntry
from finetune_studio.project.model_catalog import CATALOG, find


@pytest.fixture(autouse=True)
def _empty_caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "huggingface"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)


def _entry(entry_id: str) -> CatalogEntry:
    entry = find(entry_id)
    assert entry is not None
    return entry


def _put(*files: Path) -> None:
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()


def test_nothing_is_available_in_an_empty_home_but_what_is_installed() -> None:
    available = {entry.id for entry in CATALOG if model_files.is_available(entry)}
    assert available <= {"starter/efficientnet_lite0", "starter/minilm-l6"}


@pytest.mark.parametrize(
    "entry_id",
    ["torchvision/resnet18", "timm/resnet50.a1_in1k", "transformers/FacebookAI/roberta-base"],
)
def test_the_expected_files_make_an_entry_available(entry_id: str) -> None:
    entry = _entry(entry_id)
    _put(*model_files.expected_files(entry))
    assert model_files.is_available(entry)
    assert model_files.find_folder(entry) == model_files.folder(entry_id)


def test_a_published_torchvision_file_is_enough() -> None:
    entry = _entry("torchvision/resnet18")
    _put(model_files.folder(entry.id) / "resnet18-f37072fd.pth")
    assert model_files.is_available(entry)


def test_a_part_of_a_download_is_no_model() -> None:
    entry = _entry("timm/resnet50.a1_in1k")
    _put(
        model_files.folder(entry.id) / "config.json",
        model_files.folder(entry.id) / "model.safetensors.part",
    )
    assert not model_files.is_available(entry)


def test_what_other_programs_fetched_is_found(tmp_path: Path) -> None:
    text = _entry("transformers/FacebookAI/roberta-base")
    stored = tmp_path / "huggingface" / "hub" / "models--FacebookAI--roberta-base"
    snapshot = stored / "snapshots" / "abc"
    _put(stored / "refs" / "main", snapshot / "model.safetensors", snapshot / "config.json")
    (stored / "refs" / "main").write_text("abc\n")
    assert model_files.find_folder(text) is None  # without a tokenizer it is no whole model
    _put(snapshot / "tokenizer.json")
    assert model_files.find_folder(text) == snapshot

    picture = _entry("torchvision/resnet18")
    _put(tmp_path / "torch" / "hub" / "checkpoints" / "resnet18-f37072fd.pth")
    assert model_files.find_folder(picture) == tmp_path / "torch" / "hub" / "checkpoints"


def test_what_is_missing_comes_with_the_place_it_belongs_to() -> None:
    for entry in CATALOG:
        problem = model_files.missing(entry)
        assert problem.code == "model_missing"
        assert (
            "pip install" in problem.remedy or str(model_files.folder(entry.id)) in problem.remedy
        )


def test_asking_needs_no_torch() -> None:
    import subprocess

    code = (
        "import sys; from finetune_studio.project.model_catalog import CATALOG, is_available;"
        "[is_available(entry) for entry in CATALOG];"
        "assert not {'torch', 'timm', 'transformers', 'numpy'} & set(sys.modules)"
    )
    root = Path(model_files.__file__).parents[2]
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root)
