from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from finetune_studio.engine.model.torchvision_models import (
    converted,
    open_torchvision,
    published_hash,
)
from finetune_studio.project import model_files
from finetune_studio.project.model_catalog import CATALOG, find
from finetune_studio.project.problems import ProblemError

TORCHVISION = [entry for entry in CATALOG if entry.id.startswith("torchvision/")]


def _weights(path: Path, **options: int) -> Path:
    from torchvision.models import mobilenet_v3_small

    torch.manual_seed(0)
    save_file(mobilenet_v3_small(**options).state_dict(), path)
    return path


@pytest.mark.parametrize("entry", TORCHVISION, ids=lambda entry: entry.name)
def test_preprocessing_is_that_of_the_weights_in_the_catalogue(entry) -> None:  # noqa: ANN001
    with torch.device("meta"):
        prepared = open_torchvision(entry.name, None).preprocessing
    assert prepared.size == entry.input_size == 224
    assert 232 <= prepared.resize <= 256
    assert prepared.mean == (0.485, 0.456, 0.406)


@pytest.mark.parametrize("entry", TORCHVISION, ids=lambda entry: entry.name)
def test_the_catalogue_counts_parameters_and_bytes_rightly(entry) -> None:  # noqa: ANN001
    with torch.device("meta"):
        module = open_torchvision(entry.name, None).module
    assert sum(parameter.numel() for parameter in module.parameters()) == entry.parameters
    held = sum(tensor.numel() * tensor.element_size() for tensor in module.state_dict().values())
    assert entry.download_bytes == pytest.approx(held, rel=0.01)


def test_weights_trained_with_other_labels_open_too(tmp_path: Path) -> None:
    file = _weights(tmp_path / "mine.safetensors", num_classes=3)
    module = open_torchvision("mobilenet_v3_small", file).module
    assert module(torch.zeros(1, 3, 64, 64)).shape == (1, 3)
    assert not any(tensor.is_meta for tensor in module.state_dict().values())


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ProblemError) as caught:
        open_torchvision("resnet18", _weights(tmp_path / "mine.safetensors"))
    assert caught.value.problem.code == "weights_do_not_fit"


def test_a_network_outside_the_catalogue_is_refused() -> None:
    with pytest.raises(ProblemError) as caught:
        open_torchvision("densenet121", None)
    assert caught.value.problem.code == "model_unknown"


def test_a_published_file_put_there_by_hand_is_converted_once(tmp_path: Path) -> None:
    from torchvision.models import mobilenet_v3_small

    published = tmp_path / "net.pth"
    torch.save(mobilenet_v3_small().state_dict(), published)
    digest = hashlib.sha256(published.read_bytes()).hexdigest()[:8]
    published = published.rename(tmp_path / f"net-{digest}.pth")
    entry = find("torchvision/mobilenet_v3_small")
    assert entry is not None
    moved = entry.edited(url=f"https://example.org/{published.name}")
    ready = converted(moved, tmp_path)
    assert ready == model_files.folder(entry.id) / "model.safetensors"
    before = ready.stat().st_mtime_ns
    assert converted(moved, ready.parent).stat().st_mtime_ns == before


def test_the_hash_is_read_from_the_file_name() -> None:
    assert published_hash("efficientnet_b0_rwightman-7f5810bc.pth") == "7f5810bc"
