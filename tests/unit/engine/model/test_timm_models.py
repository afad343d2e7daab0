from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from finetune_studio.engine.model.timm_models import open_folder, open_timm, timm_names
from finetune_studio.project.problems import ProblemError


def _problem(folder: Path, name: str = "") -> Any:
    with pytest.raises(ProblemError) as caught:
        open_folder(folder, name)
    return caught.value.problem


def test_a_folder_gives_its_own_weights_and_preprocessing(timm_folder: Callable[..., Path]) -> None:
    folder = timm_folder()
    backbone = open_folder(folder)
    stored = load_file(folder / "model.safetensors")
    found = backbone.module.state_dict()
    assert set(found) == set(stored)
    assert all(torch.equal(found[name], stored[name]) for name in stored)
    prepared = backbone.preprocessing
    assert (prepared.size, prepared.resize, prepared.interpolation) == (160, 200, "bilinear")
    assert prepared.mean == (0.1, 0.2, 0.3)


def test_weights_trained_with_other_labels_open_too(timm_folder: Callable[..., Path]) -> None:
    module = open_folder(timm_folder(num_classes=3)).module
    assert module.get_classifier().out_features == 3


def test_a_backbone_without_a_classifier_opens(timm_folder: Callable[..., Path]) -> None:
    assert open_folder(timm_folder(num_classes=0)).module.num_classes == 0


def test_a_smaller_picture_resizes_the_positions(timm_folder: Callable[..., Path]) -> None:
    backbone = open_folder(timm_folder("test_vit"), image_size=96)
    assert backbone.preprocessing.size == 96
    assert backbone.module(torch.zeros(1, 3, 96, 96)).shape == (1, 1000)


def test_a_missing_tensor_is_not_made_up(timm_folder: Callable[..., Path]) -> None:
    folder = timm_folder()
    stored = load_file(folder / "model.safetensors")
    del stored["layer2.0.conv1.weight"]
    save_file(stored, folder / "model.safetensors")
    assert _problem(folder).code == "weights_do_not_fit"


def test_weights_of_another_network_are_refused(timm_folder: Callable[..., Path]) -> None:
    assert _problem(timm_folder(), "test_vit").code == "weights_do_not_fit"


@pytest.mark.parametrize(
    "name", ["hf_hub:evil/model", "hf-hub:evil/model", "local-dir:/tmp", "no_such_net", "", "../x"]
)
def test_a_name_that_is_not_timms_own_is_refused(
    name: str, timm_folder: Callable[..., Path]
) -> None:
    folder = timm_folder()
    config = folder / "config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), "architecture": name}))
    assert _problem(folder).code == "model_unknown"


def test_arguments_of_a_configuration_build_nothing(timm_folder: Callable[..., Path]) -> None:
    folder = timm_folder()
    config = folder / "config.json"
    greedy = {"model_args": {"img_size": 10**6, "layers": [10**6] * 4}}
    config.write_text(json.dumps({**json.loads(config.read_text()), **greedy}))
    assert open_folder(folder).module(torch.zeros(1, 3, 64, 64)).shape == (1, 1000)


@pytest.mark.parametrize(
    "facts",
    [{"input_size": [3, 10**9, 10**9]}, {"mean": "grey"}, {"std": [0, 0, 0]}, {"crop_pct": "all"}],
)
def test_senseless_preprocessing_is_refused(
    facts: dict[str, Any], timm_folder: Callable[..., Path]
) -> None:
    folder = timm_folder()
    (folder / "config.json").write_text(
        json.dumps({"architecture": "test_resnet", "pretrained_cfg": facts})
    )
    assert _problem(folder).code == "model_damaged"


def test_a_folder_without_weights_is_refused(timm_folder: Callable[..., Path]) -> None:
    folder = timm_folder()
    (folder / "model.safetensors").unlink()
    assert _problem(folder).code == "model_missing"


def test_without_weights_only_the_shape_is_there() -> None:
    assert open_timm("test_resnet", None).module.num_classes == 1000


def test_models_beyond_the_catalogue_can_be_searched() -> None:
    found = timm_names("MobileNetV4")
    assert found
    assert all("mobilenetv4" in name for name in found)
    assert len(timm_names("", limit=5)) == 5
