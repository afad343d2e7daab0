"""The networks as the rivals open them, from the same weights as ours, frozen to the same depth."""

from __future__ import annotations

from typing import Any

import timm
import torch
import torchvision
import transformers.models.bert.modeling_bert  # noqa: F401 - else imported while the clock runs
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import AutoModelForSequenceClassification
from transformers.utils import logging

from tests.benchmarks.training.trial import Depth, Network, Task

_CLASSIFIERS = {
    Network.EFFICIENTNET: ("classifier",),
    Network.RESNET: ("fc",),
    Network.MINILM: ("classifier",),
}
# The blocks our layers page counts as the last; a text network's pooler stands behind its layers.
_LAST_BLOCKS = {
    Network.EFFICIENTNET: ("blocks.6", "conv_head", "bn2"),
    Network.RESNET: ("layer4",),
    Network.MINILM: ("bert.encoder.layer.5", "bert.pooler"),
}


def frozen_network(task: Task, labels: int) -> nn.Module:
    """The pretrained network with a new classifier, everything else frozen as the task says."""
    network = pretrained(task, labels)
    if task.depth is not Depth.ALL:
        network.requires_grad_(requires_grad=False)
        for path in trainable_paths(task):
            network.get_submodule(path).requires_grad_(requires_grad=True)
    return network


def pretrained(task: Task, labels: int) -> nn.Module:
    """The pretrained network with a new classifier; all of it trains."""
    torch.manual_seed(task.seed)
    if task.network.reads_texts:
        texts: nn.Module = _text_network(task, labels)
        return texts
    network = picture_outline(task.network, labels)
    own = _CLASSIFIERS[task.network][0]
    weights = load_file(task.weights)
    body = {name: value for name, value in weights.items() if not name.startswith(f"{own}.")}
    network.load_state_dict(body, strict=False)
    return network


def picture_outline(network: Network, labels: int) -> nn.Module:
    """A picture network with random weights."""
    if network is Network.EFFICIENTNET:
        outline: nn.Module = timm.create_model("tf_efficientnet_lite0", num_classes=labels)
        return outline
    resnet: nn.Module = torchvision.models.resnet50(weights=None, num_classes=labels)
    return resnet


def trainable_paths(task: Task) -> tuple[str, ...]:
    """The modules that train when not everything does."""
    head = _CLASSIFIERS[task.network]
    return head if task.depth is Depth.HEAD else _LAST_BLOCKS[task.network] + head


def logits_of(network: nn.Module, batch: dict[str, Tensor]) -> Tensor:
    """The answers for a batch, which may hold its labels as well."""
    if "pixel_values" in batch:
        answers: Tensor = network(batch["pixel_values"])
        return answers
    inputs = {name: batch[name] for name in ("input_ids", "attention_mask")}
    logits: Tensor = network(**inputs).logits
    return logits


class PictureModel(nn.Module):
    """A picture network that answers as transformers' Trainer expects: with its loss."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixel_values: Tensor, labels: Tensor | None = None) -> dict[str, Tensor]:
        """Logits, and the loss where there are labels."""
        logits = self.network(pixel_values)
        if labels is None:
            return {"logits": logits}
        return {"loss": nn.functional.cross_entropy(logits, labels), "logits": logits}


def _text_network(task: Task, labels: int) -> Any:
    logging.set_verbosity_error()
    return AutoModelForSequenceClassification.from_pretrained(
        task.weights, num_labels=labels, use_safetensors=True
    )
