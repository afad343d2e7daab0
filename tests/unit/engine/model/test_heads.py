from __future__ import annotations

import pytest
import torch
from torch import nn

from finetune_studio.engine.model import torchvision_models
from finetune_studio.engine.model.heads import (
    ClassifierHead,
    classifier_paths,
    replace_classifiers,
)
from finetune_studio.project.model_catalog import CATALOG
from finetune_studio.project.problems import ProblemError

TORCHVISION = [entry.name for entry in CATALOG if entry.id.startswith("torchvision/")]


@pytest.mark.parametrize("name", TORCHVISION)
def test_every_torchvision_network_answers_with_the_new_labels(name: str) -> None:
    with torch.device("meta"):
        module = torchvision_models.build(name).eval()
        before = dict(module.named_parameters())
        paths = classifier_paths(module)
        replace_classifiers(module, paths, 7, 0.2, seed=0)
        assert module(torch.empty(2, 3, 224, 224)).shape == (2, 7)
    after = dict(module.named_parameters())
    changed = {name for name in before if name not in after}
    assert changed == {f"{path}.{part}" for path in paths for part in ("weight", "bias")}


@pytest.mark.parametrize("name", TORCHVISION)
def test_one_dropout_and_no_more_stands_right_before_the_linear_layer(name: str) -> None:
    with torch.device("meta"):
        module = torchvision_models.build(name)
        (path,) = classifier_paths(module)
        replace_classifiers(module, [path], 7, 0.25, seed=0)
    head = module.get_submodule(path)
    assert isinstance(head, ClassifierHead)
    assert head.dropout.p == 0.25
    parent = module.get_submodule(path.rpartition(".")[0])
    if isinstance(parent, nn.Sequential) and len(parent) > 1:
        assert not isinstance(parent[-2], nn.Dropout)


@pytest.mark.parametrize(
    "name", ["test_vit", "test_efficientnet", "test_convnext", "deit_tiny_distilled_patch16_224"]
)
def test_timm_networks_answer_with_the_new_labels(name: str) -> None:
    import timm

    with torch.device("meta"):
        module = timm.create_model(name).eval()
        paths = classifier_paths(module)
        replace_classifiers(module, paths, 7, 0.2, seed=0)
        side = module.pretrained_cfg["input_size"][-1]
        assert module(torch.empty(2, 3, side, side)).shape == (2, 7)
    assert len(paths) == (2 if "distilled" in name else 1)


def _first_weights(seed: int) -> torch.Tensor:
    module = nn.Sequential(nn.Linear(8, 8), nn.Linear(8, 1000))
    replace_classifiers(module, ["1"], 3, 0.0, seed)
    head = module[1]
    assert isinstance(head, ClassifierHead)
    return head.linear.weight


def test_the_first_weights_follow_from_the_seed_alone() -> None:
    first = _first_weights(1)
    torch.rand(7)
    assert torch.equal(first, _first_weights(1))
    assert not torch.equal(first, _first_weights(2))


def test_a_new_head_begins_with_guessing() -> None:
    head = ClassifierHead(512, 4, 0.0)
    head.start_from(torch.Generator().manual_seed(0))
    logits = head(torch.randn(64, 512))
    loss = nn.functional.cross_entropy(logits, torch.arange(64) % 4)
    assert loss.item() == pytest.approx(torch.tensor(4.0).log().item(), abs=0.1)


def test_a_network_without_a_classifier_is_refused() -> None:
    with pytest.raises(ProblemError) as caught:
        classifier_paths(nn.Sequential(nn.Conv2d(3, 3, 1)))
    assert caught.value.problem.code == "model_unsuitable"
