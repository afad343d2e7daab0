from __future__ import annotations

import pytest
import torch

from finetune_studio.engine.model import torchvision_models
from finetune_studio.engine.model.recognition import recognise
from finetune_studio.engine.model.weights import Shapes


def _shapes(module: torch.nn.Module) -> Shapes:
    return {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}


@pytest.mark.parametrize("name", ["vgg16", "resnet50", "convnext_tiny", "vit_b_16", "swin_t"])
def test_a_torchvision_network_is_known_by_its_tensors_whatever_its_labels(name: str) -> None:
    with torch.device("meta"):
        found = recognise(_shapes(torchvision_models.build(name, num_classes=3)))
    assert found is not None
    assert found.id == f"torchvision/{name}"


def test_a_timm_network_is_known_too() -> None:
    import timm

    with torch.device("meta"):
        found = recognise(_shapes(timm.create_model("convnextv2_nano", num_classes=3)))
    assert found is not None
    assert found.name.startswith("convnextv2_nano")


def test_one_tensor_of_another_shape_is_another_network() -> None:
    with torch.device("meta"):
        shapes = _shapes(torchvision_models.build("resnet18"))
    assert recognise({**shapes, "layer1.0.conv1.weight": (64, 64, 5, 5)}) is None
    assert recognise({**shapes, "extra.weight": (1,)}) is None
